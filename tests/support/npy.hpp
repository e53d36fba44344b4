#pragma once
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

#include "support/files.hpp"
#include "tensor/tensor.hpp"

namespace whylight::test {

// Reads a .npy file (version 1, C order, '<f4', '<f8' or '|u1') as reals.
inline Tensor read_npy(const std::string& path) {
  const auto bytes = read_file(path);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  std::uint16_t header_size = 0;
  std::memcpy(&header_size, text + 8, 2);
  const std::string header(text + 10, header_size);
  const auto* data = bytes.data() + 10 + header_size;
  Shape shape;
  for (auto at = header.find('(') + 1; header[at] != ')';) {
    std::size_t used = 0;
    shape.push_back(std::stoll(header.substr(at), &used));
    at += used;
    while (header[at] == ',' || header[at] == ' ') ++at;
  }
  Tensor result(shape);
  const bool whole = header.find("|u1") != std::string::npos;
  const bool wide = header.find("<f8") != std::string::npos;
  if (!whole && !wide && header.find("<f4") == std::string::npos) throw std::runtime_error(path + " has another type");
  for (std::size_t i = 0; i < result.real().size(); ++i) {
    float single = 0;
    double value = 0;
    if (wide)
      std::memcpy(&value, data + 8 * i, 8);
    else if (!whole)
      std::memcpy(&single, data + 4 * i, 4);
    result.real()[i] = static_cast<Real>(whole ? std::to_integer<int>(data[i]) : wide ? value : single);
  }
  return result;
}

}  // namespace whylight::test
