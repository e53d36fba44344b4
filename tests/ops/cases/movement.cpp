#include "ops/cases/cases.hpp"

namespace whylight::test {

namespace {

using Integers = std::vector<std::int64_t>;

Tensor list(const Integers& values) { return Tensor::integers({static_cast<std::int64_t>(values.size())}, values); }
Tensor number(std::int64_t value) { return Tensor::integers({}, {value}); }

}  // namespace

std::vector<OpCase> movement_cases() {
  const auto x = spread({2, 4, 2, 3});
  const std::int64_t two = 2;
  return {
      {.op = "Reshape", .inputs = {x, list({0, -1, 6})}},
      {.op = "Reshape", .opset = 14, .inputs = {spread({3, 4}), list({2, 2, 3})}},
      {.op = "Flatten", .inputs = {x}},
      {.op = "Flatten", .attributes = {{"axis", std::int64_t{-1}}}, .inputs = {x}},
      {.op = "Squeeze", .opset = 11, .attributes = {{"axes", Integers{1}}}, .inputs = {spread({3, 1, 4, 1})}},
      {.op = "Squeeze", .inputs = {spread({3, 1, 4, 1}), list({-1})}},
      {.op = "Squeeze", .inputs = {spread({3, 1, 4, 1})}},
      {.op = "Unsqueeze", .opset = 11, .attributes = {{"axes", Integers{0, 3}}}, .inputs = {spread({3, 4})}},
      {.op = "Unsqueeze", .inputs = {spread({3, 4}), list({-1})}},
      {.op = "Transpose", .inputs = {x}},
      {.op = "Transpose", .attributes = {{"perm", Integers{0, 2, 3, 1}}}, .inputs = {x}},
      {.op = "DepthToSpace", .attributes = {{"blocksize", two}}, .inputs = {spread({2, 8, 2, 3})}},
      {.op = "DepthToSpace",
       .attributes = {{"blocksize", two}, {"mode", std::string("CRD")}},
       .inputs = {spread({2, 8, 2, 3})}},
      {.op = "SpaceToDepth", .attributes = {{"blocksize", two}}, .inputs = {spread({2, 3, 4, 2})}},
      {.op = "Expand", .inputs = {spread({2, 1, 2, 1}), list({2, 3, 1, 4})}},
      {.op = "Expand", .inputs = {spread({3, 1}), list({2, 3, 4})}},
      {.op = "Tile", .inputs = {spread({2, 1, 2, 3}), list({1, 3, 2, 2})}},
      {.op = "Trilu", .opset = 14, .inputs = {spread({2, 2, 3, 4})}},
      {.op = "Trilu", .opset = 14, .attributes = {{"upper", std::int64_t{0}}}, .inputs = {x, number(-1)}},
      {.op = "Trilu", .opset = 14, .inputs = {x, number(2)}},
  };
}

std::vector<OpCase> slicing_cases() {
  const Shape shape{2, 4, 2, 3};
  const auto x = spread(shape);
  const std::int64_t one = 1;
  const std::int64_t two = 2;
  return {
      {.op = "Concat", .attributes = {{"axis", one}}, .inputs = {x, spread({2, 3, 2, 3}, 2)}},
      {.op = "Concat",
       .attributes = {{"axis", std::int64_t{-1}}},
       .inputs = {x, spread({2, 4, 2, 1}, 2), spread(shape, 3)},
       .constants = {1}},
      {.op = "Concat", .attributes = {{"axis", std::int64_t{0}}}, .inputs = {spread({3}), spread({2})}},
      {.op = "Split", .opset = 11, .attributes = {{"axis", one}}, .inputs = {x}, .outputs = 2},
      {.op = "Split",
       .opset = 11,
       .attributes = {{"axis", one}, {"split", Integers{1, 3}}},
       .inputs = {x},
       .outputs = 2},
      {.op = "Split", .attributes = {{"axis", two}}, .inputs = {spread({2, 2, 5, 2}), list({2, 0, 3})}, .outputs = 3},
      {.op = "Split",
       .opset = 18,
       .attributes = {{"axis", std::int64_t{-1}}, {"num_outputs", two}},
       .inputs = {spread({2, 2, 5})},
       .outputs = 2},
      {.op = "Slice",
       .opset = 9,
       .attributes = {{"starts", Integers{1, -2}}, {"ends", Integers{1000, -1}}, {"axes", Integers{1, 3}}},
       .inputs = {x}},
      {.op = "Slice", .inputs = {x, list({0, 3}), list({2, -100}), list({0, 1}), list({1, -2})}},
      {.op = "Slice", .inputs = {x, list({1, 1}), list({2, 3})}},
      {.op = "Pad",
       .opset = 2,
       .attributes = {{"pads", Integers{0, 0, 1, 2, 0, 0, 0, 1}}, {"value", 0.5}},
       .inputs = {x}},
      {.op = "Pad", .inputs = {x, list({0, 1, 1, -1, 0, 0, 2, 0}), Tensor({}, {0.25})}, .fixed = {2}},
      {.op = "Pad",
       .opset = 18,
       .attributes = {{"mode", std::string("reflect")}},
       .inputs = {x, list({1, 3, 0, 2}), Tensor(), list({-2, 1})}},
      {.op = "Pad", .attributes = {{"mode", std::string("edge")}}, .inputs = {x, list({0, 0, 1, 2, 0, 0, 2, 1})}},
      {.op = "Pad",
       .opset = 19,
       .attributes = {{"mode", std::string("wrap")}},
       .inputs = {x, list({0, 1, 1, 2, 0, 0, 2, 4})}},
  };
}

std::vector<OpCase> gather_cases() {
  const auto x = spread({3, 4, 2});
  const auto places = Tensor::integers({2, 2}, {0, -1, 2, 2});
  const auto columns = Tensor::integers({3, 2, 2}, {0, 1, 3, -1, 2, 2, 0, 0, 1, 2, 3, 0});
  const auto apart = Tensor::integers({3, 2, 2}, {0, 1, 3, -1, 2, 1, 0, 0, 1, 2, 3, 0});
  const Attribute one = std::int64_t{1};
  return {
      {.op = "Gather", .inputs = {x, places}},
      {.op = "Gather", .attributes = {{"axis", one}}, .inputs = {x, Tensor::integers({3}, {3, 0, 3})}},
      {.op = "Gather", .attributes = {{"axis", one}}, .inputs = {x, Tensor::integers({}, {2})}},
      {.op = "GatherElements", .attributes = {{"axis", one}}, .inputs = {x, columns}},
      {.op = "GatherND", .inputs = {x, places}},
      {.op = "GatherND", .attributes = {{"batch_dims", one}}, .inputs = {x, Tensor::integers({3, 1}, {3, 0, -1})}},
      {.op = "Scatter", .opset = 9, .attributes = {{"axis", one}}, .inputs = {x, apart, spread({3, 2, 2}, 2)}},
      {.op = "ScatterElements", .attributes = {{"axis", one}}, .inputs = {x, apart, spread({3, 2, 2}, 2)}},
      {.op = "ScatterElements",
       .opset = 16,
       .attributes = {{"axis", one}, {"reduction", std::string("add")}},
       .inputs = {x, columns, spread({3, 2, 2}, 2)}},
      {.op = "ScatterND", .inputs = {x, Tensor::integers({2, 1}, {2, 0}), spread({2, 4, 2}, 2)}},
      {.op = "ScatterND",
       .opset = 16,
       .attributes = {{"reduction", std::string("add")}},
       .inputs = {x, Tensor::integers({2, 2}, {2, 0, 2, 0}), spread({2, 2}, 2)}},
      {.op = "OneHot",
       .inputs = {Tensor::integers({2}, {1, -1}), Tensor::integers({}, {3}), Tensor({2}, {0, 1})},
       .without = "its output is a choice among constants"},
  };
}

}  // namespace whylight::test
