#include "ops/cases/cases.hpp"

namespace whylight::test {

std::vector<OpCase> normalisation_cases() {
  constexpr std::int64_t zero = 0;
  constexpr std::int64_t one = 1;
  const Shape shape{2, 4, 2, 3};
  const auto positive = spread({4}, 7, Real(2.5));
  std::vector<OpCase> cases;
  for (const auto& x : {spread(shape), spread({5, 4}), spread({2, 4, 3})})
    cases.push_back({.op = "BatchNormalization",
                     .opset = 15,
                     .attributes = {{"epsilon", 0.01}},
                     .inputs = {x, spread({4}, 2), spread({4}, 3), spread({4}, 4), positive},
                     .constants = {1, 2, 3, 4}});
  cases.push_back({.op = "LRN",
                   .attributes = {{"size", std::int64_t{3}}, {"alpha", 0.7}, {"beta", 0.6}, {"bias", 1.5}},
                   .inputs = {spread(shape)}});
  cases.push_back({.op = "LRN", .attributes = {{"size", std::int64_t{2}}, {"alpha", 0.5}}, .inputs = {spread(shape)}});
  for (const auto* op : {"Softmax", "LogSoftmax"}) {
    cases.push_back({.op = op, .opset = 11, .inputs = {spread({2, 3, 2})}});
    cases.push_back({.op = op, .opset = 11, .attributes = {{"axis", zero}}, .inputs = {spread({3, 2})}});
    for (const std::int64_t axis : {0, 1, 2, -1})
      cases.push_back({.op = op, .opset = 13, .attributes = {{"axis", axis}}, .inputs = {spread(shape)}});
    cases.push_back({.op = op, .opset = 13, .inputs = {spread({7}, 2, 0, 10)}});
  }
  cases.push_back(
      {.op = "InstanceNormalization", .inputs = {spread(shape), spread({4}, 2), spread({4}, 3)}, .constants = {1, 2}});
  for (const std::int64_t axis : {1, 2, -1}) {
    const Shape scale(shape.begin() + (axis < 0 ? 3 : axis), shape.end());
    cases.push_back({.op = "LayerNormalization",
                     .opset = 17,
                     .attributes = {{"axis", axis}, {"epsilon", 0.02}},
                     .inputs = {spread(shape), spread(scale, 2), spread(scale, 3)},
                     .constants = {1, 2},
                     .outputs = 3});
  }
  cases.push_back(
      {.op = "LayerNormalization", .opset = 17, .inputs = {spread({3, 5}), spread({5}, 2)}, .constants = {1}});
  for (const std::int64_t axis : {2, -1})
    cases.push_back({.op = "RMSNormalization",
                     .opset = 23,
                     .attributes = {{"axis", axis}, {"epsilon", 0.02}},
                     .inputs = {spread(shape), spread(Shape(shape.begin() + (axis < 0 ? 3 : axis), shape.end()), 2)},
                     .constants = {1}});
  cases.push_back({.op = "GroupNormalization",
                   .opset = 18,
                   .attributes = {{"num_groups", std::int64_t{2}}},
                   .inputs = {spread(shape), spread({2}, 2), spread({2}, 3)},
                   .constants = {1, 2}});
  cases.push_back({.op = "GroupNormalization",
                   .opset = 21,
                   .attributes = {{"num_groups", std::int64_t{2}}},
                   .inputs = {spread(shape), spread({4}, 2), spread({4}, 3)},
                   .constants = {1, 2}});
  cases.push_back({.op = "MeanVarianceNormalization", .inputs = {spread(shape)}});
  cases.push_back({.op = "MeanVarianceNormalization",
                   .attributes = {{"axes", std::vector<std::int64_t>{one}}},
                   .inputs = {spread(shape)}});
  return cases;
}

}  // namespace whylight::test
