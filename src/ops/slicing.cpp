#include <algorithm>
#include <array>
#include <string>

#include "ops/op.hpp"
#include "ops/parts.hpp"
#include "tensor/fail.hpp"

// Concat, Split and Slice: one tensor is part of another, forwards and backwards.

namespace whylight {

namespace {

// The `length` sizes from `start` on along one axis.
View piece(const View& whole, std::size_t axis, std::int64_t start, std::int64_t length) {
  auto shape = whole.shape;
  shape[axis] = length;
  return part(whole, std::move(shape), whole.strides, start * whole.strides[axis]);
}

void infer_concat(Inference& inference) {
  auto shape = inference.shape(0);
  const auto& label = inference.node.label();
  const auto axis = normal_axis(label, inference.node.integer("axis", 1), shape.size());
  for (std::size_t i = 1; i < inference.inputs.size(); ++i) {
    auto other = inference.shape(i);
    if (inference.inputs[i].type != inference.inputs[0].type)
      fail(label, "its inputs must have one type, found ", name_of(inference.inputs[0].type), " and ",
           name_of(inference.inputs[i].type));
    const auto size = other.size() == shape.size() ? other[axis] : 0;
    if (other.size() == shape.size()) other[axis] = shape[axis];
    if (other != shape)
      fail(label, "its inputs must be alike but for axis ", axis, ", found ", to_text(inference.shape(0)), " and ",
           to_text(inference.shape(i)));
    shape[axis] += size;
  }
  inference.set(0, std::move(shape), inference.inputs[0].type);
}

void concat(const Call& call) {
  const auto axis = normal_axis(call.node.label(), call.node.integer("axis", 1), call.y[0].rank());
  std::int64_t start = 0;
  for (const auto& x : call.x) {
    const auto to = piece(call.y[0], axis, start, x.shape[axis]);
    auto box = call.region ? *call.region : Region::everything();
    if (call.region) {
      box.low[axis] = std::max<std::int64_t>(box.low[axis] - start, 0);
      box.high[axis] = std::min(box.high[axis] - start, x.shape[axis]);
    }
    if (!call.region || box.low[axis] < box.high[axis]) move_elements(part(x, box), part(to, box));
    start += x.shape[axis];
  }
}

bool spread_concat(const Call& call, std::size_t input, Spreads& spreads) {
  const auto axis = normal_axis(call.node.label(), call.node.integer("axis", 1), call.y[0].rank());
  for (std::size_t i = 0; i < call.y[0].rank(); ++i) spreads[i].from = static_cast<int>(i);
  for (std::size_t i = 0; i < input; ++i) spreads[axis].before += call.x[i].shape[axis];
  spreads[axis].after = spreads[axis].before;
  return true;
}

void concat_backward(const Call& call) {
  const auto axis = normal_axis(call.node.label(), call.node.integer("axis", 1), call.y[0].rank());
  std::int64_t start = 0;
  for (std::size_t i = 0; i < call.x.size(); ++i) {
    const auto length = call.x[i].shape[axis];
    if (given(call.gx, i)) {
      if (given(call.gy, 0)) {
        move_elements(piece(call.gy[0], axis, start, length), call.gx[i]);
      } else {
        fill_zero(call.gx[i]);
      }
    }
    start += length;
  }
}

// The size of each output of a Split along its axis: as given, or equal but for the last.
Shape split_sizes(const Node& node, std::int64_t total, std::vector<std::int64_t> sizes) {
  const auto outputs = static_cast<std::int64_t>(node.outputs.size());
  if (sizes.empty()) {
    const auto size = (total + outputs - 1) / outputs;
    if (node.opset < 18 && size * outputs != total)
      fail(node.label(), "cannot cut ", total, " into ", outputs, " equal parts");
    for (std::int64_t i = 0; i < outputs; ++i) sizes.push_back(std::clamp<std::int64_t>(total - i * size, 0, size));
  }
  std::int64_t sum = 0;
  for (const auto size : sizes) {
    if (size < 0 || size > total) fail(node.label(), "sizes must lie between 0 and ", total, ", found ", size);
    sum += size;
  }
  if (static_cast<std::int64_t>(sizes.size()) != outputs || sum != total)
    fail(node.label(), "sizes must be ", outputs, " and add up to ", total, ", found ", to_text(sizes));
  return sizes;
}

void infer_split(Inference& inference) {
  auto shape = inference.shape(0);
  const auto axis = normal_axis(inference.node.label(), inference.node.integer("axis", 0), shape.size());
  const auto sizes = split_sizes(inference.node, shape[axis], integers(inference, 1, "split"));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    shape[axis] = sizes[i];
    inference.set(i, shape, inference.inputs[0].type);
  }
}

struct SplitPlan {
  std::size_t axis;
  Shape sizes;
};

SplitPlan split_plan(const Call& call) {
  const auto axis = normal_axis(call.node.label(), call.node.integer("axis", 0), call.x[0].rank());
  return {axis, split_sizes(call.node, call.x[0].shape[axis], integers(call, 1, "split"))};
}

void split(const Call& call) {
  const auto [axis, sizes] = split_plan(call);
  std::int64_t start = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (given(call.y, i)) move_elements(piece(call.x[0], axis, start, sizes[i]), call.y[i]);
    start += sizes[i];
  }
}

void split_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  fill_zero(call.gx[0]);
  const auto [axis, sizes] = split_plan(call);
  std::int64_t start = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (given(call.gy, i)) move_elements(call.gy[i], piece(call.gx[0], axis, start, sizes[i]));
    start += sizes[i];
  }
}

// What a Slice takes along one axis: `length` elements, `step` apart, from `start`.
struct Range {
  std::int64_t start;
  std::int64_t step;
  std::int64_t length;
};

Range range(const std::string& where, std::int64_t size, std::int64_t start, std::int64_t end, std::int64_t step) {
  constexpr std::int64_t far = std::int64_t{1} << 40;
  if (step == 0) fail(where, "steps must not be 0");
  step = std::clamp(step, -far, far);
  const auto from_front = [&](std::int64_t at) { return at < 0 ? at + size : at; };
  if (step > 0) {
    start = std::clamp<std::int64_t>(from_front(start), 0, size);
    end = std::clamp<std::int64_t>(from_front(end), start, size);
    return {start, step, (end - start + step - 1) / step};
  }
  if (size == 0) return {0, 1, 0};
  start = std::clamp<std::int64_t>(from_front(start), 0, size - 1);
  end = std::clamp<std::int64_t>(from_front(end), -1, start);
  return {start, step, (start - end - step - 1) / -step};
}

struct SliceLists {
  std::vector<std::int64_t> starts, ends, axes, steps;
};

std::vector<Range> slice_ranges(const Node& node, const Shape& shape, const SliceLists& lists) {
  std::vector<Range> ranges;
  for (const auto size : shape) ranges.push_back({0, 1, size});
  const auto entries = lists.starts.size();
  if (lists.ends.size() != entries || (!lists.axes.empty() && lists.axes.size() != entries) ||
      (!lists.steps.empty() && lists.steps.size() != entries) || entries > shape.size())
    fail(node.label(), "starts, ends, axes and steps must be equally many and at most ", shape.size());
  for (std::size_t i = 0; i < entries; ++i) {
    const auto axis =
        normal_axis(node.label(), lists.axes.empty() ? static_cast<std::int64_t>(i) : lists.axes[i], shape.size());
    ranges[axis] =
        range(node.label(), shape[axis], lists.starts[i], lists.ends[i], lists.steps.empty() ? 1 : lists.steps[i]);
  }
  return ranges;
}

// `source` is an Inference or a Call.
template <class Source>
std::vector<Range> slice_ranges(const Source& source, const Shape& shape) {
  return slice_ranges(source.node, shape,
                      {integers(source, 1, "starts"), integers(source, 2, "ends"), integers(source, 3, "axes"),
                       integers(source, 4, "")});
}

void infer_slice(Inference& inference) {
  Shape shape;
  for (const auto& along : slice_ranges(inference, inference.shape(0))) shape.push_back(along.length);
  inference.set(0, std::move(shape), inference.inputs[0].type);
}

// The part of the input (or its gradient) that a Slice takes.
View taken(const Call& call, const View& x) {
  Shape shape, strides;
  std::int64_t start = 0;
  for (const auto& along : slice_ranges(call, x.shape)) {
    const auto stride = x.strides[shape.size()];
    start += along.start * stride;
    shape.push_back(along.length);
    strides.push_back(along.step * stride);
  }
  return part(x, std::move(shape), std::move(strides), call.y[0].size == 0 ? 0 : start);
}

void slice(const Call& call) { move_elements(taken(call, call.x[0]), call.y[0]); }

void slice_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  fill_zero(call.gx[0]);
  if (given(call.gy, 0)) move_elements(call.gy[0], taken(call, call.gx[0]));
}

constexpr OpDef row(std::string_view name, void (*infer)(Inference&), void (*forward)(const Call&),
                    void (*backward)(const Call&)) {
  return {.name = name,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = Relevance::gradient,
          .layouts = Layouts::any,
          .reads = Reads::nothing,
          .sign = OutputSign::as_inputs};
}

OpDef concat_row() {
  auto made = row("Concat", infer_concat, concat, concat_backward);
  made.spread = spread_concat;
  return made;
}

}  // namespace

std::span<const OpDef> slicing_ops() {
  static const std::array rows{
      concat_row(),
      row("Split", infer_split, split, split_backward),
      row("Slice", infer_slice, slice, slice_backward),
  };
  return rows;
}

}  // namespace whylight
