#pragma once
#include "kernels/kernels.hpp"

namespace whylight {

constexpr Index winograd_kernel = 3;  // taps of the kernel along each axis

// Winograd's minimal filtering of a kernel of 3 taps (Winograd 1980; Lavin and Gray 2016, arXiv:1509.09308, section 4):
//   tile results = output * ((weights * kernel) ⊙ (input * side values)),
// along one axis; along both each matrix is applied from either side.
struct Winograd {
  Index tile = 0;                 // results along an axis
  Index side = 0;                 // values read and products: tile + 2
  const Real* input = nullptr;    // [side][side]
  const Real* weights = nullptr;  // [side][3]
  const Real* output = nullptr;   // [tile][side]
};

// The matrices for tiles of 2 (points 0, 1, -1) or of 4 (0, ±1/sqrt 2, ±sqrt 2, whose rounding errors are half those of
// 0, ±1, ±2).
const Winograd& winograd(Index tile);

// What the two tables hold for tiles; simd's is the plain loops in the double build.
void scalar_winograd_input(const WinogradTile& tile);
void scalar_winograd_output(const WinogradTile& tile);
void simd_winograd_input(const WinogradTile& tile);
void simd_winograd_output(const WinogradTile& tile);

}  // namespace whylight
