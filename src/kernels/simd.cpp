#include <algorithm>
#include <limits>
#include <type_traits>

#include "kernels/bring.hpp"
#include "kernels/finisher.hpp"
#include "kernels/kernels.hpp"
#include "kernels/winograd.hpp"

#ifndef WHYLIGHT_DOUBLE

namespace whylight {

namespace {

template <FinishKind kind>
void finish_run(const Finish& f, Index first, Index size) {
  const Finisher<kind> finisher(f);
  Index i = first;
  for (; i + lanes <= first + size; i += lanes) finisher.put_apart(f.results + i, lanes, load(f.results + i));
  if (i < first + size) scalar_finish(f, i, first + size - i);
}

void finish(const Finish& f, Index first, Index size) {
  with_kind(f.kind, [&]<FinishKind kind>() { finish_run<kind>(f, first, size); });
}

void store_part(float* to, Vector a, Vector b, Index columns) {
  float values[panel_columns];
  store(values, a);
  store(values + lanes, b);
  for (Index i = 0; i < columns; ++i) to[i] = values[i];
}

// Stores results as they are.
struct Plain {
  static constexpr bool clamps = true;

  void put(float* to, Vector a, Vector b) const {
    store(to, a);
    store(to + lanes, b);
  }
  template <class... Vectors>
  void put_apart(float* to, Index step, Vectors... all) const {
    ((store(to, all), to += step), ...);
  }
};

// Four rows by one panel: eight accumulators, the inner loop rolled (unrolled, WebAssembly engines spill them).
template <class Put>
[[gnu::always_inline]] inline void product_tile(const Product& p, const float* const* rows, const float* panel,
                                                float* const* results, Index first, const Put& put) {
  Vector a0 = load(panel), b0 = load(panel + lanes);
  Vector a1 = a0, b1 = b0, a2 = a0, b2 = b0, a3 = a0, b3 = b0;
  panel += panel_columns;
  for (Index tap = 0; tap < p.taps; ++tap, rows += tile_rows) {
    const float *x0 = rows[0] + p.row_offset, *x1 = rows[1] + p.row_offset;
    const float *x2 = rows[2] + p.row_offset, *x3 = rows[3] + p.row_offset;
    for (Index k = 0; k < p.depth; ++k, panel += panel_columns) {
      const Vector wa = load(panel), wb = load(panel + lanes);
      const Vector s0 = splat(x0[k]), s1 = splat(x1[k]), s2 = splat(x2[k]), s3 = splat(x3[k]);
      a0 = fma(s0, wa, a0), b0 = fma(s0, wb, b0);
      a1 = fma(s1, wa, a1), b1 = fma(s1, wb, b1);
      a2 = fma(s2, wa, a2), b2 = fma(s2, wb, b2);
      a3 = fma(s3, wa, a3), b3 = fma(s3, wb, b3);
    }
  }
  if constexpr (Put::clamps) {
    const Vector low = splat(p.low), high = splat(p.high);
    a0 = clamped(a0, low, high), a1 = clamped(a1, low, high), a2 = clamped(a2, low, high), a3 = clamped(a3, low, high);
    b0 = clamped(b0, low, high), b1 = clamped(b1, low, high), b2 = clamped(b2, low, high), b3 = clamped(b3, low, high);
  }
  const Vector a[] = {a0, a1, a2, a3}, b[] = {b0, b1, b2, b3};
  for (Index row = 0; row < tile_rows; ++row) {
    float* to = results[row] + p.result_offset + first;
    if (!std::is_same_v<Put, Plain> || p.columns - first >= panel_columns)  // what is finished fills its panels
      put.put(to, a[row], b[row]);
    else
      store_part(to, a[row], b[row], p.columns - first);
  }
}

template <class Put>
Put make_put(const Finish* finish) {
  if constexpr (std::is_same_v<Put, Plain>)
    return {};
  else
    return Put(*finish);
}

// Works on a copy: what stands behind a reference would be read again after every byte of bits that is stored.
template <class Put>
void product_of(const Product& given) {
  const Product p = given;
  const Put put = make_put<Put>(p.finish);
  const float* panel = p.panels;
  const Index size = (1 + p.taps * p.depth) * panel_columns;
  for (Index first = 0; first < p.columns; first += panel_columns, panel += size) {
    bring(panel, size);  // the first tile alone would wait for it
    for (Index tile = 0; tile < p.tiles; ++tile)
      product_tile(p, p.rows + tile * p.taps * tile_rows, panel, p.results + tile * tile_rows, first, put);
  }
}

void product(const Product& p) {
  if (!p.finish) return product_of<Plain>(p);
  with_kind(p.finish->kind, [&]<FinishKind kind>() { product_of<Finisher<kind>>(p); });
}

template <class Put>
[[gnu::always_inline]] inline void put_row(const Depthwise& d, Vector v0, Vector v1, Vector v2, Vector v3, float* y,
                                           const Put& put) {
  if constexpr (Put::clamps) {
    const Vector low = splat(d.low), high = splat(d.high);
    v0 = clamped(v0, low, high), v1 = clamped(v1, low, high), v2 = clamped(v2, low, high), v3 = clamped(v3, low, high);
  }
  put.put_apart(y, d.y_pixel, v0, v1, v2, v3);
}

constexpr int any_width = 0;  // taps across are counted as it runs
constexpr int apart = -1;     // pixels are no neighbours

// Two rows by four pixels by one vector of channels.
template <class Put>
[[gnu::always_inline]] inline void depthwise_block(const Depthwise& d, const float* x, const float* weights, float* y,
                                                   const Put& put) {
  Vector a0 = load(weights);
  Vector a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (Index i = 0; i < d.height; ++i) {
    const float *top = x + i * d.tap_row, *bottom = top + d.x_row;
    for (Index j = 0; j < d.width; ++j, top += d.tap_pixel, bottom += d.tap_pixel) {
      const Vector w = load(weights += lanes);
      a0 = fma(load(top), w, a0), b0 = fma(load(bottom), w, b0);
      a1 = fma(load(top + d.x_pixel), w, a1), b1 = fma(load(bottom + d.x_pixel), w, b1);
      a2 = fma(load(top + 2 * d.x_pixel), w, a2), b2 = fma(load(bottom + 2 * d.x_pixel), w, b2);
      a3 = fma(load(top + 3 * d.x_pixel), w, a3), b3 = fma(load(bottom + 3 * d.x_pixel), w, b3);
    }
  }
  put_row(d, a0, a1, a2, a3, y, put);
  put_row(d, b0, b1, b2, b3, y + d.y_row, put);
}

// Which rows of results an input row reaches.
enum class Rows { upper, both, lower };

// Two rows by four pixels of results, one vector of channels.
struct Sums {
  Vector a0, a1, a2, a3, b0, b1, b2, b3;
};

// Adds what one input row gives where pixels are neighbours (stride and dilation 1): the window of four slides along
// it, one load a step, and serves both rows of results, the weights of one kernel row above those of the other.
template <Rows rows, int width>
[[gnu::always_inline]] inline void slide(Sums& s, const float* x, Index pixel, Index taps, const float* w, Index line) {
  Vector x0 = load(x), x1 = load(x + pixel), x2 = load(x + 2 * pixel);
  x += 3 * pixel;
  const auto step = [&] {
    const Vector x3 = load(x);
    if constexpr (rows != Rows::lower) {
      const Vector top = load(w);
      s.a0 = fma(x0, top, s.a0), s.a1 = fma(x1, top, s.a1), s.a2 = fma(x2, top, s.a2), s.a3 = fma(x3, top, s.a3);
    }
    if constexpr (rows != Rows::upper) {
      const Vector bottom = load(w - line);
      s.b0 = fma(x0, bottom, s.b0), s.b1 = fma(x1, bottom, s.b1);
      s.b2 = fma(x2, bottom, s.b2), s.b3 = fma(x3, bottom, s.b3);
    }
    x0 = x1, x1 = x2, x2 = x3;
    x += pixel;
    w += lanes;
  };
  if constexpr (width == any_width) {
    for (Index j = 0; j < taps; ++j) step();
  } else {
#pragma GCC unroll 8
    for (int j = 0; j < width; ++j) step();
  }
}

template <int width, class Put>
[[gnu::always_inline]] inline void depthwise_sliding_block(const Depthwise& d, const float* x, const float* weights,
                                                           float* y, const Put& put) {
  const Vector start = load(weights);
  Sums s{start, start, start, start, start, start, start, start};
  const Index taps = width == any_width ? d.width : width;
  const Index pixel = d.tap_pixel, line = taps * lanes;
  const float* w = weights + lanes;
  slide<Rows::upper, width>(s, x, pixel, taps, w, line);
  for (Index i = 1; i < d.height; ++i) slide<Rows::both, width>(s, x += d.tap_row, pixel, taps, w += line, line);
  slide<Rows::lower, width>(s, x + d.tap_row, pixel, taps, w + line, line);
  put_row(d, s.a0, s.a1, s.a2, s.a3, y, put);
  put_row(d, s.b0, s.b1, s.b2, s.b3, y + d.y_row, put);
}

// The channels left over when they are not a multiple of four.
[[gnu::noinline, gnu::cold]] void depthwise_rest(const Depthwise& d, const float* x, const float* weights, float* y,
                                                 Index channels) {
  for (Index pixel = 0; pixel < 8; ++pixel)
    for (Index c = 0; c < channels; ++c) {
      const float* from = x + pixel / 4 * d.x_row + pixel % 4 * d.x_pixel + c;
      const float* w = weights + c;
      float sum = *w;
      for (Index i = 0; i < d.height; ++i)
        for (Index j = 0; j < d.width; ++j) sum += from[i * d.tap_row + j * d.tap_pixel] * *(w += lanes);
      y[pixel / 4 * d.y_row + pixel % 4 * d.y_pixel + c] = clamped(sum, d.low, d.high);
    }
}

template <int width, class Put>
void depthwise_of(const Depthwise& given) {
  const Depthwise d = given;
  const Put put = make_put<Put>(d.finish);
  const Index block = (1 + d.height * d.width) * lanes;
  for (Index tile = 0; tile < d.tiles; ++tile) {
    const float* x = d.x + tile * 4 * d.x_pixel;
    float* y = d.y + tile * 4 * d.y_pixel;
    const float* weights = d.weights;
    Index c = 0;
    for (; c + lanes <= d.channels; c += lanes, weights += block)
      if constexpr (width == apart)
        depthwise_block(d, x + c, weights, y + c, put);
      else
        depthwise_sliding_block<width>(d, x + c, weights, y + c, put);
    if (c < d.channels) depthwise_rest(d, x + c, weights, y + c, d.channels - c);
  }
}

void depthwise(const Depthwise& d);

// Finishes tile by tile, while it is in the first-level cache.
void depthwise_finished_behind(const Depthwise& d) {
  Depthwise one = d;
  one.tiles = 1;
  one.finish = nullptr;
  one.low = -std::numeric_limits<Real>::infinity();
  one.high = -one.low;
  for (Index tile = 0; tile < d.tiles; ++tile, one.x += 4 * d.x_pixel, one.y += 4 * d.y_pixel) {
    depthwise(one);
    for (Index pixel = 0; pixel < 8; ++pixel)
      finish(*d.finish, one.y + pixel / 4 * d.y_row + pixel % 4 * d.y_pixel - d.finish->results, d.channels);
  }
}

using DepthwiseForm = void (*)(const Depthwise&);

template <FinishKind kind, int width>
constexpr DepthwiseForm finished = depthwise_of<width, Finisher<kind>>;
constexpr DepthwiseForm behind = depthwise_finished_behind;

// By what is finished in registers (nothing, then as in FinishKind), and how: pixels apart, neighbours with any number
// of taps across, with 1, 2 and 3. Each costs room, so there are those that networks spend time in: strides and ReLU
// forwards; backwards what strides of 2 leave of 3 taps.
constexpr DepthwiseForm depthwise_forms[][5] = {
    {depthwise_of<apart, Plain>, depthwise_of<any_width, Plain>, depthwise_of<any_width, Plain>,
     depthwise_of<any_width, Plain>, depthwise_of<3, Plain>},
    {finished<FinishKind::mark, apart>, finished<FinishKind::mark, any_width>, finished<FinishKind::mark, any_width>,
     finished<FinishKind::mark, any_width>, finished<FinishKind::mark, 3>},
    {behind, finished<FinishKind::mask, any_width>, finished<FinishKind::mask, 1>, finished<FinishKind::mask, 2>,
     finished<FinishKind::mask, 3>},
    {behind, finished<FinishKind::multiply, any_width>, finished<FinishKind::multiply, 1>,
     finished<FinishKind::multiply, 2>, finished<FinishKind::multiply, 3>},
    {behind, behind, behind, behind, behind},
};

void depthwise(const Depthwise& d) {
  const bool sliding = d.x_pixel == d.tap_pixel && d.x_row == d.tap_row && d.height > 0 && d.width > 0;
  const Index kind = d.finish ? std::min<Index>(1 + static_cast<Index>(d.finish->kind), 4) : 0;
  depthwise_forms[kind][!sliding ? 0 : d.width <= 3 ? d.width + 1 : 1](d);
}

void add(const float* a, const float* b, float* y, Index size) {
  Index i = 0;
  for (; i + lanes <= size; i += lanes) store(y + i, load(a + i) + load(b + i));
  for (; i < size; ++i) y[i] = a[i] + b[i];
}

void multiply(const float* a, const float* b, float* y, Index size) {
  Index i = 0;
  for (; i + lanes <= size; i += lanes) store(y + i, load(a + i) * load(b + i));
  for (; i < size; ++i) y[i] = a[i] * b[i];
}

void axpy(float factor, const float* x, float* y, Index size) {
  const Vector f = splat(factor);
  Index i = 0;
  for (; i + lanes <= size; i += lanes) store(y + i, fma(f, load(x + i), load(y + i)));
  for (; i < size; ++i) y[i] = fma(factor, x[i], y[i]);
}

// Eight rows at once, so that y is read and written once for all of them.
void add_eight_rows(const float* x, const float* rows, Index stride, float* y, Index size) {
  const float *r0 = rows, *r1 = r0 + stride, *r2 = r1 + stride, *r3 = r2 + stride;
  const float *r4 = r3 + stride, *r5 = r4 + stride, *r6 = r5 + stride, *r7 = r6 + stride;
  const Vector x0 = splat(x[0]), x1 = splat(x[1]), x2 = splat(x[2]), x3 = splat(x[3]);
  const Vector x4 = splat(x[4]), x5 = splat(x[5]), x6 = splat(x[6]), x7 = splat(x[7]);
  Index i = 0;
  for (; i + lanes <= size; i += lanes) {
    Vector sum = load(y + i);
    sum = fma(x0, load(r0 + i), sum), sum = fma(x1, load(r1 + i), sum);
    sum = fma(x2, load(r2 + i), sum), sum = fma(x3, load(r3 + i), sum);
    sum = fma(x4, load(r4 + i), sum), sum = fma(x5, load(r5 + i), sum);
    sum = fma(x6, load(r6 + i), sum), sum = fma(x7, load(r7 + i), sum);
    store(y + i, sum);
  }
  for (; i < size; ++i)
    for (Index k = 0; k < 8; ++k) y[i] = fma(x[k], rows[k * stride + i], y[i]);
}

void add_rows(const float* x, const float* rows, Index stride, Index count, float* y, Index size) {
  Index k = 0;
  for (; k + 8 <= count; k += 8) add_eight_rows(x + k, rows + k * stride, stride, y, size);
  for (; k < count; ++k) axpy(x[k], rows + k * stride, y, size);
}

// A square of four rows by four columns, to be turned into its columns.
struct Square {
  Vector v0, v1, v2, v3;
};

Square load_columns(const float* rows, Index stride) {
  const Vector r0 = load(rows), r1 = load(rows + stride), r2 = load(rows + 2 * stride), r3 = load(rows + 3 * stride);
  const Vector a = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), b = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
  const Vector c = __builtin_shufflevector(r0, r1, 2, 6, 3, 7), d = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
  return {__builtin_shufflevector(a, b, 0, 1, 4, 5), __builtin_shufflevector(a, b, 2, 3, 6, 7),
          __builtin_shufflevector(c, d, 0, 1, 4, 5), __builtin_shufflevector(c, d, 2, 3, 6, 7)};
}

// Eight sums side by side; the rows are turned in registers, so that every sum is taken in order.
Index add_eight_dots(const float* x, const float* rows, Index stride, float* y, Index size) {
  Vector a = load(y), b = load(y + lanes);
  Index i = 0;
  for (; i + lanes <= size; i += lanes) {
    const Square p = load_columns(rows + i, stride), q = load_columns(rows + 4 * stride + i, stride);
    const Vector x0 = splat(x[i]), x1 = splat(x[i + 1]), x2 = splat(x[i + 2]), x3 = splat(x[i + 3]);
    a = fma(x0, p.v0, a), b = fma(x0, q.v0, b);
    a = fma(x1, p.v1, a), b = fma(x1, q.v1, b);
    a = fma(x2, p.v2, a), b = fma(x2, q.v2, b);
    a = fma(x3, p.v3, a), b = fma(x3, q.v3, b);
  }
  store(y, a);
  store(y + lanes, b);
  return i;
}

void add_dots(const float* x, const float* rows, Index stride, Index count, float* y, Index size) {
  for (Index k = 0; k < count;) {
    const bool eight = k + 8 <= count;
    const Index first = eight ? add_eight_dots(x, rows + k * stride, stride, y + k, size) : 0;
    for (const Index end = k + (eight ? 8 : 1); k < end; ++k)
      for (Index i = first; i < size; ++i) y[k] = fma(x[i], rows[k * stride + i], y[k]);
  }
}

void add_runs(const float* from, Index from_step, float* to, Index to_step, Index count, Index size) {
  for (Index i = 0; i < count; ++i, from += from_step, to += to_step) {
    Index j = 0;
    for (; j + lanes <= size; j += lanes) store(to + j, load(from + j) + load(to + j));
    for (; j < size; ++j) to[j] += from[j];
  }
}

float dot(const float* a, const float* b, Index size) {
  Vector even = splat(0), odd = splat(0);
  Index i = 0;
  for (; i + 2 * lanes <= size; i += 2 * lanes) {
    even = fma(load(a + i), load(b + i), even);
    odd = fma(load(a + i + lanes), load(b + i + lanes), odd);
  }
  const Vector both = even + odd;
  float sum = (both[0] + both[1]) + (both[2] + both[3]);
  for (; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

void clamp(const float* x, float low, float high, float* y, Index size) {
  const Vector lows = splat(low), highs = splat(high);
  Index i = 0;
  for (; i + lanes <= size; i += lanes) store(y + i, clamped(load(x + i), lows, highs));
  for (; i < size; ++i) y[i] = clamped(x[i], low, high);
}

void mask(const float* y, float low, float high, const float* gy, float* gx, Index size) {
  const Vector lows = splat(low), highs = splat(high), zero = splat(0);
  Index i = 0;
  for (; i + lanes <= size; i += lanes) {
    const Vector v = load(y + i);
    const Vector above = v <= lows ? zero : load(gy + i);
    store(gx + i, highs <= v ? zero : above);
  }
  for (; i < size; ++i) gx[i] = y[i] <= low || high <= y[i] ? 0.0F : gy[i];
}

constexpr Kernels table{"simd",
                        product,
                        depthwise,
                        simd_winograd_input,
                        simd_winograd_output,
                        add,
                        multiply,
                        axpy,
                        add_rows,
                        add_dots,
                        add_runs,
                        dot,
                        clamp,
                        mask,
                        finish};

}  // namespace

const Kernels& simd() { return table; }

}  // namespace whylight

#else

namespace whylight {

const Kernels& simd() { return scalar(); }

}  // namespace whylight

#endif
