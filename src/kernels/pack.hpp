#pragma once
#include <span>

#include "kernels/kernels.hpp"

namespace whylight {

// Weights in any order, to be packed for Product or Depthwise:
//   weight[t * depth + k][n] = scale * weights[taps[t] + k * depth_stride + n * column_stride], start[n] = bias[n] or
//   0.
struct WeightSource {
  const Real* weights = nullptr;
  std::span<const Index> taps;
  Index depth = 1;
  Index columns = 0;
  Index depth_stride = 0;
  Index column_stride = 0;
  const Real* bias = nullptr;  // [columns], or null
  Real scale = 1;
};

// Elements that pack_panels writes.
Index panels_size(Index columns, Index taps, Index depth);
// Writes the panels that Product takes.
void pack_panels(const WeightSource& source, Real* panels);

// Elements that pack_depthwise writes.
Index depthwise_size(Index channels, Index taps);
// Writes the weights that Depthwise takes; the channels are the source's columns and its depth is 1.
void pack_depthwise(const WeightSource& source, Real* weights);

}  // namespace whylight
