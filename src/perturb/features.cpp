#include "perturb/features.hpp"

#include <algorithm>
#include <numeric>

#include "tensor/fail.hpp"

namespace whylight {

namespace {
constexpr std::int64_t most_colours = 4;

bool channels_last(const Shape& shape) {
  return shape.size() >= 4 && shape.back() <= most_colours && shape[1] > most_colours;
}

}  // namespace

Features::Features(const Shape& shape) {
  if (shape.size() >= 3 && channels_last(shape)) {
    space.assign(shape.begin() + 1, shape.end() - 1);
    channels = shape.back();
    position_step = channels;
    channel_step = 1;
  } else if (shape.size() >= 3) {
    first_axis = 2;
    space.assign(shape.begin() + 2, shape.end());
    channels = shape[1];
    channel_step = count(space);
  } else {
    space.assign(shape.begin() + std::min<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(shape.size())), shape.end());
  }
  positions = count(space);
}

std::vector<double> sum_channels(const char* where, const Tensor& array, const Shape& space) {
  const auto positions = count(space);
  Features features(array.shape());
  // An array of the positions alone, as masks often are.
  if (features.space != space && array.size() == positions) {
    features.positions = positions;
    features.channels = 1;
    features.position_step = 1;
  } else if (features.space != space) {
    fail(where, "must have the input's positions ", to_text(space), ", found ", to_text(array.shape()));
  }
  std::vector<double> sums(static_cast<std::size_t>(positions));
  const auto values = array.real();
  for (std::int64_t channel = 0; channel < features.channels; ++channel)
    for (std::int64_t position = 0; position < positions; ++position)
      sums[static_cast<std::size_t>(position)] += values[static_cast<std::size_t>(features.at(position, channel))];
  return sums;
}

std::vector<std::int64_t> most_relevant_first(const std::vector<double>& values) {
  std::vector<std::int64_t> order(values.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)];
  });
  return order;
}

void copy_position(const Features& features, std::int64_t position, std::span<const Real> from, std::span<Real> to) {
  for (std::int64_t channel = 0; channel < features.channels; ++channel) {
    const auto at = static_cast<std::size_t>(features.at(position, channel));
    to[at] = from[at];
  }
}

}  // namespace whylight
