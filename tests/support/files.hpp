#pragma once
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace whylight::test {

// Where a file of tests/golden lies.
inline std::string golden_path(const std::string& name) { return std::string(WHYLIGHT_TEST_DATA) + "/" + name; }

// The whole file; throws when it cannot be read.
inline std::vector<std::byte> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

}  // namespace whylight::test
