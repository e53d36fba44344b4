#include "onnx/tensor.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "onnx/wire.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

// TensorProto as its fields stand.
struct TensorFields {
  Shape dims;
  int data_type = 0;
  std::string name;
  std::span<const std::byte> raw;
  bool has_raw = false;
  bool external = false;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<std::int64_t> integers;  // int32_data, int64_data or uint64_data: all are varints
};

// IEEE 754 binary16, and bfloat16 (the upper half of a binary32).
Real from_half(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 31U;
  const std::uint32_t fraction = bits & 1023U;
  if (exponent == 0) return static_cast<Real>((sign ? -0x1p-24 : 0x1p-24) * fraction);
  // float's exponent is 112 more than half's, and its fraction 13 bits longer.
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return static_cast<Real>(std::bit_cast<float>(sign | wide << 23 | fraction << 13));
}
Real from_bfloat(std::uint16_t bits) {
  return static_cast<Real>(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16));
}
Real from_float(float value) { return static_cast<Real>(value); }
Real from_double(double value) { return static_cast<Real>(value); }
bool to_bool(std::uint8_t value) { return value != 0; }
template <class Stored, class Wire>
Stored to_integer(Wire value) {
  return static_cast<Stored>(value);
}

// raw_data: fixed width, little endian.
template <class Stored, class Wire, auto convert>
void read_raw(const TensorFields& fields, Tensor& tensor) {
  const auto target = tensor.as<Stored>();
  for (std::size_t i = 0; i < target.size(); ++i) {
    Wire value;
    std::memcpy(&value, fields.raw.data() + i * sizeof(Wire), sizeof(Wire));
    target[i] = convert(value);
  }
}

template <class Stored, class Wire, auto convert, auto list>
void read_typed(const TensorFields& fields, Tensor& tensor) {
  const auto target = tensor.as<Stored>();
  const auto& values = fields.*list;
  for (std::size_t i = 0; i < target.size(); ++i) target[i] = convert(static_cast<Wire>(values[i]));
}

struct ElementRow {
  ElementType type;
  std::size_t raw_size;  // bytes an element in raw_data
  std::size_t (*typed_size)(const TensorFields&);
  void (*raw)(const TensorFields&, Tensor&);
  void (*typed)(const TensorFields&, Tensor&);
};

template <class Stored, class Wire, auto convert, auto list>
constexpr ElementRow row(int code, std::string_view name) {
  return {{code, name, TypeOf<Stored>::value},
          sizeof(Wire),
          [](const TensorFields& fields) { return (fields.*list).size(); },
          read_raw<Stored, Wire, convert>,
          read_typed<Stored, Wire, convert, list>};
}

template <class Stored, class Wire>
constexpr ElementRow integer_row(int code, std::string_view name) {
  return row<Stored, Wire, to_integer<Stored, Wire>, &TensorFields::integers>(code, name);
}

constexpr std::array elements{
    row<Real, float, from_float, &TensorFields::floats>(1, "float"),
    integer_row<std::uint8_t, std::uint8_t>(2, "uint8"),
    integer_row<std::int8_t, std::int8_t>(3, "int8"),
    integer_row<std::int64_t, std::uint16_t>(4, "uint16"),
    integer_row<std::int64_t, std::int16_t>(5, "int16"),
    integer_row<std::int64_t, std::int32_t>(6, "int32"),
    integer_row<std::int64_t, std::int64_t>(7, "int64"),
    row<bool, std::uint8_t, to_bool, &TensorFields::integers>(9, "bool"),
    row<Real, std::uint16_t, from_half, &TensorFields::integers>(10, "float16"),
    row<Real, double, from_double, &TensorFields::doubles>(11, "double"),
    integer_row<std::int64_t, std::uint32_t>(12, "uint32"),
    integer_row<std::int64_t, std::uint64_t>(13, "uint64"),
    row<Real, std::uint16_t, from_bfloat, &TensorFields::integers>(16, "bfloat16"),
};

const ElementRow* find_row(int code) {
  const auto found =
      std::find_if(elements.begin(), elements.end(), [&](const auto& row) { return row.type.code == code; });
  return found == elements.end() ? nullptr : &*found;
}

// StringStringEntryProto of external_data: the key `location` holds the file's name. Only that it is there matters.
TensorFields read_fields(std::span<const std::byte> message) {
  TensorFields fields;
  auto reader = wire::reader(message);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case wire::varint(1):
        fields.dims.push_back(reader.get_int64());
        break;  // dims
      case wire::bytes(1):
        wire::append(reader, fields.dims);
        break;  // dims, packed
      case wire::varint(2):
        fields.data_type = reader.get_int32();
        break;  // data_type
      case wire::fixed32(4):
        fields.floats.push_back(reader.get_float());
        break;  // float_data
      case wire::bytes(4):
        wire::append(reader, fields.floats);
        break;               // float_data, packed
      case wire::varint(5):  // int32_data
      case wire::varint(7):  // int64_data
      case wire::varint(11):
        fields.integers.push_back(reader.get_int64());
        break;              // uint64_data
      case wire::bytes(5):  // int32_data, packed
      case wire::bytes(7):  // int64_data, packed
      case wire::bytes(11):
        wire::append(reader, fields.integers);
        break;  // uint64_data, packed
      case wire::bytes(8):
        fields.name = reader.get_string();
        break;              // name
      case wire::bytes(9):  // raw_data
        fields.raw = wire::view(reader);
        fields.has_raw = true;
        break;
      case wire::fixed64(10):
        fields.doubles.push_back(reader.get_double());
        break;  // double_data
      case wire::bytes(10):
        wire::append(reader, fields.doubles);
        break;  // double_data, packed
      case wire::varint(14):
        fields.external |= reader.get_int32() == 1;
        break;  // data_location: EXTERNAL
      default:
        reader.skip();  // segment 3, string_data 6, doc_string 12, external_data 13
    }
  }
  return fields;
}

}  // namespace

const ElementType* find_element_type(int code) {
  const auto* row = find_row(code);
  return row ? &row->type : nullptr;
}

NamedTensor read_tensor(std::span<const std::byte> message) {
  const auto fields = read_fields(message);
  const auto where = "tensor '" + fields.name + "'";
  if (fields.external)
    fail(where, "its values are in a second file, which cannot be read; save the model with its weights in one file");
  const auto* row = find_row(fields.data_type);
  if (!row) fail(where, "cannot read its element type, found ONNX's type number ", fields.data_type);
  const auto size = static_cast<std::uint64_t>(count(fields.dims));
  const auto found = fields.has_raw ? fields.raw.size() / row->raw_size : row->typed_size(fields);
  const bool rest = fields.has_raw && fields.raw.size() % row->raw_size != 0;
  if (found != size || rest)
    fail(where, to_text(fields.dims), " needs ", size, " values, found ", found, rest ? " and a rest" : "");
  Tensor tensor(fields.dims, row->type.type);
  (fields.has_raw ? row->raw : row->typed)(fields, tensor);
  return {fields.name, std::move(tensor), fields.data_type};
}

}  // namespace whylight
