#include "perturb/fill.hpp"

#include <algorithm>
#include <cmath>

#include "perturb/features.hpp"
#include "tensor/elementary.hpp"
#include "tensor/fail.hpp"
#include "tensor/random.hpp"

namespace whylight {

namespace {

Tensor zero(const Tensor& input, std::uint64_t) { return Tensor(input.shape()); }

// Of each channel; a table of features has one mean.
Tensor mean(const Tensor& input, std::uint64_t) {
  Tensor result(input.shape());
  const Features features(input.shape());
  for (std::int64_t channel = 0; channel < features.channels; ++channel) {
    double sum = 0;
    for (std::int64_t position = 0; position < features.positions; ++position)
      sum += input.real()[static_cast<std::size_t>(features.at(position, channel))];
    const auto value = static_cast<Real>(sum / static_cast<double>(features.positions));
    for (std::int64_t position = 0; position < features.positions; ++position)
      result.real()[static_cast<std::size_t>(features.at(position, channel))] = value;
  }
  return result;
}

std::vector<double> gaussian(double sigma) {
  const auto radius = static_cast<int>(std::lround(4 * sigma));
  std::vector<double> weights;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) {
    weights.push_back(exp_of(-0.5 * i * i / (sigma * sigma)));
    sum += weights.back();
  }
  for (auto& weight : weights) weight /= sum;
  return weights;
}

// Convolves one axis; past the ends the nearest value counts.
void blur_axis(std::span<Real> values, std::int64_t size, std::int64_t stride, const std::vector<double>& weights) {
  const auto radius = static_cast<std::int64_t>(weights.size() / 2);
  std::vector<double> line(static_cast<std::size_t>(size));
  const auto total = static_cast<std::int64_t>(values.size());
  for (std::int64_t start = 0; start < total; ++start) {
    if (start / stride % size != 0) continue;
    for (std::int64_t i = 0; i < size; ++i) {
      double sum = 0;
      for (std::int64_t k = -radius; k <= radius; ++k)
        sum += weights[static_cast<std::size_t>(k + radius)] *
               values[static_cast<std::size_t>(start + std::clamp<std::int64_t>(i + k, 0, size - 1) * stride)];
      line[static_cast<std::size_t>(i)] = sum;
    }
    for (std::int64_t i = 0; i < size; ++i)
      values[static_cast<std::size_t>(start + i * stride)] = static_cast<Real>(line[static_cast<std::size_t>(i)]);
  }
}

Tensor blur(const Tensor& input, std::uint64_t) {
  auto result = input.clone();
  const Features features(input.shape());
  if (features.space.empty()) return result;
  const auto shorter = *std::min_element(features.space.begin(), features.space.end());
  const auto weights = gaussian(std::max(static_cast<double>(shorter) / 10, 0.5));
  const auto strides = dense_strides(input.shape());
  for (std::size_t axis = 0; axis < features.space.size(); ++axis)
    blur_axis(result.real(), features.space[axis], strides[features.first_axis + axis], weights);
  return result;
}

Tensor uniform(const Tensor& input, std::uint64_t seed) {
  Tensor result(input.shape());
  const auto values = input.real();
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  constexpr std::uint64_t stream = 0x66696c6c;  // one of its own, so that it is independent of a method's noise
  if (!values.empty()) Random(seed, stream).fill_uniform(result.real(), *low, *high);
  return result;
}

struct FillRow {
  std::string_view name;
  Tensor (*make)(const Tensor&, std::uint64_t seed);
};
constexpr FillRow table[] = {{"zero", zero}, {"mean", mean}, {"blur", blur}, {"uniform", uniform}};

}  // namespace

Tensor make_fill(const std::string& kind, const Tensor& input, std::uint64_t seed,
                 const std::map<std::string, Tensor>& injected) {
  if (const auto found = injected.find("baseline"); found != injected.end()) {
    if (found->second.size() != input.size())
      fail("baseline", "must have the input's shape ", to_text(input.shape()), ", found ",
           to_text(found->second.shape()));
    return found->second.reshaped(input.shape());
  }
  for (const auto& row : table)
    if (row.name == kind) return row.make(input, seed);
  fail("baseline", "must be one of ", fill_kinds, ", found '", kind, "'");
}

}  // namespace whylight
