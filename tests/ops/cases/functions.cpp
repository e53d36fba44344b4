#include "ops/cases/cases.hpp"

namespace whylight::test {

std::vector<OpCase> function_cases() {
  const Shape shape{2, 3, 2, 3};
  std::vector<OpCase> cases;
  for (const auto* op : {"Atan", "Sinh", "Cosh", "Asinh"}) cases.push_back({.op = op, .inputs = {spread(shape)}});
  cases.push_back({.op = "Tan", .inputs = {spread(shape, 2, 0, Real(0.5))}});
  for (const auto* op : {"Asin", "Acos", "Atanh"})
    cases.push_back({.op = op, .inputs = {spread(shape, 3, 0, Real(0.4))}});
  cases.push_back({.op = "Acosh", .inputs = {spread(shape, 4, 4)}});
  cases.push_back({.op = "Swish", .opset = 24, .inputs = {spread(shape)}});
  cases.push_back({.op = "Swish", .opset = 24, .attributes = {{"alpha", 1.7}}, .inputs = {spread(shape)}});
  cases.push_back({.op = "Shrink", .inputs = {spread(shape, 1, Real(0.05))}});
  cases.push_back({.op = "Shrink", .attributes = {{"lambd", 1.03}, {"bias", 0.3}}, .inputs = {spread(shape)}});
  for (const auto* op : {"IsNaN", "IsInf"})
    cases.push_back({.op = op, .inputs = {spread(shape)}, .without = "boolean output"});
  return cases;
}

}  // namespace whylight::test
