#include "onnx/tensor.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/onnx_writer.hpp"
#include "tensor/fail.hpp"

namespace whylight::test {

namespace {

// TensorProto whose values are varints in `field`: int32_data 5, int64_data 7 or uint64_data 11.
Message varint_tensor(int type, std::uint32_t field, const std::vector<std::int64_t>& values) {
  return message([&](auto& writer) {
    writer.add_int64(1, static_cast<std::int64_t>(values.size()));
    writer.add_int32(2, type);
    writer.add_packed_int64(field, values.begin(), values.end());
  });
}

NamedTensor read(const Message& tensor) { return read_tensor(as_bytes(tensor)); }

template <class T>
std::vector<T> values(const Tensor& tensor) {
  const auto all = tensor.as<T>();
  return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("tensors are read from raw data") {
  const auto real = read(tensor_message("w", {2, 1}, 1, raw<float>({1.5F, -2})));
  CHECK(real.name == "w");
  CHECK(real.onnx_type == 1);
  CHECK(real.tensor.shape() == Shape{2, 1});
  CHECK(values<Real>(real.tensor) == std::vector<Real>{1.5, -2});
  CHECK(values<Real>(read(tensor_message("", {1}, 11, raw<double>({0.25}))).tensor) == std::vector<Real>{0.25});
  CHECK(values<std::int8_t>(read(tensor_message("", {2}, 3, raw<std::int8_t>({-128, 127}))).tensor) ==
        std::vector<std::int8_t>{-128, 127});
  CHECK(values<std::uint8_t>(read(tensor_message("", {1}, 2, raw<std::uint8_t>({200}))).tensor) ==
        std::vector<std::uint8_t>{200});
  CHECK(values<std::int64_t>(read(tensor_message("", {2}, 4, raw<std::uint16_t>({65535, 1}))).tensor) ==
        std::vector<std::int64_t>{65535, 1});
  CHECK(values<std::int64_t>(read(tensor_message("", {1}, 5, raw<std::int16_t>({-3}))).tensor) ==
        std::vector<std::int64_t>{-3});
  CHECK(values<std::int64_t>(read(tensor_message("", {1}, 6, raw<std::int32_t>({-7}))).tensor) ==
        std::vector<std::int64_t>{-7});
  CHECK(values<std::int64_t>(read(tensor_message("", {1}, 12, raw<std::uint32_t>({4294967295U}))).tensor) ==
        std::vector<std::int64_t>{4294967295});
  CHECK(values<bool>(read(tensor_message("", {3}, 9, raw<std::uint8_t>({0, 1, 7}))).tensor) ==
        std::vector<bool>{false, true, true});
  CHECK(read(tensor_message("", {}, 7, raw<std::int64_t>({5}))).tensor.shape().empty());
  CHECK(read(tensor_message("", {0, 4}, 1, "")).tensor.size() == 0);
}

TEST_CASE("half precision numbers are read exactly") {
  const auto half =
      read(tensor_message("", {7}, 10, raw<std::uint16_t>({0x3C00, 0xC000, 0x3555, 0x0001, 0x7C00, 0x7E00, 0x8000})));
  const auto found = values<Real>(half.tensor);
  CHECK(found[0] == 1);
  CHECK(found[1] == -2);
  CHECK(found[2] == Real(0.333251953125));
  CHECK(found[3] == static_cast<Real>(std::ldexp(1.0, -24)));
  CHECK(found[4] == std::numeric_limits<Real>::infinity());
  CHECK(std::isnan(found[5]));
  CHECK(std::signbit(found[6]));
  CHECK(values<Real>(read(tensor_message("", {2}, 16, raw<std::uint16_t>({0x3F80, 0xC040}))).tensor) ==
        std::vector<Real>{1, -3});
}

TEST_CASE("tensors are read from typed fields, packed or not") {
  const auto floats = message([&](auto& writer) {
    writer.add_int64(1, 3);
    writer.add_int32(2, 1);
    writer.add_float(4, 1);
    const std::vector<float> rest{2, 3};
    writer.add_packed_float(4, rest.begin(), rest.end());
  });
  CHECK(values<Real>(read(floats).tensor) == std::vector<Real>{1, 2, 3});
  CHECK(values<std::int64_t>(read(varint_tensor(7, 7, {-1, 9})).tensor) == std::vector<std::int64_t>{-1, 9});
  CHECK(values<std::int64_t>(read(varint_tensor(6, 5, {-1, 9})).tensor) == std::vector<std::int64_t>{-1, 9});
  CHECK(values<std::int64_t>(read(varint_tensor(13, 11, {9})).tensor) == std::vector<std::int64_t>{9});
  CHECK(values<std::int8_t>(read(varint_tensor(3, 5, {-5})).tensor) == std::vector<std::int8_t>{-5});
  CHECK(values<bool>(read(varint_tensor(9, 5, {1, 0})).tensor) == std::vector<bool>{true, false});
  CHECK(values<Real>(read(varint_tensor(10, 5, {0x3C00})).tensor) == std::vector<Real>{1});
  CHECK(values<Real>(read(varint_tensor(16, 5, {0xC040})).tensor) == std::vector<Real>{-3});
}

TEST_CASE("tensors whose bytes do not fit are refused before memory is taken") {
  const auto check = [](const Message& tensor, const std::string& text) {
    CHECK_THROWS_WITH(read(tensor), text);
    CHECK_THROWS_AS(read(tensor), Error);
  };
  check(tensor_message("w", {1 << 20, 1 << 15}, 1, "abcd"),
        "tensor 'w': 1048576x32768 needs 34359738368 values, found 1");
  check(tensor_message("w", {2}, 1, "abcde"), "tensor 'w': 2 needs 2 values, found 1 and a rest");
  check(tensor_message("w", {1}, 1, "abcde"), "tensor 'w': 1 needs 1 values, found 1 and a rest");
  check(tensor_message("w", {-1}, 1, ""), "shape: sizes must not be negative, found -1");
  check(tensor_message("w", {1}, 8, "a"), "tensor 'w': cannot read its element type, found ONNX's type number 8");
}

TEST_CASE("weights in a second file are named as the reason") {
  const auto external = message([&](auto& writer) {
    writer.add_int64(1, 3);
    writer.add_int32(2, 1);
    writer.add_string(8, "w");
    writer.add_int32(14, 1);
  });
  CHECK_THROWS_WITH(read(external), Catch::Contains("its values are in a second file"));
}

}  // namespace whylight::test
