#include "ops/cases/cases.hpp"

namespace whylight::test {

namespace {

using Ints = std::vector<std::int64_t>;

}  // namespace

std::vector<OpCase> pooling_cases() {
  constexpr std::int64_t yes = 1;
  const Shape flat{2, 3, 7};
  const Shape plane{2, 3, 6, 5};
  const Shape solid{1, 2, 4, 3, 4};
  std::vector<OpCase> cases;
  for (const auto* op : {"MaxPool", "AveragePool"}) {
    const auto add = [&](const Shape& shape, std::map<std::string, Attribute, std::less<>> attributes) {
      cases.push_back({.op = op, .opset = 19, .attributes = std::move(attributes), .inputs = {spread(shape)}});
    };
    add(flat, {{"kernel_shape", Ints{3}}, {"strides", Ints{2}}});
    add(flat, {{"kernel_shape", Ints{4}}, {"strides", Ints{3}}, {"pads", Ints{1, 1}}, {"ceil_mode", yes}});
    add(plane, {{"kernel_shape", Ints{2, 2}}});
    add(plane, {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
    add(plane, {{"kernel_shape", Ints{3, 2}}, {"pads", Ints{2, 0, 1, 1}}, {"dilations", Ints{2, 3}}});
    add(plane, {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"auto_pad", std::string("SAME_UPPER")}});
    add(plane, {{"kernel_shape", Ints{2, 2}}, {"auto_pad", std::string("SAME_LOWER")}});
    add(plane, {{"kernel_shape", Ints{3, 3}}, {"auto_pad", std::string("VALID")}});
    add(solid, {{"kernel_shape", Ints{2, 2, 3}}, {"pads", Ints{1, 0, 1, 0, 0, 1}}});
  }
  cases.push_back({.op = "MaxPool",
                   .attributes = {{"kernel_shape", Ints{2, 3}}, {"storage_order", yes}},
                   .inputs = {spread(plane)},
                   .outputs = 2});
  cases.push_back({.op = "AveragePool",
                   .attributes = {{"kernel_shape", Ints{3, 3}},
                                  {"strides", Ints{2, 2}},
                                  {"ceil_mode", yes},
                                  {"pads", Ints{1, 1, 1, 1}},
                                  {"count_include_pad", yes}},
                   .inputs = {spread(plane)}});
  for (const std::int64_t p : {1, 2, 3}) {
    const auto add = [&](const Shape& shape, std::map<std::string, Attribute, std::less<>> attributes) {
      attributes["p"] = p;
      cases.push_back({.op = "LpPool", .opset = 18, .attributes = std::move(attributes), .inputs = {spread(shape)}});
    };
    add(flat, {{"kernel_shape", Ints{3}}, {"strides", Ints{2}}});
    add(plane, {{"kernel_shape", Ints{3, 2}}, {"pads", Ints{2, 0, 1, 1}}, {"dilations", Ints{2, 3}}});
    cases.push_back({.op = "GlobalLpPool", .attributes = {{"p", p}}, .inputs = {spread(plane)}});
  }
  for (const auto* op : {"GlobalAveragePool", "GlobalMaxPool"})
    for (const auto& shape : {flat, plane, solid, Shape{1, 2, 9, 10}})
      cases.push_back({.op = op, .inputs = {spread(shape)}});
  return cases;
}

}  // namespace whylight::test
