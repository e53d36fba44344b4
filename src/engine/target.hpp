#pragma once
#include <string>
#include <utility>
#include <vector>

#include "ops/op.hpp"
#include "tensor/tensor.hpp"

namespace whylight {

// The scalar being explained, for each row of a batch: a weighted sum of units of the session's flattened explained
// value, by default the model's logits. {{{k, 1}}} is unit k, {{{k, 1}, {j, -1}}} the contrast of k with j.
struct Target {
  std::vector<std::pair<std::int64_t, Real>> terms;
  std::string hidden;  // what people call units inside the network, "LAYER@17"; empty for units of the output
  static Target unit(std::int64_t index) { return {{{index, Real(1)}}, {}}; }
  static Target contrast(std::int64_t index, std::int64_t other) { return {{{index, Real(1)}, {other, Real(-1)}}, {}}; }
};

// Throws Error unless every unit of the target is one of `units`.
void check_target(const Target& target, std::int64_t units);
// The units that a target looks at, and those between them.
Units units_of(const Target& target);
// The target's value for each of the rows that gave an output. Throws Error when the target is out of range.
std::vector<Real> scores_of(const Tensor& output, std::int64_t rows, const Target& target);
// Writes the signal with which the way back begins: the weight of each unit, times its value if `from_value`.
void seed(const View& output, const View& signal, std::int64_t rows, const Target& target, bool from_value);

}  // namespace whylight
