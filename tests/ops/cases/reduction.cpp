#include "ops/cases/cases.hpp"

namespace whylight::test {

namespace {

using Ints = std::vector<std::int64_t>;

Tensor axes(const Ints& list) { return Tensor::integers({static_cast<std::int64_t>(list.size())}, list); }

}  // namespace

std::vector<OpCase> reduction_cases() {
  constexpr std::int64_t no = 0;
  constexpr std::int64_t yes = 1;
  const Shape shape{2, 3, 4, 2};
  std::vector<OpCase> cases;
  for (const auto* op : {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSumSquare",
                         "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp"}) {
    const Real offset = op == std::string("ReduceLogSum") ? Real(3) : 0;
    const auto x = spread(shape, 1, offset);
    cases.push_back({.op = op, .opset = 11, .inputs = {spread({2, 3, 4}, 2, offset)}});
    cases.push_back({.op = op, .opset = 11, .attributes = {{"axes", Ints{2, 3}}}, .inputs = {x}});
    cases.push_back({.op = op, .opset = 11, .attributes = {{"axes", Ints{-1, 2}}, {"keepdims", no}}, .inputs = {x}});
    cases.push_back({.op = op, .opset = 18, .inputs = {x, axes({1})}});
    cases.push_back({.op = op, .opset = 18, .inputs = {x, axes({0, 2})}});
    cases.push_back({.op = op, .opset = 18, .attributes = {{"noop_with_empty_axes", yes}}, .inputs = {x}});
    cases.push_back(
        {.op = op, .opset = 18, .attributes = {{"keepdims", no}}, .inputs = {spread({40}, 3, offset), axes({0})}});
  }
  auto one_zero = spread(shape);
  one_zero.real()[7] = 0;
  cases.push_back({.op = "ReduceProd", .attributes = {{"axes", Ints{2, 3}}}, .inputs = {one_zero}});
  for (const auto* op : {"ArgMax", "ArgMin"}) {
    cases.push_back({.op = op, .attributes = {{"axis", yes}}, .inputs = {spread(shape)}, .without = "integer output"});
    cases.push_back({.op = op,
                     .attributes = {{"axis", std::int64_t{-1}}, {"keepdims", no}},
                     .inputs = {spread(shape)},
                     .without = "integer output"});
  }
  return cases;
}

}  // namespace whylight::test
