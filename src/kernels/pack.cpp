#include "kernels/pack.hpp"

#include <algorithm>

namespace whylight {

namespace {

// Writes `width` columns from `first` on as [1 + taps * depth][width]; returns what lies behind.
Real* pack_block(const WeightSource& s, Index first, Index width, Real* to) {
  const Index columns = std::min(width, s.columns - first);
  std::fill(to, to + (1 + std::ssize(s.taps) * s.depth) * width, Real{0});
  if (s.bias) std::copy_n(s.bias + first, columns, to);
  to += width;
  for (const Index tap : s.taps)
    for (Index k = 0; k < s.depth; ++k, to += width) {
      const Real* from = s.weights + tap + k * s.depth_stride + first * s.column_stride;
      for (Index n = 0; n < columns; ++n) to[n] = s.scale * from[n * s.column_stride];
    }
  return to;
}

void pack(const WeightSource& s, Index width, Real* to) {
  for (Index first = 0; first < s.columns; first += width) to = pack_block(s, first, width, to);
}

}  // namespace

Index panels_size(Index columns, Index taps, Index depth) {
  return (columns + panel_columns - 1) / panel_columns * (1 + taps * depth) * panel_columns;
}

void pack_panels(const WeightSource& source, Real* panels) { pack(source, panel_columns, panels); }

Index depthwise_size(Index channels, Index taps) {
  return (channels + channel_block - 1) / channel_block * (1 + taps) * channel_block;
}

void pack_depthwise(const WeightSource& source, Real* weights) { pack(source, channel_block, weights); }

}  // namespace whylight
