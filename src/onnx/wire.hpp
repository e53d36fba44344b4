#pragma once
#include <cstddef>
#include <cstdint>
#include <protozero/pbf_reader.hpp>
#include <span>
#include <string>
#include <vector>

namespace whylight::wire {

// Protocol buffers' wire format, read with protozero. A field is told by number and wire type together, so that a field
// of an unexpected wire type is skipped as unknown and no reader is asked for what is not there.
using Reader = protozero::pbf_reader;

constexpr std::uint32_t varint(std::uint32_t field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::varint);
}
constexpr std::uint32_t fixed32(std::uint32_t field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::fixed32);
}
constexpr std::uint32_t fixed64(std::uint32_t field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::fixed64);
}
constexpr std::uint32_t bytes(std::uint32_t field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::length_delimited);
}

inline std::span<const std::byte> view(Reader& reader) {
  const auto found = reader.get_view();
  return {reinterpret_cast<const std::byte*>(found.data()), found.size()};
}

inline Reader reader(std::span<const std::byte> message) {
  return Reader(reinterpret_cast<const char*>(message.data()), message.size());
}

// Appends a packed list to `values`: of floats, doubles, or varints as signed or unsigned 64-bit integers.
inline void append(Reader& reader, std::vector<float>& values) {
  for (const auto value : reader.get_packed_float()) values.push_back(value);
}
inline void append(Reader& reader, std::vector<double>& values) {
  for (const auto value : reader.get_packed_double()) values.push_back(value);
}
inline void append(Reader& reader, std::vector<std::int64_t>& values) {
  for (const auto value : reader.get_packed_int64()) values.push_back(value);
}

}  // namespace whylight::wire
