#include "tensor/tensor.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "tensor/fail.hpp"

namespace whylight {

namespace {

struct TypeRow {
  std::size_t size;
  std::string_view name;
};
constexpr std::array<TypeRow, 5> types{{{sizeof(Real), "real"}, {8, "int64"}, {1, "int8"}, {1, "uint8"}, {1, "bool"}}};

// An axis to be copied along: how many elements, and how many bytes they are apart.
struct Run {
  std::ptrdiff_t length = 1, source = 0, target = 0;
};

template <class T>
void copy_runs(const std::byte* source, std::byte* target, const Run& outer, const Run& inner) {
  for (std::ptrdiff_t j = 0; j < outer.length; ++j, source += outer.source, target += outer.target)
    for (std::ptrdiff_t i = 0; i < inner.length; ++i) {
      T value;
      std::memcpy(&value, source + i * inner.source, sizeof value);
      std::memcpy(target + i * inner.target, &value, sizeof value);
    }
}

using CopyRuns = void (*)(const std::byte*, std::byte*, const Run& outer, const Run& inner);

CopyRuns copy_runs_of(std::size_t size) {
  return size == 8 ? copy_runs<std::uint64_t> : size == 4 ? copy_runs<std::uint32_t> : copy_runs<std::uint8_t>;
}

// The axes of a copy in the memory order of `to`, outermost first.
std::vector<Run> runs_of(const View& from, const View& to) {
  const auto size = static_cast<std::ptrdiff_t>(size_of(to.type));
  std::vector<Run> runs;
  for (std::size_t axis = 0; axis < to.rank(); ++axis)
    runs.push_back({static_cast<std::ptrdiff_t>(to.shape[axis]), size * static_cast<std::ptrdiff_t>(from.strides[axis]),
                    size * static_cast<std::ptrdiff_t>(to.strides[axis])});
  std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.target > b.target; });
  return runs;
}

Run taken_last(std::vector<Run>& runs) {
  if (runs.empty()) return {};
  const auto run = runs.back();
  runs.pop_back();
  return run;
}

// Of the two innermost axes the longer one runs inside, which matters where an image's three channels are moved behind
// its pixels.
void copy_elements(const View& from, const View& to) {
  const auto copy_inner = copy_runs_of(size_of(to.type));
  auto runs = runs_of(from, to);
  Run inner = taken_last(runs), outer = taken_last(runs);
  if (inner.length < outer.length) std::swap(inner, outer);
  std::vector<std::ptrdiff_t> index(runs.size(), 0);
  const std::byte* source = from.data;
  std::byte* target = to.data;
  while (true) {
    copy_inner(source, target, outer, inner);
    auto depth = runs.size();
    while (true) {
      if (depth == 0) return;
      const auto& run = runs[--depth];
      source += run.source;
      target += run.target;
      if (++index[depth] < run.length) break;
      source -= run.source * run.length;
      target -= run.target * run.length;
      index[depth] = 0;
    }
  }
}

}  // namespace

std::size_t size_of(Type type) { return types[static_cast<std::size_t>(type)].size; }
std::string_view name_of(Type type) { return types[static_cast<std::size_t>(type)].name; }

void fail_type(Type wanted, Type found) {
  fail("tensor", "its elements must be ", name_of(wanted), ", found ", name_of(found));
}

std::size_t Tensor::bytes_needed() const {
  if (size_ > most_bytes / static_cast<std::int64_t>(size_of(type_)))
    fail("tensor", "must stay below ", most_bytes >> 20, " MB, found ", to_text(shape_));
  // Sixteen bytes more, so that vector loads may read past the last element.
  return static_cast<std::size_t>(size_) * size_of(type_) + 16;
}

Tensor::Tensor(Shape shape, Type type) : shape_(std::move(shape)), type_(type), size_(count(shape_)) {
  memory_ = std::make_shared<std::byte[]>(bytes_needed());
}

Tensor Tensor::unset(Shape shape, Type type) {
  Tensor result;
  result.shape_ = std::move(shape);
  result.type_ = type;
  result.size_ = count(result.shape_);
  result.memory_ = std::make_shared_for_overwrite<std::byte[]>(result.bytes_needed());
  return result;
}

Tensor::Tensor(Shape shape, const std::vector<Real>& values) : Tensor(std::move(shape)) {
  if (static_cast<std::int64_t>(values.size()) != size_)
    fail("tensor", to_text(shape_), " needs ", size_, " values, found ", values.size());
  std::copy(values.begin(), values.end(), real().begin());
}

Tensor::Tensor(Shape shape, std::initializer_list<Real> values) : Tensor(std::move(shape), std::vector<Real>(values)) {}

Tensor Tensor::integers(Shape shape, const std::vector<std::int64_t>& values) {
  Tensor result(std::move(shape), Type::i64);
  if (static_cast<std::int64_t>(values.size()) != result.size_)
    fail("tensor", to_text(result.shape_), " needs ", result.size_, " values, found ", values.size());
  std::copy(values.begin(), values.end(), result.i64().begin());
  return result;
}

Tensor Tensor::clone() const {
  if (!present()) return {};
  const Tensor result = unset(shape_, type_);
  std::memcpy(result.bytes(), bytes(), static_cast<std::size_t>(size_) * size_of(type_));
  return result;
}

Tensor Tensor::reshaped(Shape shape) const {
  if (count(shape) != size_) fail("tensor", to_text(shape_), " cannot become ", to_text(shape));
  Tensor result = *this;
  result.shape_ = std::move(shape);
  return result;
}

Tensor Tensor::row(std::int64_t index) const {
  assert(!shape_.empty() && index >= 0 && index < shape_[0]);
  Tensor result = *this;
  result.shape_[0] = 1;
  result.size_ = size_ / shape_[0];
  const auto offset = static_cast<std::size_t>(index * result.size_) * size_of(type_);
  result.memory_ = std::shared_ptr<std::byte[]>(memory_, memory_.get() + offset);
  return result;
}

View::View(Shape logical, Layout order, Type element, std::byte* memory)
    : shape(std::move(logical)),
      strides(dense_strides(shape, order)),
      layout(order),
      type(element),
      data(memory),
      size(count(shape)) {}

View::View(const Tensor& tensor) : View(tensor.shape(), Layout::plain, tensor.type(), tensor.bytes()) {}

void copy(const View& from, const View& to) {
  assert(from.type == to.type && from.shape == to.shape);
  if (to.size == 0) return;
  if (from.strides == to.strides) {
    std::memcpy(to.data, from.data, static_cast<std::size_t>(to.size) * size_of(to.type));
    return;
  }
  copy_elements(from, to);
}

}  // namespace whylight
