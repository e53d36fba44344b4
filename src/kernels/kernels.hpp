#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tensor/tensor.hpp"

namespace whylight {

// Counts, offsets and strides inside kernels, in elements; 32 bits wide in wasm, where wider ones cost time.
using Index = std::ptrdiff_t;

constexpr Index tile_rows = 4;      // rows that a product holds in registers
constexpr Index panel_columns = 8;  // columns that a product holds in registers: the width of a panel
constexpr Index channel_block = 4;  // channels that a depthwise pass holds in one register

// What is done to results as they are written. Only what is marked is clamped before; all else is done to plain sums.
enum class FinishKind : std::uint8_t {
  mark,           // remembers in `bits` which results lie outside (low, high), where the gradient of a clamp is zero
  mask,           // leaves only the results whose bit is not set
  multiply,       // multiplies by `other`
  ratio,          // share * other / (z + sign(z) epsilon), with sign(0) = 1 and z the result
  ratio_of_half,  // the same with z half the sum of the result and `addend`
  by_sign,        // other * (`addend` where other is positive, the result elsewhere)
  split,          // leaves the result, and writes it kept in [low, high] to `copy`
};
struct Finish {
  FinishKind kind = FinishKind::mark;
  Real* results = nullptr;  // all results, dense; what follows lies beside it
  const Real* other = nullptr;
  const Real* addend = nullptr;
  Real* copy = nullptr;
  std::uint8_t* bits = nullptr;  // bit i % 4 of byte i / 4 for result i; the upper halves are zero
  Real low = 0;
  Real high = 0;
  Real share = 1;
  Real epsilon = 0;
};
constexpr Index finish_block = 4;  // results that share a byte of bits, so that every vector has one of its own

// A product of gathered rows with packed weights:
//   result[m][n] = clamp(start[n] + sum over taps t and k < depth of rows[m][t][k] * weight[t * depth + k][n], low,
//   high).
// Rows come in tiles of four; a tile that is not full repeats its last row and result, which then are written twice
// alike. A finish needs columns and result_offset that are multiples of eight, and rows of results that begin at such.
struct Product {
  const Real* const* rows = nullptr;  // [tiles][taps][4]
  Real* const* results = nullptr;     // [tiles][4]
  Index tiles = 0;
  Index taps = 1;
  Index depth = 0;
  Index columns = 0;
  const Real* panels =
      nullptr;  // [ceil(columns / 8)][1 + taps * depth][8]: the start values, then the weights; zeros past the end
  Index row_offset = 0;     // added to every row (the channels of a group)
  Index result_offset = 0;  // added to every result
  Real low = 0;
  Real high = 0;
  const Finish* finish = nullptr;
};

// A depthwise convolution of tiles of 2 x 4 pixels side by side, channels innermost; all that it reads must exist. For
// pixel (r, p):
//   y[r * y_row + p * y_pixel + c] = clamp(start[c] + sum over taps (i, j) of
//                                    x[r * x_row + p * x_pixel + i * tap_row + j * tap_pixel + c] * weight[i][j][c],
//                                    low, high)
// A finish needs channels that are a multiple of four.
struct Depthwise {
  const Real* x = nullptr;
  Index x_row = 0;
  Index x_pixel = 0;
  Index tap_row = 0;
  Index tap_pixel = 0;
  Index height = 0;  // taps down
  Index width = 0;   // taps across
  Index channels = 0;
  const Real* weights =
      nullptr;  // [ceil(channels / 4)][1 + height * width][4]: the start values, then the taps; zeros past the end
  Real* y = nullptr;
  Index y_row = 0;
  Index y_pixel = 0;
  Index tiles = 0;
  Real low = 0;
  Real high = 0;
  const Finish* finish = nullptr;
};

// One tile of a convolution by Winograd's minimal filtering (kernels/winograd.hpp), channels innermost: the transform
// of what it reads, a square of tile + 2 values along each axis, or of what the products of all its positions gave. The
// value at (i, j) is from[i * from_row + j * from_column + c], the result at (i, j) likewise in `to`.
struct WinogradTile {
  Index tile = 0;  // 2 or 4
  const Real* from = nullptr;
  Index from_row = 0;
  Index from_column = 0;
  Real* to = nullptr;
  Index to_row = 0;
  Index to_column = 0;
  Index rows = 0;     // results to write: tile + 2 of an input, up to `tile` of an output
  Index columns = 0;  // likewise
  Index channels = 0;
  const Real* start = nullptr;  // [channels]: added to outputs, which are then kept in [low, high]
  Real low = 0;
  Real high = 0;
};

// One implementation of all inner loops. They are called through these pointers only: inlined into larger functions,
// WebAssembly engines run out of registers and they lose two thirds of their speed. Arrays are dense and need no
// alignment.
struct Kernels {
  std::string_view name;
  void (*product)(const Product&);
  void (*depthwise)(const Depthwise&);
  void (*winograd_input)(const WinogradTile&);
  void (*winograd_output)(const WinogradTile&);
  void (*add)(const Real* a, const Real* b, Real* y, Index size);       // y = a + b; y may be a or b
  void (*multiply)(const Real* a, const Real* b, Real* y, Index size);  // y = a * b; likewise
  void (*axpy)(Real factor, const Real* x, Real* y, Index size);        // y += factor * x
  // Products of a vector with a matrix as it lies, rows[k * stride + i] with k < count and i < size. Each sum is taken
  // term by term and rounded as in `product`, so that a result does not depend on which of them computes it.
  // y[i] += sum over k of x[k] * rows[k][i].
  void (*add_rows)(const Real* x, const Real* rows, Index stride, Index count, Real* y, Index size);
  // y[k] += sum over i of x[i] * rows[k][i].
  void (*add_dots)(const Real* x, const Real* rows, Index stride, Index count, Real* y, Index size);
  // to[i * to_step + j] += from[i * from_step + j] with i < count and j < size, one i after the other.
  void (*add_runs)(const Real* from, Index from_step, Real* to, Index to_step, Index count, Index size);
  Real (*dot)(const Real* a, const Real* b, Index size);                   // sum of a * b
  void (*clamp)(const Real* x, Real low, Real high, Real* y, Index size);  // y = x kept in [low, high]; y may be x
  // gx = 0 where y <= low or y >= high, gy elsewhere (so where y is NaN too): the gradient of a clamp whose result is
  // y; gx may be gy.
  void (*mask)(const Real* y, Real low, Real high, const Real* gy, Real* gx, Index size);
  // Finishes results first … first + size, where `first` is a multiple of four.
  void (*finish)(const Finish&, Index first, Index size);
};

// Plain loops: the definition of what every other implementation computes.
const Kernels& scalar();
// Its finish by itself, for others' last results: what is shipped has no other plain loops.
void scalar_finish(const Finish& finish, Index first, Index size);

// Vectors of four floats; in the double build the plain loops.
const Kernels& simd();

// The best for this build.
const Kernels& kernels();

}  // namespace whylight
