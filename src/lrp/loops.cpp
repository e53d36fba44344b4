#include "lrp/loops.hpp"

#include <algorithm>

#include "kernels/kernels.hpp"

namespace whylight {

namespace {

Real ratio_of(Real relevance, Real z, const Divisor& by) {
  return by.share * relevance / (z + (z < 0 ? -by.epsilon : by.epsilon));
}

}  // namespace

// Block by block, so that the loop inside vectorises and values of both signs end the search early.
Signs signs_of(std::span<const Real> values) {
  constexpr std::size_t block = 1024;
  Signs signs;
  for (std::size_t first = 0; first < values.size() && !(signs.negative && signs.positive); first += block) {
    Real lowest = 0;
    Real highest = 0;
    for (const auto value : values.subspan(first, std::min(block, values.size() - first))) {
      lowest = value < lowest ? value : lowest;
      highest = highest < value ? value : highest;
    }
    signs.negative = signs.negative || lowest < 0;
    signs.positive = signs.positive || highest > 0;
  }
  return signs;
}

void apply(Map map, std::span<const Real> from, std::span<Real> to) {
  const auto size = to.size();
  switch (map) {
    case Map::all:
      if (from.data() != to.data()) std::copy(from.begin(), from.end(), to.begin());
      return;
    case Map::positive:
      for (std::size_t i = 0; i < size; ++i) to[i] = from[i] < 0 ? 0 : from[i];
      return;
    case Map::negative:
      for (std::size_t i = 0; i < size; ++i) to[i] = 0 < from[i] ? 0 : from[i];
      return;
    case Map::none:
      std::fill(to.begin(), to.end(), Real(0));
      return;
    case Map::absolute:
      for (std::size_t i = 0; i < size; ++i) to[i] = from[i] < 0 ? -from[i] : from[i];
      return;
    case Map::negated:
      for (std::size_t i = 0; i < size; ++i) to[i] = -from[i];
  }
}

void divide(std::span<const Real> relevance, std::span<const Real> z, const Divisor& by, std::span<Real> ratio) {
  for (std::size_t i = 0; i < ratio.size(); ++i) ratio[i] = ratio_of(relevance[i], z[i], by);
}

void divide_sum(std::span<const Real> relevance, std::span<const Real> a, std::span<const Real> b, const Divisor& by,
                std::span<Real> for_a, std::span<Real> for_b) {
  for (std::size_t i = 0; i < relevance.size(); ++i) {
    const auto ratio = ratio_of(relevance[i], a[i] + b[i], by);
    for_a[i] = ratio * a[i];
    for_b[i] = ratio * b[i];
  }
}

void multiply(std::span<const Real> factors, std::span<Real> into) {
  kernels().multiply(into.data(), factors.data(), into.data(), static_cast<Index>(into.size()));
}

void add_product(std::span<const Real> a, std::span<const Real> b, std::span<Real> into) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] += a[i] * b[i];
}

}  // namespace whylight
