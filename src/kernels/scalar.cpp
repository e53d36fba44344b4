#include "kernels/kernels.hpp"
#include "kernels/winograd.hpp"

namespace whylight {

namespace {

Real clamped(Real value, Real low, Real high) {
  value = value < low ? low : value;
  return high < value ? high : value;
}

void finish_at(const Finish& f, Index i) {
  Real& result = f.results[i];
  const unsigned bit = 1U << (i % finish_block);
  const auto ratio = [&](Real z) { return f.share * f.other[i] / (z + (z < 0 ? -f.epsilon : f.epsilon)); };
  switch (f.kind) {
    case FinishKind::mark: {
      const bool closed = result <= f.low || f.high <= result;
      const unsigned before = i % finish_block == 0 ? 0 : f.bits[i / finish_block];
      f.bits[i / finish_block] = static_cast<std::uint8_t>(closed ? before | bit : before);
      return;
    }
    case FinishKind::mask:
      if (f.bits[i / finish_block] & bit) result = 0;
      return;
    case FinishKind::multiply:
      result *= f.other[i];
      return;
    case FinishKind::ratio:
      result = ratio(result);
      return;
    case FinishKind::ratio_of_half:
      result = ratio(Real(0.5) * (result + f.addend[i]));
      return;
    case FinishKind::by_sign:
      result = f.other[i] * (f.other[i] > 0 ? f.addend[i] : result);
      return;
    case FinishKind::split:
      f.copy[i] = clamped(result, f.low, f.high);
  }
}

bool clamps(const Finish* finish) { return !finish || finish->kind == FinishKind::mark; }

Real product_at(const Product& p, const Real* const* rows, Index row, const Real* panel, Index column) {
  Real sum = panel[column];
  const Real* weights = panel + panel_columns + column;
  for (Index tap = 0; tap < p.taps; ++tap) {
    const Real* x = rows[tap * tile_rows + row] + p.row_offset;
    for (Index k = 0; k < p.depth; ++k, weights += panel_columns) sum += x[k] * *weights;
  }
  return clamps(p.finish) ? clamped(sum, p.low, p.high) : sum;
}

void product(const Product& p) {
  const Index panel_size = (1 + p.taps * p.depth) * panel_columns;
  for (Index n = 0; n < p.columns; ++n) {
    const Real* panel = p.panels + n / panel_columns * panel_size;
    for (Index m = 0; m < p.tiles * tile_rows; ++m) {
      const Real* const* rows = p.rows + m / tile_rows * p.taps * tile_rows;
      p.results[m][p.result_offset + n] = product_at(p, rows, m % tile_rows, panel, n % panel_columns);
    }
  }
  if (!p.finish) return;
  for (Index m = 0; m < p.tiles * tile_rows; ++m)
    if (m == 0 || p.results[m] != p.results[m - 1])
      scalar_finish(*p.finish, p.results[m] + p.result_offset - p.finish->results, p.columns);
}

Real depthwise_at(const Depthwise& d, const Real* x, Index channel) {
  const Index taps = d.height * d.width;
  const Real* weights = d.weights + channel / channel_block * (1 + taps) * channel_block + channel % channel_block;
  Real sum = *weights;
  for (Index i = 0; i < d.height; ++i)
    for (Index j = 0; j < d.width; ++j)
      sum += x[i * d.tap_row + j * d.tap_pixel + channel] * *(weights += channel_block);
  return clamps(d.finish) ? clamped(sum, d.low, d.high) : sum;
}

void depthwise(const Depthwise& d) {
  for (Index row = 0; row < 2; ++row)
    for (Index pixel = 0; pixel < d.tiles * 4; ++pixel) {
      Real* y = d.y + row * d.y_row + pixel * d.y_pixel;
      for (Index c = 0; c < d.channels; ++c) y[c] = depthwise_at(d, d.x + row * d.x_row + pixel * d.x_pixel, c);
      if (d.finish) scalar_finish(*d.finish, y - d.finish->results, d.channels);
    }
}

void add(const Real* a, const Real* b, Real* y, Index size) {
  for (Index i = 0; i < size; ++i) y[i] = a[i] + b[i];
}

void multiply(const Real* a, const Real* b, Real* y, Index size) {
  for (Index i = 0; i < size; ++i) y[i] = a[i] * b[i];
}

void axpy(Real factor, const Real* x, Real* y, Index size) {
  for (Index i = 0; i < size; ++i) y[i] += factor * x[i];
}

void add_rows(const Real* x, const Real* rows, Index stride, Index count, Real* y, Index size) {
  for (Index k = 0; k < count; ++k) axpy(x[k], rows + k * stride, y, size);
}

void add_dots(const Real* x, const Real* rows, Index stride, Index count, Real* y, Index size) {
  for (Index k = 0; k < count; ++k)
    for (Index i = 0; i < size; ++i) y[k] += x[i] * rows[k * stride + i];
}

void add_runs(const Real* from, Index from_step, Real* to, Index to_step, Index count, Index size) {
  for (Index i = 0; i < count; ++i)
    for (Index j = 0; j < size; ++j) to[i * to_step + j] += from[i * from_step + j];
}

Real dot(const Real* a, const Real* b, Index size) {
  Real sum = 0;
  for (Index i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

void clamp(const Real* x, Real low, Real high, Real* y, Index size) {
  for (Index i = 0; i < size; ++i) y[i] = clamped(x[i], low, high);
}

void mask(const Real* y, Real low, Real high, const Real* gy, Real* gx, Index size) {
  for (Index i = 0; i < size; ++i) gx[i] = y[i] <= low || high <= y[i] ? Real{0} : gy[i];
}

constexpr Kernels table{"scalar",
                        product,
                        depthwise,
                        scalar_winograd_input,
                        scalar_winograd_output,
                        add,
                        multiply,
                        axpy,
                        add_rows,
                        add_dots,
                        add_runs,
                        dot,
                        clamp,
                        mask,
                        scalar_finish};

}  // namespace

void scalar_finish(const Finish& f, Index first, Index size) {
  for (Index i = first; i < first + size; ++i) finish_at(f, i);
}

const Kernels& scalar() { return table; }

const Kernels& kernels() { return simd(); }

}  // namespace whylight
