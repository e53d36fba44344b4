#include "ops/cases/cases.hpp"

namespace whylight::test {

std::vector<OpCase> activation_cases() {
  const Shape shape{2, 3, 2, 3};
  std::vector<OpCase> cases;
  for (const auto* op : {"Relu", "LeakyRelu", "Elu", "Selu", "Celu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish",
                         "Softplus", "Softsign", "Erf", "Mish", "Exp", "Sin", "Cos", "Neg", "Abs", "Sign"})
    cases.push_back({.op = op, .inputs = {spread(shape)}});
  for (const auto* op : {"Sqrt", "Log", "Reciprocal"}) cases.push_back({.op = op, .inputs = {spread(shape, 2, 3)}});
  for (const auto* op : {"Floor", "Ceil", "Round"}) cases.push_back({.op = op, .inputs = {spread({2, 3, 5}, 3)}});
  cases.push_back({.op = "LeakyRelu", .attributes = {{"alpha", 0.3}}, .inputs = {spread(shape)}});
  cases.push_back({.op = "Elu", .attributes = {{"alpha", 1.7}}, .inputs = {spread({5})}});
  cases.push_back({.op = "Selu", .attributes = {{"alpha", 2.0}, {"gamma", 3.0}}, .inputs = {spread(shape)}});
  cases.push_back({.op = "Celu", .attributes = {{"alpha", 2.0}}, .inputs = {spread(shape)}});
  cases.push_back({.op = "HardSigmoid", .attributes = {{"alpha", 0.5}, {"beta", 0.6}}, .inputs = {spread(shape)}});
  cases.push_back({.op = "HardSwish", .opset = 14, .inputs = {spread(shape, 4, 0, 2)}});
  cases.push_back({.op = "ThresholdedRelu", .attributes = {{"alpha", 0.71}}, .inputs = {spread(shape)}});
  cases.push_back({.op = "Softplus", .inputs = {spread(shape, 4, 0, 20)}});
  cases.push_back({.op = "Gelu", .opset = 20, .inputs = {spread(shape)}});
  cases.push_back(
      {.op = "Gelu", .opset = 20, .attributes = {{"approximate", std::string("tanh")}}, .inputs = {spread(shape)}});
  cases.push_back({.op = "PRelu", .inputs = {spread(shape), spread({3, 1, 1}, 5)}, .constants = {1}});
  cases.push_back({.op = "PRelu", .inputs = {spread(shape), spread({1}, 5)}, .constants = {1}});
  cases.push_back({.op = "PRelu", .inputs = {spread(shape), spread(shape, 5)}});
  cases.push_back({.op = "Clip", .opset = 6, .attributes = {{"min", -1.03}, {"max", 1.21}}, .inputs = {spread(shape)}});
  cases.push_back({.op = "Clip", .opset = 6, .attributes = {{"max", 0.51}}, .inputs = {spread(shape)}});
  cases.push_back({.op = "Clip", .inputs = {spread(shape), Tensor({}, {-1.03}), Tensor({}, {1.21})}});
  cases.push_back({.op = "Clip", .inputs = {spread(shape), Tensor(), Tensor({1}, {0.51})}});
  cases.push_back({.op = "Clip", .inputs = {spread(shape)}});
  return cases;
}

}  // namespace whylight::test
