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

// An axis to be copied along: how many elements, and how far apart they are.
struct Run {
  std::ptrdiff_t length = 1, source = 0, target = 0;
};

Run run_along(const View& from, const View& to, std::vector<std::size_t>& order) {
  if (order.empty()) return {};
  const auto axis = order.back();
  order.pop_back();
  return {static_cast<std::ptrdiff_t>(to.shape[axis]), static_cast<std::ptrdiff_t>(from.strides[axis]),
          static_cast<std::ptrdiff_t>(to.strides[axis])};
}

// Walks the axes of `to` in its memory order, outermost first; of the two innermost the longer one runs inside, which
// matters where an image's three channels are moved behind its pixels.
template <class T>
void copy_as(const View& from, const View& to) {
  std::vector<std::size_t> order;
  for (std::size_t axis = 0; axis < to.rank(); ++axis) order.push_back(axis);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return to.strides[a] > to.strides[b]; });
  const T* source = reinterpret_cast<const T*>(from.data);
  T* target = reinterpret_cast<T*>(to.data);
  Run inner = run_along(from, to, order), outer = run_along(from, to, order);
  if (inner.length < outer.length) std::swap(inner, outer);
  Shape index(order.size(), 0);
  while (true) {
    for (std::ptrdiff_t j = 0; j < outer.length; ++j) {
      const T* read = source + j * outer.source;
      T* write = target + j * outer.target;
      for (std::ptrdiff_t i = 0; i < inner.length; ++i) write[i * inner.target] = read[i * inner.source];
    }
    auto depth = order.size();
    while (depth > 0) {
      const auto axis = order[--depth];
      source += from.strides[axis];
      target += to.strides[axis];
      if (++index[depth] < to.shape[axis]) break;
      source -= from.strides[axis] * to.shape[axis];
      target -= to.strides[axis] * to.shape[axis];
      index[depth] = 0;
      if (depth == 0) return;
    }
    if (order.empty()) return;
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
  switch (size_of(to.type)) {
    case 8:
      return copy_as<std::uint64_t>(from, to);
    case 4:
      return copy_as<std::uint32_t>(from, to);
    default:
      return copy_as<std::uint8_t>(from, to);
  }
}

}  // namespace whylight
