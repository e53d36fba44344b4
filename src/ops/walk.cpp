#include "ops/walk.hpp"

#include <cstring>
#include <iterator>

namespace whylight {

Walk::Walk(const Shape& sizes, std::span<const Shape> strides) : arrays_(strides.size()) {
  step.fill(1);
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] == 0) running_ = false;
    if (sizes[axis] <= 1) continue;
    Axis added{sizes[axis], 0, {}};
    std::size_t array = 0;
    for (const auto& steps : strides) added.strides[array++] = steps[axis];
    // Sorted as they come, which for a handful takes less code than std::sort. Array 0 is dense, so no two of its
    // strides are alike.
    auto place = axes_.end();
    while (place != axes_.begin() && std::prev(place)->strides[0] < added.strides[0]) --place;
    axes_.insert(place, added);
  }
  if (!running_) return;
  std::size_t kept = 0;
  for (std::size_t axis = 1; axis < axes_.size(); ++axis) {
    auto& outer = axes_[kept];
    const auto& inner = axes_[axis];
    bool merges = true;
    for (std::size_t array = 0; array < arrays_; ++array)
      merges = merges && outer.strides[array] == inner.strides[array] * inner.size;
    if (merges) {
      outer.size *= inner.size;
      outer.strides = inner.strides;
    } else {
      axes_[++kept] = inner;
    }
  }
  if (axes_.empty()) return;
  axes_.resize(kept + 1);
  length = axes_.back().size;
  step = axes_.back().strides;
  axes_.pop_back();
}

void Walk::next() {
  for (auto depth = axes_.size(); depth-- > 0;) {
    auto& axis = axes_[depth];
    for (std::size_t array = 0; array < arrays_; ++array) at[array] += axis.strides[array];
    if (++axis.index < axis.size) return;
    for (std::size_t array = 0; array < arrays_; ++array) at[array] -= axis.strides[array] * axis.size;
    axis.index = 0;
  }
  running_ = false;
}

Shape repeat_strides(const View& view, const Shape& to) {
  Shape strides(to.size(), 0);
  const auto lead = to.size() - view.rank();
  for (std::size_t axis = 0; axis < view.rank(); ++axis)
    if (view.shape[axis] != 1) strides[lead + axis] = view.strides[axis];
  return strides;
}

AxisBlocks axis_blocks(const View& view, std::size_t axis) {
  const auto length = view.shape[axis];
  const auto inner = view.strides[axis];
  return {view.size == 0 ? 0 : view.size / (length * inner), length, inner};
}

void fill_zero(const View& view) {
  if (view.present()) std::memset(view.data, 0, static_cast<std::size_t>(view.size) * size_of(view.type));
}

bool nothing_flows(const Call& call) {
  for (const auto& gradient : call.gy)
    if (gradient.present()) return false;
  for (const auto& gradient : call.gx) fill_zero(gradient);
  return true;
}

Real sum_of(const Real* values, std::int64_t length, std::int64_t step) {
  constexpr std::int64_t lanes = 16;
  std::array<Real, lanes> partial{};
  std::int64_t i = 0;
  if (step == 1) {
    for (; i + lanes <= length; i += lanes)
      for (std::int64_t lane = 0; lane < lanes; ++lane) partial[lane] += values[i + lane];
  }
  for (; i < length; ++i) partial[i % lanes] += values[i * step];
  for (auto width = lanes / 2; width > 0; width /= 2)
    for (std::int64_t lane = 0; lane < width; ++lane) partial[lane] += partial[lane + width];
  return partial[0];
}

void sum_to(const View& from, const View& to, Real scale) {
  fill_zero(to);
  const auto* source = from.real().data();
  auto* target = to.real().data();
  for (Walk walk(from.shape, {from.strides, repeat_strides(to, from.shape)}); walk; walk.next()) {
    const auto* x = source + walk.at[0];
    auto* y = target + walk.at[1];
    const auto n = walk.length;
    const auto sx = walk.step[0];
    const auto sy = walk.step[1];
    if (sy == 0) {
      *y += scale * sum_of(x, n, sx);
    } else if (sx == 1 && sy == 1) {
      for (std::int64_t i = 0; i < n; ++i) y[i] += scale * x[i];
    } else {
      for (std::int64_t i = 0; i < n; ++i) y[i * sy] += scale * x[i * sx];
    }
  }
}

}  // namespace whylight
