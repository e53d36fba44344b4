#pragma once
#include <cstdint>
#include <vector>

#include "tensor/tensor.hpp"

namespace whylight {

// An input seen as positions (pixels, samples of a signal, columns of a table), each with all its channels: what
// occlusion, orders and masks go by. Channels are axis 1 where there are three axes or more, the last axis where that
// one is small and axis 1 is not (pictures as Keras has them), and there are none in a table.
struct Features {
  std::size_t first_axis = 1;  // of the array: the first that positions run over
  Shape space;                 // sizes along the axes that positions run over
  std::int64_t positions = 1;  // their product
  std::int64_t channels = 1;
  std::int64_t position_step = 1;  // between elements of neighbouring positions, in elements
  std::int64_t channel_step = 0;   // between channels of one position

  explicit Features(const Shape& shape);
  std::int64_t at(std::int64_t position, std::int64_t channel) const {
    return position * position_step + channel * channel_step;
  }
};

// One value for each position: the sum over channels. Throws Error naming `where` when the array's positions are not
// `space`.
std::vector<double> sum_channels(const char* where, const Tensor& array, const Shape& space);

// Positions by falling value; equal values by rising position. Ascending turns it round, ties included.
std::vector<std::int64_t> most_relevant_first(const std::vector<double>& values);

// Copies the channels of one position from one array of an input's shape to another.
void copy_position(const Features& features, std::int64_t position, std::span<const Real> from, std::span<Real> to);

}  // namespace whylight
