#include "tensor/shape.hpp"

#include <algorithm>
#include <limits>

#include "tensor/fail.hpp"

namespace whylight {

std::int64_t count(const Shape& shape) {
  // Any single array stays below 2^40 elements, far above memory and far below overflow.
  constexpr std::int64_t limit = std::int64_t{1} << 40;
  std::int64_t product = 1;
  for (const auto size : shape) {
    if (size < 0) fail("shape", "sizes must not be negative, found ", size);
    if (size != 0 && product > limit / size) fail("shape", "too many elements, found ", to_text(shape));
    product *= size;
  }
  return product;
}

Shape dense_strides(const Shape& shape, Layout layout) {
  const auto rank = shape.size();
  Shape strides(rank, 1);
  std::int64_t step = 1;
  const bool channels_inside = layout == Layout::channels_last && rank >= 3;
  if (channels_inside) {
    strides[1] = 1;
    step = shape[1];
  }
  for (std::size_t axis = rank; axis-- > 0;) {
    if (channels_inside && axis == 1) continue;
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

Shape broadcast(const std::string& where, const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t back = 1; back <= result.size(); ++back) {
    const auto left = back <= a.size() ? a[a.size() - back] : 1;
    const auto right = back <= b.size() ? b[b.size() - back] : 1;
    if (left != right && left != 1 && right != 1)
      fail(where, "shapes do not broadcast, found ", to_text(a), " and ", to_text(b));
    result[result.size() - back] = left == 1 ? right : left;
  }
  return result;
}

std::size_t normal_axis(const std::string& where, std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size) fail(where, "axis must lie within rank ", rank, ", found ", axis);
  return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

std::string to_text(const Shape& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const auto size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

}  // namespace whylight
