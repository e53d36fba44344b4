#include "ops/cases/cases.hpp"

namespace whylight::test {

namespace {

using Attributes = std::map<std::string, Attribute, std::less<>>;

OpCase case_of(const char* op, Attributes attributes, std::vector<Tensor> inputs, int outputs = 1) {
  return {.op = op, .attributes = std::move(attributes), .inputs = std::move(inputs), .outputs = outputs};
}

}  // namespace

std::vector<OpCase> line_cases() {
  const Shape shape{2, 3, 2, 3};
  const auto one = std::int64_t{1};
  const auto axis = [](std::int64_t value) { return Tensor::integers({}, {value}); };
  std::vector<OpCase> cases{
      case_of("CumSum", {}, {spread(shape), axis(1)}),
      case_of("CumSum", {{"exclusive", one}}, {spread(shape), axis(-1)}),
      case_of("CumSum", {{"reverse", one}}, {spread(shape), axis(0)}),
      case_of("CumSum", {{"reverse", one}, {"exclusive", one}}, {spread({5}), axis(0)}),
      case_of("TopK", {}, {spread(shape), Tensor::integers({1}, {2})}, 2),
      case_of("TopK", {{"axis", one}, {"largest", std::int64_t{0}}}, {spread(shape), Tensor::integers({1}, {2})}, 2),
      case_of("TopK", {{"axis", std::int64_t{0}}}, {spread({6}), Tensor::integers({1}, {6})}, 2),
      case_of("LpNormalization", {}, {spread(shape)}),
      case_of("LpNormalization", {{"p", one}, {"axis", one}}, {spread(shape)}),
  };
  cases.push_back({.op = "Hardmax", .inputs = {spread(shape)}, .without = "flat between its steps"});
  return cases;
}

}  // namespace whylight::test
