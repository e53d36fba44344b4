#include "ops/parts.hpp"

#include <cstring>
#include <numeric>
#include <utility>

#include "tensor/fail.hpp"

namespace whylight {

namespace {

template <class T>
void fill(const View& view, const View& value) {
  const T element = *reinterpret_cast<const T*>(value.data);
  auto* target = reinterpret_cast<T*>(view.data);
  for (std::int64_t i = 0; i < view.size; ++i) target[i] = element;
}

template <class T>
void move_as(const View& from, const View& to) {
  const auto* source = reinterpret_cast<const T*>(from.data);
  auto* target = reinterpret_cast<T*>(to.data);
  for (Walk walk(to.shape, {to.strides, from.strides}); walk; walk.next()) {
    auto* write = target + walk.at[0];
    const auto* read = source + walk.at[1];
    if (walk.step[0] == 1 && walk.step[1] == 1) {
      std::memcpy(write, read, static_cast<std::size_t>(walk.length) * sizeof(T));
    } else {
      for (std::int64_t i = 0; i < walk.length; ++i) write[i * walk.step[0]] = read[i * walk.step[1]];
    }
  }
}

std::vector<std::int64_t> attribute_or_nothing(const Node& node, std::string_view attribute) {
  return attribute.empty() ? std::vector<std::int64_t>{} : node.integers(attribute, {});
}

}  // namespace

View part(const View& whole, Shape shape, Shape strides, std::int64_t offset) {
  View view;
  view.size = count(shape);
  view.shape = std::move(shape);
  view.strides = std::move(strides);
  view.type = whole.type;
  view.data = whole.data + offset * static_cast<std::int64_t>(size_of(whole.type));
  return view;
}

void set_all(const View& view, const View& value) {
  if (!value.present()) return fill_zero(view);
  switch (size_of(view.type)) {
    case 8:
      return fill<std::uint64_t>(view, value);
    case 4:
      return fill<std::uint32_t>(view, value);
    default:
      return fill<std::uint8_t>(view, value);
  }
}

void move_elements(const View& from, const View& to) {
  switch (size_of(to.type)) {
    case 8:
      return move_as<std::uint64_t>(from, to);
    case 4:
      return move_as<std::uint32_t>(from, to);
    default:
      return move_as<std::uint8_t>(from, to);
  }
}

void add(const View& from, const View& to) {
  const auto* source = reinterpret_cast<const Real*>(from.data);
  auto* target = reinterpret_cast<Real*>(to.data);
  for (Walk walk(from.shape, {from.strides, to.strides}); walk; walk.next())
    for (std::int64_t i = 0; i < walk.length; ++i)
      target[walk.at[1] + i * walk.step[1]] += source[walk.at[0] + i * walk.step[0]];
}

bool given(std::span<const View> views, std::size_t index) { return index < views.size() && views[index].present(); }

std::vector<std::int64_t> integers(const View& view) {
  if (view.type != Type::i64) fail("input", "must be integers, found ", name_of(view.type));
  const auto values = view.i64();
  return {values.begin(), values.end()};
}

std::vector<std::int64_t> integers(const Call& call, std::size_t input, std::string_view attribute) {
  return given(call.x, input) ? integers(call.x[input]) : attribute_or_nothing(call.node, attribute);
}

std::vector<std::int64_t> integers(const Inference& inference, std::size_t input, std::string_view attribute) {
  return inference.given(input) ? inference.integers(input) : attribute_or_nothing(inference.node, attribute);
}

void backward_same(const Call& call) {
  const auto& gx = call.gx[0];
  if (!gx.present()) return;
  if (!given(call.gy, 0)) return fill_zero(gx);
  std::memcpy(gx.data, call.gy[0].data, static_cast<std::size_t>(gx.size) * size_of(gx.type));
}

bool next(Shape& index, const Shape& shape) {
  for (auto axis = shape.size(); axis-- > 0;) {
    if (++index[axis] < shape[axis]) return true;
    index[axis] = 0;
  }
  return false;
}

std::int64_t offset(const Shape& index, const Shape& strides) {
  return std::inner_product(index.begin(), index.end(), strides.begin(), std::int64_t{0});
}

}  // namespace whylight
