#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "ops/elementwise.hpp"
#include "tensor/fail.hpp"

// Functions of one number that models use seldom: one loop calls them through the table, which keeps the code small.

namespace whylight {

namespace {

// The values of a function's attributes.
struct Knobs {
  Real a = 0;
  Real b = 0;
};

Real logistic(Real x) { return 1 / (1 + std::exp(-x)); }

// By identities that share a few functions of the library and lose no accuracy near zero or one.
Real tangent(Real x, Knobs) { return std::sin(x) / std::cos(x); }
Real arc_sine(Real x, Knobs) { return std::atan(x / std::sqrt((1 - x) * (1 + x))); }
Real arc_cosine(Real x, Knobs) { return 2 * std::atan(std::sqrt((1 - x) / (1 + x))); }
Real arc_tangent(Real x, Knobs) { return std::atan(x); }
Real sinh_of(Real x, Knobs) {
  const auto grown = std::expm1(std::abs(x));
  const auto size = std::isinf(grown) ? grown : (grown + grown / (grown + 1)) / 2;
  return std::copysign(size, x);
}
Real cosh_of(Real x, Knobs) { return (std::exp(x) + std::exp(-x)) / 2; }
Real area_sinh(Real x, Knobs) {
  const auto size = std::abs(x);
  return std::copysign(std::log1p(size + size * size / (1 + std::sqrt(size * size + 1))), x);
}
Real area_cosh(Real x, Knobs) { return std::log1p(x - 1 + std::sqrt((x - 1) * (x + 1))); }
Real area_tanh(Real x, Knobs) { return std::log1p(2 * x / (1 - x)) / 2; }
Real swish(Real x, Knobs k) { return x * logistic(k.a * x); }
Real shrink(Real x, Knobs k) { return x < -k.a ? x + k.b : x > k.a ? x - k.b : 0; }

// A function and its slope at x, where it is y, and its attributes with what they are when not given.
struct Function {
  std::string_view name;
  Real (*value)(Real x, Knobs);
  Real (*slope)(Real x, Real y, Knobs);
  std::array<std::string_view, 2> attributes{};
  Knobs fallbacks{};
};

constexpr std::array functions{
    Function{"Tan", tangent, [](Real, Real y, Knobs) { return 1 + y * y; }},
    Function{"Asin", arc_sine, [](Real x, Real, Knobs) { return 1 / std::sqrt(1 - x * x); }},
    Function{"Acos", arc_cosine, [](Real x, Real, Knobs) { return -1 / std::sqrt(1 - x * x); }},
    Function{"Atan", arc_tangent, [](Real x, Real, Knobs) { return 1 / (1 + x * x); }},
    Function{"Sinh", sinh_of, [](Real x, Real, Knobs k) { return cosh_of(x, k); }},
    Function{"Cosh", cosh_of, [](Real x, Real, Knobs k) { return sinh_of(x, k); }},
    Function{"Asinh", area_sinh, [](Real x, Real, Knobs) { return 1 / std::sqrt(x * x + 1); }},
    Function{"Acosh", area_cosh, [](Real x, Real, Knobs) { return 1 / std::sqrt((x - 1) * (x + 1)); }},
    Function{"Atanh", area_tanh, [](Real x, Real, Knobs) { return 1 / ((1 - x) * (1 + x)); }},
    Function{"Swish",
             swish,
             [](Real x, Real y, Knobs k) {
               const auto gate = logistic(k.a * x);
               return gate + k.a * y * (1 - gate);
             },
             {"alpha", ""},
             {1, 0}},
    Function{"Shrink",
             shrink,
             [](Real x, Real, Knobs k) { return std::abs(x) > k.a ? Real(1) : Real(0); },
             {"lambd", "bias"},
             {Real(0.5), 0}},
};

const Function& function_of(const Node& node) {
  for (const auto& function : functions)
    if (function.name == node.op->name) return function;
  fail(node.label(), "has no function");
}

Knobs knobs_of(const Node& node, const Function& function) {
  const auto& [a, b] = function.attributes;
  return {static_cast<Real>(node.number(a, function.fallbacks.a)),
          static_cast<Real>(node.number(b, function.fallbacks.b))};
}

void forward(const Call& call) {
  const auto& function = function_of(call.node);
  const auto knobs = knobs_of(call.node, function);
  map<Real, Real>(call.x[0], call.y[0], [&](Real x) { return function.value(x, knobs); });
}

void backward(const Call& call) {
  if (nothing_flows(call)) return;
  const auto& function = function_of(call.node);
  const auto knobs = knobs_of(call.node, function);
  map_back(call.x[0], call.y[0], call.gy[0], wanted(call, 0),
           [&](Real x, Real y) { return function.slope(x, y, knobs); });
}

// IsNaN and IsInf.
void infer_test(Inference& inference) {
  infer_real(inference);
  inference.set(0, inference.shape(0), Type::boolean);
}

void test(const Call& call) {
  constexpr auto infinity = std::numeric_limits<Real>::infinity();
  const bool nan = call.node.op->name == "IsNaN";
  const bool positive = call.node.integer("detect_positive", 1) != 0;
  const bool negative = call.node.integer("detect_negative", 1) != 0;
  map<bool, Real>(call.x[0], call.y[0], [=](Real x) {
    return nan ? std::isnan(x) : (positive && x == infinity) || (negative && x == -infinity);
  });
}

constexpr OpDef row(std::string_view name, int since) {
  return {.name = name,
          .since = since,
          .infer = infer_real,
          .forward = forward,
          .backward = backward,
          .relevance = Relevance::pass,
          .layouts = Layouts::any};
}

constexpr OpDef test_row(std::string_view name, int since) {
  return {.name = name, .since = since, .infer = infer_test, .forward = test, .layouts = Layouts::any};
}

constexpr std::array rows{
    row("Tan", 7),    row("Asin", 7),       row("Acos", 7),        row("Atan", 7),  row("Sinh", 9),
    row("Cosh", 9),   row("Asinh", 9),      row("Acosh", 9),       row("Atanh", 9), row("Swish", 24),
    row("Shrink", 9), test_row("IsNaN", 9), test_row("IsInf", 10),
};

}  // namespace

std::span<const OpDef> function_ops() { return rows; }

}  // namespace whylight
