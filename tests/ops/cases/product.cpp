#include "ops/cases/cases.hpp"

namespace whylight::test {

namespace {

using Ints = std::vector<std::int64_t>;

// Once with weights that are constants, which may be packed, and once with weights that are differentiated too.
void add_both(std::vector<OpCase>& cases, const OpCase& test) {
  cases.push_back(test);
  cases.push_back(test);
  cases.back().constants = cases.back().fixed = {1, 2};
}

}  // namespace

std::vector<OpCase> convolution_cases() {
  const auto bias = spread({4}, 3);
  std::vector<OpCase> cases;
  add_both(cases, {.op = "Conv", .inputs = {spread({2, 3, 5, 4}), spread({4, 3, 1, 1}, 2), bias}});
  add_both(cases, {.op = "Conv",
                   .attributes = {{"pads", Ints{1, 1, 1, 1}}, {"strides", Ints{2, 2}}},
                   .inputs = {spread({1, 3, 5, 6}), spread({4, 3, 3, 3}, 2), bias}});
  add_both(cases, {.op = "Conv",
                   .attributes = {{"group", std::int64_t{4}}, {"pads", Ints{1, 1, 1, 1}}},
                   .inputs = {spread({1, 4, 4, 5}), spread({4, 1, 3, 3}, 2), bias}});
  add_both(cases, {.op = "Conv",
                   .attributes = {{"group", std::int64_t{2}}, {"dilations", Ints{2}}},
                   .inputs = {spread({2, 4, 7}), spread({4, 2, 3}, 2)}});
  add_both(cases, {.op = "ConvTranspose",
                   .attributes = {{"strides", Ints{2, 2}}, {"pads", Ints{1, 0, 1, 0}}},
                   .inputs = {spread({1, 3, 3, 4}), spread({3, 4, 3, 2}, 2), bias}});
  return cases;
}

std::vector<OpCase> linear_cases() {
  constexpr std::int64_t one = 1;
  std::vector<OpCase> cases;
  add_both(cases, {.op = "Gemm", .inputs = {spread({3, 4}), spread({4, 5}, 2), spread({5}, 3)}});
  add_both(cases, {.op = "Gemm",
                   .attributes = {{"transA", one}, {"transB", one}, {"alpha", 0.7}, {"beta", 1.3}},
                   .inputs = {spread({4, 3}), spread({5, 4}, 2), spread({3, 1}, 3)}});
  add_both(cases, {.op = "MatMul", .inputs = {spread({3, 4}), spread({4, 5}, 2)}});
  add_both(cases, {.op = "MatMul", .inputs = {spread({2, 1, 3, 4}), spread({3, 4, 2}, 2)}});
  add_both(cases, {.op = "MatMul", .inputs = {spread({4}), spread({4, 5}, 2)}});
  add_both(cases, {.op = "MatMul", .inputs = {spread({2, 3, 4}), spread({4, 5}, 2), spread({5}, 3)}});
  add_both(cases, {.op = "MatMul", .inputs = {spread({2, 3, 4}), spread({2, 4, 5}, 2), spread({5}, 3)}});
  return cases;
}

}  // namespace whylight::test
