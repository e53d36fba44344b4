#include <algorithm>
#include <numeric>

#include "engine/plan.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {
constexpr std::size_t alignment = 64;
// Vector loads may read past the last element of a buffer.
constexpr std::size_t slack = 16;
// What one plan may take: half of what a wasm module gets by default.
constexpr std::size_t most_total = std::size_t{1} << 30;

bool meet(const Lives& a, const Lives& b) {
  return std::ranges::any_of(a, [&](const Life& one) {
    return std::ranges::any_of(b, [&](const Life& other) { return one.begin <= other.end && other.begin <= one.end; });
  });
}

}  // namespace

int Arena::reserve(std::size_t bytes, Lives lives) {
  buffers_.push_back({(bytes + slack + alignment - 1) / alignment * alignment, std::move(lives)});
  return static_cast<int>(buffers_.size()) - 1;
}

// Largest first, each at the lowest place where nothing alive at the same time lies (greedy by size, as in Pisarchyk
// and Lee 2020, "Efficient memory management for deep neural net inference").
void Arena::place() {
  std::vector<std::size_t> order(buffers_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return buffers_[a].bytes > buffers_[b].bytes; });
  std::vector<std::size_t> placed;  // by offset
  for (const auto index : order) {
    auto& buffer = buffers_[index];
    std::size_t offset = 0;
    for (const auto other_index : placed) {
      const auto& other = buffers_[other_index];
      if (!meet(buffer.lives, other.lives)) continue;
      if (offset + buffer.bytes <= other.offset) break;
      offset = std::max(offset, other.offset + other.bytes);
    }
    offset = std::min(offset, most_total);  // sums of sizes stay within 32 bits; too much anyway
    buffer.offset = offset;
    total_ = std::max(total_, offset + buffer.bytes);
    const auto where = std::upper_bound(placed.begin(), placed.end(), offset,
                                        [&](std::size_t value, std::size_t i) { return value < buffers_[i].offset; });
    placed.insert(where, index);
  }
}

void Arena::allocate() {
  if (total_ > most_total) fail("model", "its values must fit into ", most_total >> 20, " MB of memory");
  memory_ = std::make_unique_for_overwrite<std::byte[]>(total_ + alignment);
}

std::byte* Arena::at(int buffer) const {
  const auto address = reinterpret_cast<std::uintptr_t>(memory_.get());
  const auto shift = (alignment - address % alignment) % alignment;
  return memory_.get() + shift + buffers_[static_cast<std::size_t>(buffer)].offset;
}

}  // namespace whylight
