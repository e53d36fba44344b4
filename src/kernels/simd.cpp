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
  for (; i + finish_block <= first + size; i += finish_block) finisher.eight(i);
  if (i < first + size) scalar().finish(f, i, first + size - i);
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

// Four rows by one panel: eight accumulators, the inner loop rolled (unrolled, WebAssembly engines spill them).
[[gnu::always_inline]] inline void product_tile(const Product& p, const float* const* rows, const float* panel,
                                                float* const* results, Index first) {
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
  const Vector low = splat(p.low), high = splat(p.high);
  const Vector a[] = {clamped(a0, low, high), clamped(a1, low, high), clamped(a2, low, high), clamped(a3, low, high)};
  const Vector b[] = {clamped(b0, low, high), clamped(b1, low, high), clamped(b2, low, high), clamped(b3, low, high)};
  for (Index row = 0; row < tile_rows; ++row) {
    float* to = results[row] + p.result_offset + first;
    if (p.columns - first >= panel_columns) {
      store(to, a[row]);
      store(to + lanes, b[row]);
    } else {
      store_part(to, a[row], b[row], p.columns - first);
    }
  }
}

// Where results are finished tiles are computed apart: one copy serves all kinds, and what a call costs is little
// there.
[[gnu::noinline]] void product_tile_apart(const Product& p, const float* const* rows, const float* panel,
                                          float* const* results, Index first) {
  product_tile(p, rows, panel, results, first);
}

// Computes each tile, and calls done(its results, its first column) behind it.
template <class Compute, class Done>
void each_tile(const Product& p, Compute compute, Done done) {
  const float* panel = p.panels;
  for (Index first = 0; first < p.columns; first += panel_columns, panel += (1 + p.taps * p.depth) * panel_columns)
    for (Index tile = 0; tile < p.tiles; ++tile) {
      float* const* results = p.results + tile * tile_rows;
      compute(p, p.rows + tile * p.taps * tile_rows, panel, results, first);
      done(results, first);
    }
}

void product(const Product& p) {
  if (!p.finish)
    return each_tile(p, [](const Product& q, auto... rest) { product_tile(q, rest...); }, [](float* const*, Index) {});
  with_kind(p.finish->kind, [&]<FinishKind kind>() {
    const Finisher<kind> finisher(*p.finish);
    const Index offset = p.result_offset;
    each_tile(p, product_tile_apart, [&](float* const* results, Index first) {
      for (Index row = 0; row < tile_rows; ++row)
        if (row == 0 || results[row] != results[row - 1]) finisher.eight(finisher.place(results[row]) + offset + first);
    });
  });
}

void store_row(const Depthwise& d, Vector v0, Vector v1, Vector v2, Vector v3, float* y) {
  const Vector low = splat(d.low), high = splat(d.high);
  store(y, clamped(v0, low, high));
  store(y + d.y_pixel, clamped(v1, low, high));
  store(y + 2 * d.y_pixel, clamped(v2, low, high));
  store(y + 3 * d.y_pixel, clamped(v3, low, high));
}

// Two rows by four pixels by one vector of channels.
[[gnu::always_inline]] inline void depthwise_block(const Depthwise& d, const float* x, const float* weights, float* y) {
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
  store_row(d, a0, a1, a2, a3, y);
  store_row(d, b0, b1, b2, b3, y + d.y_row);
}

// The same for neighbouring pixels (stride and dilation 1): the window of four slides along each input row, one load a
// step, and serves both result rows, with the weights of one kernel row above the other.
[[gnu::always_inline]] inline void depthwise_sliding_block(const Depthwise& d, const float* x, const float* weights,
                                                           float* y) {
  Vector a0 = load(weights);
  Vector a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  weights += lanes;
  const Index pixel = d.tap_pixel, line = d.width * lanes;
  for (Index i = 0; i <= d.height; ++i, x += d.tap_row) {
    const float *from = x + 3 * pixel, *w = weights + i * line;
    Vector x0 = load(x), x1 = load(x + pixel), x2 = load(x + 2 * pixel);
    if (i == 0) {
      for (Index j = 0; j < d.width; ++j, from += pixel, w += lanes) {
        const Vector x3 = load(from), top = load(w);
        a0 = fma(x0, top, a0), a1 = fma(x1, top, a1), a2 = fma(x2, top, a2), a3 = fma(x3, top, a3);
        x0 = x1, x1 = x2, x2 = x3;
      }
    } else if (i < d.height) {
      for (Index j = 0; j < d.width; ++j, from += pixel, w += lanes) {
        const Vector x3 = load(from), top = load(w), bottom = load(w - line);
        a0 = fma(x0, top, a0), b0 = fma(x0, bottom, b0);
        a1 = fma(x1, top, a1), b1 = fma(x1, bottom, b1);
        a2 = fma(x2, top, a2), b2 = fma(x2, bottom, b2);
        a3 = fma(x3, top, a3), b3 = fma(x3, bottom, b3);
        x0 = x1, x1 = x2, x2 = x3;
      }
    } else {
      for (Index j = 0; j < d.width; ++j, from += pixel, w += lanes) {
        const Vector x3 = load(from), bottom = load(w - line);
        b0 = fma(x0, bottom, b0), b1 = fma(x1, bottom, b1), b2 = fma(x2, bottom, b2), b3 = fma(x3, bottom, b3);
        x0 = x1, x1 = x2, x2 = x3;
      }
    }
  }
  store_row(d, a0, a1, a2, a3, y);
  store_row(d, b0, b1, b2, b3, y + d.y_row);
}

// The channels left over when they are not a multiple of four.
[[gnu::noinline]] void depthwise_rest(const Depthwise& d, const float* x, const float* weights, float* y,
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

using DepthwiseBlock = void (*)(const Depthwise&, const float* x, const float* weights, float* y);

template <DepthwiseBlock block>
[[gnu::noinline]] void depthwise_apart(const Depthwise& d, const float* x, const float* weights, float* y) {
  block(d, x, weights, y);
}

// Calls done(first result of a tile) behind each tile.
template <DepthwiseBlock sliding_block, DepthwiseBlock other_block, class Done>
void each_depthwise_tile(const Depthwise& d, Done done) {
  const bool sliding = d.x_pixel == d.tap_pixel && d.x_row == d.tap_row && d.height > 0 && d.width > 0;
  const Index block = (1 + d.height * d.width) * lanes;
  for (Index tile = 0; tile < d.tiles; ++tile) {
    const float* x = d.x + tile * 4 * d.x_pixel;
    float* y = d.y + tile * 4 * d.y_pixel;
    const float* weights = d.weights;
    Index c = 0;
    if (sliding)
      for (; c + lanes <= d.channels; c += lanes, weights += block) sliding_block(d, x + c, weights, y + c);
    else
      for (; c + lanes <= d.channels; c += lanes, weights += block) other_block(d, x + c, weights, y + c);
    if (c < d.channels) depthwise_rest(d, x + c, weights, y + c, d.channels - c);
    done(y);
  }
}

void depthwise(const Depthwise& d) {
  if (!d.finish) return each_depthwise_tile<depthwise_sliding_block, depthwise_block>(d, [](float*) {});
  with_kind(d.finish->kind, [&]<FinishKind kind>() {
    each_depthwise_tile<depthwise_apart<depthwise_sliding_block>, depthwise_apart<depthwise_block>>(d, [&](float* y) {
      const Finisher<kind> finisher(*d.finish);
      for (Index pixel = 0; pixel < 8; ++pixel) {
        const Index first = finisher.place(y + pixel / 4 * d.y_row + pixel % 4 * d.y_pixel);
        for (Index c = 0; c < d.channels; c += finish_block) finisher.eight(first + c);
      }
    });
  });
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
