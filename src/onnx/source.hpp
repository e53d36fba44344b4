#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace whylight {

// The bytes of a file that are read piece by piece, so that a model of half a gigabyte need not be in memory twice.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::size_t size() const = 0;
  // Copies what lies from `offset` on; all of it is inside.
  virtual void read(std::size_t offset, std::span<std::byte> into) const = 0;
  // The file of that name in the same folder (ONNX's external data), or null when it was not given.
  virtual std::unique_ptr<ByteSource> beside(const std::string& name) const;
  // How many bytes to read at once.
  virtual std::size_t block() const { return std::size_t{1} << 16; }
};

// Bytes in memory, which must outlive it.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t size() const override { return bytes_.size(); }
  void read(std::size_t offset, std::span<std::byte> into) const override {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
  }

 private:
  std::span<const std::byte> bytes_;
};

namespace onnx {

// A part of a source.
struct Piece {
  std::size_t offset = 0;
  std::size_t size = 0;
};

// Reads a source through a block kept in memory.
class Window {
 public:
  explicit Window(const ByteSource& source) : source_(source) {}
  const ByteSource& source() const { return source_; }
  std::byte at(std::size_t offset);
  void copy(std::size_t offset, std::span<std::byte> into);

 private:
  void move_to(std::size_t offset);
  const ByteSource& source_;
  std::vector<std::byte> block_;
  std::size_t start_ = 0;
};

// One message of the wire format without the contents of one field, and where these lie.
struct Split {
  std::vector<std::byte> rest;
  std::vector<Piece> pieces;
};

// Takes a field, told by number and wire type, out of a message. Throws protozero's exceptions where fields do not fit
// into it.
Split split(Window& window, const Piece& message, std::uint32_t tag_and_type);

}  // namespace onnx

}  // namespace whylight
