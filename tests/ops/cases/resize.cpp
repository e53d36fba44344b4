#include "ops/cases/cases.hpp"

namespace whylight::test {

std::vector<OpCase> resize_cases() {
  using Text = std::string;
  const Shape shape{1, 2, 4, 5};
  const auto x = spread(shape);
  const Tensor none;
  const Tensor up({4}, {1, 1, 2, 2.5});
  const Tensor down({4}, {1, 1, 0.6, 0.5});
  const auto sizes = Tensor::integers({4}, {1, 2, 7, 3});
  std::vector<OpCase> cases;
  for (const auto* mode : {"nearest", "linear", "cubic"}) {
    for (const auto* coordinates :
         {"half_pixel", "asymmetric", "pytorch_half_pixel", "align_corners", "half_pixel_symmetric"}) {
      const std::map<std::string, Attribute, std::less<>> attributes{
          {"mode", Text(mode)}, {"coordinate_transformation_mode", Text(coordinates)}};
      for (const auto& scales : {up, down})
        cases.push_back({.op = "Resize", .opset = 19, .attributes = attributes, .inputs = {x, none, scales}});
      cases.push_back({.op = "Resize", .opset = 19, .attributes = attributes, .inputs = {x, none, none, sizes}});
    }
    cases.push_back({.op = "Resize",
                     .opset = 13,
                     .attributes = {{"mode", Text(mode)},
                                    {"coordinate_transformation_mode", Text("tf_crop_and_resize")},
                                    {"extrapolation_value", 3.0}},
                     .inputs = {x, Tensor({8}, {0, 0, 0.3, -0.2, 1, 1, 1.3, 0.8}), none, sizes}});
  }
  cases.push_back({.op = "Resize",
                   .attributes = {{"mode", Text("cubic")}, {"exclude_outside", std::int64_t{1}}},
                   .inputs = {x, none, up}});
  for (const auto* rounding : {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"})
    cases.push_back(
        {.op = "Resize", .attributes = {{"nearest_mode", Text(rounding)}}, .inputs = {x, none, none, sizes}});
  cases.push_back({.op = "Resize",
                   .opset = 18,
                   .attributes = {{"mode", Text("linear")},
                                  {"axes", std::vector<std::int64_t>{3, 2}},
                                  {"keep_aspect_ratio_policy", Text("not_larger")}},
                   .inputs = {x, none, none, Tensor::integers({2}, {8, 9})}});
  cases.push_back({.op = "Resize",
                   .attributes = {{"mode", Text("linear")}},
                   .inputs = {spread({2, 3}), none, Tensor({2}, {2, 2})}});
  for (const auto* mode : {"nearest", "linear"}) {
    cases.push_back({.op = "Resize", .opset = 10, .attributes = {{"mode", Text(mode)}}, .inputs = {x, up}});
    cases.push_back({.op = "Upsample", .opset = 9, .attributes = {{"mode", Text(mode)}}, .inputs = {x, up}});
  }
  for (auto& test : cases) test.constants = test.fixed = {1, 2};
  return cases;
}

}  // namespace whylight::test
