#include "onnx/tensor.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
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
  bool external = false;
  std::map<std::string, std::string, std::less<>> external_data;
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

// raw_data: fixed width, little endian; the elements of the tensor from `first` on.
template <class Stored, class Wire, auto convert>
void read_raw(std::span<const std::byte> raw, Tensor& tensor, std::size_t first) {
  const auto target = tensor.as<Stored>().subspan(first, raw.size() / sizeof(Wire));
  for (std::size_t i = 0; i < target.size(); ++i) {
    Wire value;
    std::memcpy(&value, raw.data() + i * sizeof(Wire), sizeof(Wire));
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
  void (*raw)(std::span<const std::byte>, Tensor&, std::size_t first);
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

// StringStringEntryProto: key 1, value 2.
void read_entry(wire::Reader reader, std::map<std::string, std::string, std::less<>>& entries) {
  std::string key, value;
  while (reader.next()) {
    if (reader.tag_and_type() == wire::bytes(1)) {
      key = reader.get_string();
    } else if (reader.tag_and_type() == wire::bytes(2)) {
      value = reader.get_string();
    } else {
      reader.skip();
    }
  }
  entries[key] = value;
}

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
        break;  // name
      case wire::fixed64(10):
        fields.doubles.push_back(reader.get_double());
        break;  // double_data
      case wire::bytes(10):
        wire::append(reader, fields.doubles);
        break;  // double_data, packed
      case wire::bytes(13):
        read_entry(reader.get_message(), fields.external_data);
        break;  // external_data
      case wire::varint(14):
        fields.external |= reader.get_int32() == 1;
        break;  // data_location: EXTERNAL
      default:
        reader.skip();  // segment 3, string_data 6, doc_string 12
    }
  }
  return fields;
}

// A tensor's raw data: a piece of the model's file or of one beside it.
struct Raw {
  std::unique_ptr<ByteSource> beside;
  onnx::Piece piece;
};

std::size_t number(const TensorFields& fields, std::string_view key, std::size_t fallback) {
  const auto found = fields.external_data.find(key);
  if (found == fields.external_data.end()) return fallback;
  std::size_t value = 0;
  const auto& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail("tensor '" + fields.name + "'", "the ", key, " of its values must be a number, found '", text, "'");
  return value;
}

Raw find_external(const TensorFields& fields, const ByteSource& source) {
  const auto where = "tensor '" + fields.name + "'";
  const auto found = fields.external_data.find("location");
  if (found == fields.external_data.end()) fail(where, "its values are in a second file, found no name of it");
  auto file = source.beside(found->second);
  if (!file)
    fail(where, "its values are in the file '", found->second,
         "', which was not given; give both, or save the model with its weights in one file");
  const auto size = file->size(), offset = number(fields, "offset", 0);
  const auto length = number(fields, "length", size - std::min(offset, size));
  if (offset > size || length > size - offset)
    fail(where, "its values are at ", offset, " to ", offset + length, " of '", found->second, "', found ", size,
         " bytes in it");
  return {std::move(file), {offset, length}};
}

// Reads raw data into the tensor block by block.
void read_blocks(const ElementRow& row, onnx::Window& window, const onnx::Piece& raw, Tensor& tensor) {
  constexpr std::size_t most = std::size_t{1} << 16;  // a multiple of all elements' sizes
  std::vector<std::byte> block(std::min(raw.size, most));
  for (std::size_t done = 0; done < raw.size; done += block.size()) {
    block.resize(std::min(raw.size - done, most));
    window.copy(raw.offset + done, block);
    row.raw(block, tensor, done / row.raw_size);
  }
}

}  // namespace

const ElementType* find_element_type(int code) {
  const auto* row = find_row(code);
  return row ? &row->type : nullptr;
}

NamedTensor read_tensor(onnx::Window& window, const onnx::Piece& message) {
  const auto [bytes, raws] = onnx::split(window, message, wire::bytes(9));  // raw_data
  const auto fields = read_fields(bytes);
  const auto where = "tensor '" + fields.name + "'";
  Raw raw;
  if (fields.external) raw = find_external(fields, window.source());
  if (!fields.external && !raws.empty()) raw.piece = raws.back();
  const bool is_raw = fields.external || !raws.empty();
  const auto* row = find_row(fields.data_type);
  if (!row) fail(where, "cannot read its element type, found ONNX's type number ", fields.data_type);
  const auto size = static_cast<std::uint64_t>(count(fields.dims));
  const auto found = is_raw ? raw.piece.size / row->raw_size : row->typed_size(fields);
  const bool rest = is_raw && raw.piece.size % row->raw_size != 0;
  if (found != size || rest)
    fail(where, to_text(fields.dims), " needs ", size, " values, found ", found, rest ? " and a rest" : "");
  Tensor tensor(fields.dims, row->type.type);
  if (raw.beside) {
    onnx::Window other(*raw.beside);
    read_blocks(*row, other, raw.piece, tensor);
  } else if (is_raw) {
    read_blocks(*row, window, raw.piece, tensor);
  } else {
    row->typed(fields, tensor);
  }
  return {fields.name, std::move(tensor), fields.data_type};
}

NamedTensor read_tensor(std::span<const std::byte> message) {
  const MemorySource source(message);
  onnx::Window window(source);
  return read_tensor(window, {0, message.size()});
}

}  // namespace whylight
