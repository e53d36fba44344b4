#include "onnx/source.hpp"

#include <protozero/exception.hpp>
#include <protozero/types.hpp>

namespace whylight {

std::unique_ptr<ByteSource> ByteSource::beside(const std::string&) const { return nullptr; }

namespace onnx {

void Window::move_to(std::size_t offset) {
  start_ = offset;
  block_.resize(std::min(std::max<std::size_t>(source_.block(), 1), source_.size() - offset));
  source_.read(offset, block_);
}

std::byte Window::at(std::size_t offset) {
  if (offset < start_ || offset - start_ >= block_.size()) move_to(offset);
  return block_[offset - start_];
}

void Window::copy(std::size_t offset, std::span<std::byte> into) {
  if (into.empty()) return;
  if (into.size() >= source_.block()) return source_.read(offset, into);
  if (offset < start_ || offset + into.size() > start_ + block_.size()) move_to(offset);
  std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(offset - start_), into.size(), into.begin());
}

namespace {

// Walks over the fields of one message.
class Walk {
 public:
  Walk(Window& window, const Piece& message)
      : window_(window), position_(message.offset), end_(message.offset + message.size) {}

  bool more() const { return position_ < end_; }
  std::size_t position() const { return position_; }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (!more()) throw protozero::end_of_buffer_exception{};
      const auto byte = std::to_integer<std::uint64_t>(window_.at(position_++));
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw protozero::varint_too_long_exception{};
  }

  void skip(std::uint64_t bytes) {
    if (bytes > end_ - position_) throw protozero::end_of_buffer_exception{};
    position_ += static_cast<std::size_t>(bytes);
  }

  // Goes over the content of a field of that wire type and gives it, without the length before it.
  Piece content(std::uint32_t tag_and_type) {
    const auto type = static_cast<protozero::pbf_wire_type>(tag_and_type & 7);
    auto start = position_;
    if (type == protozero::pbf_wire_type::varint) {
      varint();
    } else if (type == protozero::pbf_wire_type::fixed64) {
      skip(8);
    } else if (type == protozero::pbf_wire_type::fixed32) {
      skip(4);
    } else if (type == protozero::pbf_wire_type::length_delimited) {
      const auto length = varint();
      start = position_;
      skip(length);
    } else {
      throw protozero::unknown_pbf_wire_type_exception{};
    }
    return {start, position_ - start};
  }

 private:
  Window& window_;
  std::size_t position_;
  std::size_t end_;
};

}  // namespace

Split split(Window& window, const Piece& message, std::uint32_t tag_and_type) {
  Split result;
  Walk walk(window, message);
  while (walk.more()) {
    const auto start = walk.position();
    const auto found = static_cast<std::uint32_t>(walk.varint());
    const auto content = walk.content(found);
    if (found == tag_and_type) {
      result.pieces.push_back(content);
      continue;
    }
    const auto before = result.rest.size();
    result.rest.resize(before + walk.position() - start);
    window.copy(start, std::span(result.rest).subspan(before));
  }
  return result;
}

}  // namespace onnx

}  // namespace whylight
