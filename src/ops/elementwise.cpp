#include "ops/elementwise.hpp"

#include <algorithm>
#include <array>

#include "kernels/kernels.hpp"

namespace whylight {

namespace {

constexpr std::int64_t block = 256;  // elements handed to a loop at once where they must be brought together
constexpr std::size_t most_operands = 3;

template <class T>
void gather_as(const std::byte* from, std::int64_t step, std::int64_t n, std::byte* to) {
  const auto* source = reinterpret_cast<const T*>(from);
  auto* target = reinterpret_cast<T*>(to);
  for (std::int64_t i = 0; i < n; ++i) target[i] = source[i * step];
}

// `n` elements of `size` bytes that lie `step` elements apart.
void gather(const std::byte* from, std::int64_t step, std::int64_t n, std::size_t size, std::byte* to) {
  switch (size) {
    case 1:
      return gather_as<std::uint8_t>(from, step, n, to);
    case 4:
      return gather_as<std::uint32_t>(from, step, n, to);
    default:
      return gather_as<std::uint64_t>(from, step, n, to);
  }
}

// One operand along a run, as neighbouring elements: those of its array, or copies of them a block at a time.
class Feed {
 public:
  void open(const View& view) {
    base_ = view.data;
    size_ = size_of(view.type);
  }
  // Begins a run at element `at` whose elements lie `step` apart.
  void begin(std::int64_t at, std::int64_t step, std::int64_t length) {
    start_ = base_ + at * static_cast<std::int64_t>(size_);
    step_ = step;
    if (step == 0) gather(start_, 0, std::min(length, block), size_, copy_);
  }
  bool neighbours() const { return step_ == 1; }
  // Elements `from` to `from + n` of the run.
  const void* elements(std::int64_t from, std::int64_t n) {
    if (step_ == 0) return copy_;
    const auto* first = start_ + from * step_ * static_cast<std::int64_t>(size_);
    if (step_ == 1) return first;
    gather(first, step_, n, size_, copy_);
    return copy_;
  }

 private:
  const std::byte* base_ = nullptr;
  std::size_t size_ = 0;
  const std::byte* start_ = nullptr;
  std::int64_t step_ = 1;
  alignas(16) std::byte copy_[block * 8];
};

// The operands of a loop, which are the arrays of a Walk from 1 on.
class Feeds {
 public:
  void add(const Operand& operand) {
    require_type(operand.type, operand.view.type);
    feeds_[count_++].open(operand.view);
  }
  void begin(const Walk& walk) {
    for (std::size_t k = 0; k < count_; ++k) feeds_[k].begin(walk.at[k + 1], walk.step[k + 1], walk.length);
  }
  // How much of a run can be handed to the loop at once.
  std::int64_t piece(std::int64_t length) const {
    for (std::size_t k = 0; k < count_; ++k)
      if (!feeds_[k].neighbours()) return std::min(block, length);
    return length;
  }
  const void* const* elements(std::int64_t from, std::int64_t n) {
    for (std::size_t k = 0; k < count_; ++k) elements_[k] = feeds_[k].elements(from, n);
    return elements_.data();
  }

 private:
  std::size_t count_ = 0;
  std::array<Feed, most_operands> feeds_;
  std::array<const void*, most_operands> elements_{};
};

// Adds n values, or where none meet in one place writes them, `step` apart.
void put(const Real* values, std::int64_t n, Real* to, std::int64_t step, bool add) {
  if (step == 0) {
    *to += sum_of(values, n);
  } else if (step == 1 && add) {
    kernels().add(to, values, to, static_cast<Index>(n));
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i * step] = add ? to[i * step] + values[i] : values[i];
  }
}

bool lies_as(const View& x, const View& y) { return x.shape == y.shape && x.strides == y.strides; }

}  // namespace

void run_elements(const View& y, Type type, std::initializer_list<Operand> x, const ElementLoop& loop) {
  if (!y.present()) return;  // a broken file may name no output
  require_type(type, y.type);
  Feeds feeds;
  for (const auto& operand : x) feeds.add(operand);
  if (std::ranges::all_of(x, [&](const Operand& operand) { return lies_as(operand.view, y); })) {
    std::array<const void*, most_operands> whole{};
    std::ranges::transform(x, whole.begin(), [](const Operand& operand) { return operand.view.data; });
    return loop.run(loop.f, y.size, y.data, whole.data());
  }
  std::vector<Shape> strides{y.strides};
  for (const auto& operand : x) strides.push_back(repeat_strides(operand.view, y.shape));
  const auto size = static_cast<std::int64_t>(size_of(type));
  for (Walk walk(y.shape, strides); walk; walk.next()) {
    feeds.begin(walk);
    const auto piece = feeds.piece(walk.length);
    for (std::int64_t from = 0; from < walk.length; from += piece) {
      const auto n = std::min(piece, walk.length - from);
      loop.run(loop.f, n, y.data + (walk.at[0] + from) * size, feeds.elements(from, n));
    }
  }
}

void sum_elements(const View& gx, std::initializer_list<Operand> x, const View& gy, const ElementLoop& loop) {
  const bool summed = gx.size != gy.size;
  if (summed) fill_zero(gx);
  Feeds feeds;
  std::vector<Shape> strides{gy.strides};
  for (const auto& operand : x) {
    feeds.add(operand);
    strides.push_back(repeat_strides(operand.view, gy.shape));
  }
  feeds.add({gy, Type::real});
  strides.push_back(gy.strides);
  strides.push_back(repeat_strides(gx, gy.shape));
  Real part[block];
  for (Walk walk(gy.shape, strides); walk; walk.next()) {
    feeds.begin(walk);
    const auto step = walk.step[strides.size() - 1];
    Real* to = gx.real().data() + walk.at[strides.size() - 1];
    const bool direct = !summed && step == 1;
    const auto piece = direct ? feeds.piece(walk.length) : std::min(block, walk.length);
    for (std::int64_t from = 0; from < walk.length; from += piece) {
      const auto n = std::min(piece, walk.length - from);
      loop.run(loop.f, n, direct ? to + from : part, feeds.elements(from, n));
      if (!direct) put(part, n, to + from * step, step, summed);
    }
  }
}

}  // namespace whylight
