#include <cmath>

#include "ops/cases/cases.hpp"

namespace whylight::test {

namespace {

Tensor flags(const Shape& shape) {
  Tensor result(shape, Type::boolean);
  for (std::size_t i = 0; i < result.as<bool>().size(); ++i) result.as<bool>()[i] = i % 3 == 0;
  return result;
}

// Values on a grid that no other seed shares, so that operands of Max and Min never meet.
Tensor apart(const Shape& shape, std::uint64_t seed) {
  auto result = spread(shape, seed);
  for (auto& value : result.real()) value = std::round(value * 20) / 20 + Real(0.0137) * static_cast<Real>(seed);
  return result;
}

}  // namespace

std::vector<OpCase> arithmetic_cases() {
  const Shape shape{2, 3, 2, 3};
  std::vector<OpCase> cases;
  // Divisors, bases and exponents stay positive; what else meets may have any sign.
  for (const auto* op : {"Add", "Sub", "Mul", "Div", "Pow", "Sum", "Mean", "Max", "Min"}) {
    const auto name = std::string(op);
    const Real offset = name == "Div" || name == "Pow" ? Real(2.6) : 0;
    const bool extreme = name == "Max" || name == "Min";
    const auto of = [&](const Shape& wanted, std::uint64_t seed) {
      return extreme ? apart(wanted, seed) : spread(wanted, seed, offset);
    };
    cases.push_back({.op = op, .inputs = {of(shape, 1), of(shape, 2)}});
    cases.push_back({.op = op, .inputs = {of({4}, 1), of({3, 1}, 2)}});
    cases.push_back({.op = op, .inputs = {of(shape, 1), of({}, 2)}, .constants = {1}});
    cases.push_back({.op = op, .inputs = {of(shape, 1), of({3, 1, 1}, 2)}, .constants = {1}});
    cases.push_back({.op = op, .inputs = {of({1, 3, 1, 1}, 1), of(shape, 2)}, .constants = {0}});
    cases.push_back({.op = op, .inputs = {of({2, 3, 1, 1}, 1), of(shape, 2)}});
    cases.push_back({.op = op, .inputs = {of({2, 1, 2, 3}, 1), of({1, 3, 2, 1}, 2)}});
    cases.push_back({.op = op, .inputs = {of(shape, 1), of(shape, 2)}, .constants = {1}});
    cases.push_back({.op = op, .inputs = {of({2, 3}, 1), of(shape, 2)}});
    cases.push_back({.op = op, .inputs = {of({1, 300}, 1), of({2, 1}, 2)}});
  }
  for (const auto* op : {"Sum", "Mean", "Max", "Min"}) {
    cases.push_back({.op = op, .inputs = {spread(shape)}});
    cases.push_back({.op = op, .inputs = {apart(shape, 1), apart({3, 1, 1}, 2), apart(shape, 3)}, .constants = {1}});
  }
  cases.push_back({.op = "Pow", .inputs = {spread(shape), Tensor({}, {2})}, .constants = {1}, .fixed = {1}});
  cases.push_back({.op = "Pow", .inputs = {spread(shape), Tensor::integers({}, {3})}});
  cases.push_back({.op = "Mod",
                   .attributes = {{"fmod", std::int64_t{1}}},
                   .inputs = {Tensor({4}, {0.7, 2, -3.1, 4.9}), Tensor({}, {1.37})},
                   .constants = {1}});
  cases.push_back({.op = "Where", .inputs = {flags(shape), spread(shape, 1), spread({3, 1, 1}, 2)}, .constants = {2}});
  cases.push_back({.op = "Where", .inputs = {flags({3, 1, 1}), spread(shape, 1), spread(shape, 2)}});
  for (const auto* op : {"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"})
    cases.push_back({.op = op,
                     .opset = 16,
                     .inputs = {spread(shape), spread({3, 1, 1}, 2)},
                     .constants = {1},
                     .without = "boolean output"});
  for (const auto* op : {"And", "Or", "Xor"})
    cases.push_back({.op = op, .inputs = {flags(shape), flags({3, 1, 1})}, .without = "boolean output"});
  cases.push_back({.op = "Not", .inputs = {flags(shape)}, .without = "boolean output"});
  return cases;
}

}  // namespace whylight::test
