#include "ops/cases/cases.hpp"

namespace whylight::test {

std::vector<OpCase> constant_cases() {
  const auto x = spread({2, 3, 2, 2});
  const auto three = Tensor::integers({}, {3});
  const std::string fixed = "its output does not depend on real input";
  return {
      {.op = "Constant", .attributes = {{"value_float", 1.5}}, .without = fixed},
      {.op = "ConstantOfShape", .inputs = {Tensor::integers({2}, {2, 3})}, .without = fixed},
      {.op = "Range", .inputs = {Tensor::integers({}, {0}), Tensor::integers({}, {7}), three}, .without = fixed},
      {.op = "EyeLike", .inputs = {spread({3, 4})}, .without = fixed},
      {.op = "Shape", .inputs = {x}, .without = fixed},
      {.op = "Size", .inputs = {x}, .without = fixed},
      {.op = "Identity", .inputs = {x}},
      {.op = "Dropout", .inputs = {x}},
      {.op = "Dropout", .inputs = {x}, .outputs = 2},
      {.op = "Cast", .attributes = {{"to", std::int64_t{10}}}, .inputs = {x}},
      {.op = "Cast", .attributes = {{"to", std::int64_t{7}}}, .inputs = {x}, .without = "integer output"},
      {.op = "CastLike", .opset = 15, .inputs = {x, spread({1})}},
  };
}

std::vector<OpCase> internal_cases() {
  return {
      {.op = "Relayout", .opset = 1, .inputs = {spread({2, 3, 2, 4})}, .domain = "whylight"},
      {.op = "RoundToGrid",
       .opset = 1,
       // So fine that the staircase is a slope, which is what its signal follows; the lower end of the range is met.
       .attributes = {{"scale", 0x1p-40}, {"zero", 3.0}, {"low", -1.1 * 0x1p40}, {"high", 4.0 * 0x1p40}},
       .inputs = {spread({2, 3, 2, 4})},
       .domain = "whylight"}};
}

std::vector<OpCase> quantisation_cases() {
  const auto x = spread({2, 3, 2});
  Tensor bytes({2, 4}, Type::i8);
  for (std::size_t i = 0; i < 8; ++i) bytes.as<std::int8_t>()[i] = static_cast<std::int8_t>(37 * i - 120);
  Tensor zero_points({4}, Type::i8);
  zero_points.as<std::int8_t>()[2] = -5;
  const Tensor scales({4}, {0.01, 0.02, 0.5, 0.03});
  const Tensor blocks({2, 2}, {0.01, 0.02, 0.5, 0.03});
  const std::string integers = "integer output";
  return {
      {.op = "DequantizeLinear", .inputs = {bytes, Tensor({}, {0.1})}},
      {.op = "DequantizeLinear", .inputs = {bytes, scales, zero_points}},
      {.op = "DequantizeLinear", .attributes = {{"axis", std::int64_t{0}}}, .inputs = {bytes, Tensor({2}, {0.1, 0.3})}},
      {.op = "DequantizeLinear",
       .opset = 21,
       .attributes = {{"axis", std::int64_t{1}}, {"block_size", std::int64_t{2}}},
       .inputs = {bytes, blocks}},
      {.op = "QuantizeLinear", .inputs = {x, Tensor({3}, {0.1, 0.2, 0.3})}, .without = integers},
      {.op = "DynamicQuantizeLinear", .inputs = {x}, .outputs = 3, .without = integers},
  };
}

}  // namespace whylight::test
