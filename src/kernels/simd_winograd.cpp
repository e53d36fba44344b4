#include "kernels/vector.hpp"
#include "kernels/winograd.hpp"

#ifndef WHYLIGHT_DOUBLE

namespace whylight {

namespace {

constexpr float root = 1.41421356237F;
constexpr Index largest_side = 6;

// The rows of winograd(tile).input or .output times values `s` apart, to results `t` apart.
void input_2(const float* x, Index s, float* y, Index t) {
  const auto x0 = load(x), x1 = load(x + s), x2 = load(x + 2 * s), x3 = load(x + 3 * s);
  store(y, x0 - x2);
  store(y + t, x1 + x2);
  store(y + 2 * t, x2 - x1);
  store(y + 3 * t, x1 - x3);
}

void output_2(const float* x, Index s, float* y, Index t) {
  const auto x1 = load(x + s), x2 = load(x + 2 * s);
  store(y, load(x) + x1 + x2);
  store(y + t, x1 - x2 - load(x + 3 * s));
}

void input_4(const float* x, Index s, float* y, Index t) {
  const auto x1 = load(x + s), x2 = load(x + 2 * s), x3 = load(x + 3 * s), x4 = load(x + 4 * s);
  const auto minus_two = splat(-2), minus_half = splat(-0.5F), middle = splat(-2.5F);
  store(y, fma(x2, middle, load(x) + x4));
  const auto a = fma(x2, minus_two, x4), b = splat(root / 2) * fma(x1, minus_two, x3);
  store(y + t, a + b);
  store(y + 2 * t, a - b);
  const auto c = fma(x2, minus_half, x4), d = splat(root) * fma(x1, minus_half, x3);
  store(y + 3 * t, c + d);
  store(y + 4 * t, c - d);
  store(y + 5 * t, fma(x3, middle, x1 + load(x + 5 * s)));
}

void output_4(const float* x, Index s, float* y, Index t) {
  const auto x1 = load(x + s), x2 = load(x + 2 * s), x3 = load(x + 3 * s), x4 = load(x + 4 * s);
  const auto near = x1 + x2, far = x3 + x4, near_odd = x1 - x2, far_odd = x3 - x4;
  store(y, load(x) + near + far);
  store(y + t, fma(splat(root), far_odd, splat(root / 2) * near_odd));
  store(y + 2 * t, fma(splat(2), far, splat(0.5F) * near));
  store(y + 3 * t, fma(splat(2 * root), far_odd, fma(splat(root / 4), near_odd, load(x + 5 * s))));
}

using Step = void (*)(const float* x, Index s, float* y, Index t);

// Down the columns, then along the rows. The loops' lengths come with the tile: were they known here the compiler would
// unroll them, and WebAssembly engines spill what that needs.
template <Step step>
void input(const WinogradTile& tile, Index c) {
  float middle[largest_side * largest_side * lanes];
  const Index line = tile.columns * lanes;
  for (Index j = 0; j < tile.columns; ++j)
    step(tile.from + j * tile.from_column + c, tile.from_row, middle + j * lanes, line);
  for (Index i = 0; i < tile.rows; ++i) step(middle + i * line, lanes, tile.to + i * tile.to_row + c, tile.to_column);
}

template <Step step>
void output(const WinogradTile& tile, Index c) {
  float middle[largest_side * largest_side * lanes], results[largest_side * lanes];
  const Index side = tile.tile + winograd_kernel - 1, line = side * lanes;
  for (Index j = 0; j < side; ++j) step(tile.from + j * tile.from_column + c, tile.from_row, middle + j * lanes, line);
  const auto start = load(tile.start + c), low = splat(tile.low), high = splat(tile.high);
  for (Index i = 0; i < tile.rows; ++i) {
    step(middle + i * line, lanes, results, lanes);
    float* to = tile.to + i * tile.to_row + c;
    for (Index j = 0; j < tile.columns; ++j, to += tile.to_column)
      store(to, clamped(load(results + j * lanes) + start, low, high));
  }
}

// All channels, those left over when they are not a multiple of four by the plain loops.
template <void (*four)(const WinogradTile&, Index c), void (*rest)(const WinogradTile&)>
void channels(const WinogradTile& tile) {
  const Index whole = tile.channels / lanes * lanes;
  for (Index c = 0; c < whole; c += lanes) four(tile, c);
  if (whole == tile.channels) return;
  WinogradTile last = tile;
  last.from += whole;
  last.to += whole;
  if (last.start) last.start += whole;
  last.channels -= whole;
  rest(last);
}

}  // namespace

void simd_winograd_input(const WinogradTile& tile) {
  (tile.tile == 2 ? channels<input<input_2>, scalar_winograd_input>
                  : channels<input<input_4>, scalar_winograd_input>)(tile);
}

void simd_winograd_output(const WinogradTile& tile) {
  (tile.tile == 2 ? channels<output<output_2>, scalar_winograd_output>
                  : channels<output<output_4>, scalar_winograd_output>)(tile);
}

}  // namespace whylight

#else

namespace whylight {

void simd_winograd_input(const WinogradTile& tile) { scalar_winograd_input(tile); }
void simd_winograd_output(const WinogradTile& tile) { scalar_winograd_output(tile); }

}  // namespace whylight

#endif
