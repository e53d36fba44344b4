#include "engine/target.hpp"

#include <algorithm>
#include <ranges>

#include "tensor/fail.hpp"

namespace whylight {

void check_target(const Target& target, std::int64_t units) {
  for (const auto& [unit, weight] : target.terms)
    if (unit < 0 || unit >= units) fail("target", "must be from 0 to ", units - 1, ", found ", unit);
}

Units units_of(const Target& target) {
  if (target.terms.empty()) return {0, 0};
  const auto [first, last] = std::ranges::minmax(target.terms | std::views::keys);
  const auto sane = [](std::int64_t unit) { return std::clamp<std::int64_t>(unit, 0, most_bytes); };
  return {sane(first), sane(last) + 1};
}

std::vector<Real> scores_of(const Tensor& output, std::int64_t rows, const Target& target) {
  const auto units = output.size() / rows;
  check_target(target, units);
  std::vector<Real> scores;
  const auto values = output.real();
  for (std::int64_t row = 0; row < rows; ++row) {
    Real sum = 0;
    for (const auto& [unit, weight] : target.terms)
      sum += weight * values[static_cast<std::size_t>(row * units + unit)];
    scores.push_back(sum);
  }
  return scores;
}

void seed(const View& output, const View& signal, std::int64_t rows, const Target& target, bool from_value) {
  Tensor weights(output.shape);
  const auto units = weights.size() / rows;
  const auto into = weights.real();
  for (std::int64_t row = 0; row < rows; ++row)
    for (const auto& [unit, weight] : target.terms) into[static_cast<std::size_t>(row * units + unit)] += weight;
  if (from_value) {
    Tensor values(output.shape);
    copy(output, View(values));
    for (std::size_t i = 0; i < into.size(); ++i) into[i] *= values.real()[i];
  }
  copy(View(weights), signal);
}

}  // namespace whylight
