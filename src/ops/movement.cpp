#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>

#include "ops/op.hpp"
#include "ops/parts.hpp"
#include "tensor/fail.hpp"

// Operators that give the input's elements another shape, order, or repetition. Those that only reshape copy memory;
// the others copy between views with other strides, and backwards the other way round.

namespace whylight {

namespace {

void same_elements(const Call& call) {
  std::memcpy(call.y[0].data, call.x[0].data, static_cast<std::size_t>(call.y[0].size) * size_of(call.y[0].type));
}

// The size that -1 stands for, such that `shape` has as many elements as `from`.
void fill_unknown_size(const std::string& where, const Shape& from, Shape& shape) {
  const auto unknown = std::find(shape.begin(), shape.end(), -1);
  if (unknown != shape.end()) {
    *unknown = 1;
    const auto others = count(shape);
    *unknown = others == 0 ? 0 : count(from) / others;
  }
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t size) { return size < 0; }) ||
      count(shape) != count(from))
    fail(where, to_text(from), " cannot become ", to_text(shape));
}

void infer_reshape(Inference& inference) {
  const auto& from = inference.shape(0);
  auto shape = integers(inference, 1, "shape");
  const bool keep_zero = inference.node.integer("allowzero", 0) != 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] == 0 && !keep_zero) {
      if (axis >= from.size())
        fail(inference.node.label(), "size 0 must copy an axis of ", to_text(from), ", found axis ", axis);
      shape[axis] = from[axis];
    }
  fill_unknown_size(inference.node.label(), from, shape);
  inference.set(0, std::move(shape), inference.inputs[0].type);
}

void infer_flatten(Inference& inference) {
  const auto& from = inference.shape(0);
  const auto rank = static_cast<std::int64_t>(from.size());
  auto axis = inference.node.integer("axis", 1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) fail(inference.node.label(), "axis must lie within rank ", rank, ", found ", axis);
  const auto middle = from.begin() + axis;
  inference.set(0, {count(Shape(from.begin(), middle)), count(Shape(middle, from.end()))}, inference.inputs[0].type);
}

// Marks the axes in a list, counted from either end.
std::vector<bool> marked(const std::string& where, const std::vector<std::int64_t>& axes, std::size_t rank) {
  std::vector<bool> marks(rank, false);
  for (const auto given_axis : axes) {
    const auto axis = normal_axis(where, given_axis, rank);
    if (marks[axis]) fail(where, "axes must differ, found ", given_axis, " twice");
    marks[axis] = true;
  }
  return marks;
}

void infer_squeeze(Inference& inference) {
  const auto& from = inference.shape(0);
  const bool every = !inference.given(1) && !inference.node.has("axes");
  const auto marks = marked(inference.node.label(), integers(inference, 1, "axes"), from.size());
  Shape shape;
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    if (marks[axis] && from[axis] != 1)
      fail(inference.node.label(), "axis ", axis, " must have size 1, found ", to_text(from));
    if (!(marks[axis] || (every && from[axis] == 1))) shape.push_back(from[axis]);
  }
  inference.set(0, std::move(shape), inference.inputs[0].type);
}

void infer_unsqueeze(Inference& inference) {
  const auto& from = inference.shape(0);
  const auto axes = integers(inference, 1, "axes");
  const auto marks = marked(inference.node.label(), axes, from.size() + axes.size());
  Shape shape;
  auto source = from.begin();
  for (const bool added : marks) shape.push_back(added ? 1 : *source++);
  inference.set(0, std::move(shape), inference.inputs[0].type);
}

std::vector<std::size_t> permutation(const Node& node, std::size_t rank) {
  std::vector<std::size_t> order(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) order[axis] = rank - 1 - axis;
  if (!node.has("perm")) return order;
  const auto perm = node.integers("perm", {});
  if (perm.size() != rank) fail(node.label(), "perm must have ", rank, " axes, found ", perm.size());
  marked(node.label(), perm, rank);
  for (std::size_t axis = 0; axis < rank; ++axis) order[axis] = normal_axis(node.label(), perm[axis], rank);
  return order;
}

void infer_transpose(Inference& inference) {
  const auto& from = inference.shape(0);
  Shape shape;
  for (const auto axis : permutation(inference.node, from.size())) shape.push_back(from[axis]);
  inference.set(0, std::move(shape), inference.inputs[0].type);
}

// The input (or its gradient) seen with its axes in the output's order.
View permuted(const Node& node, const View& x) {
  Shape shape, strides;
  for (const auto axis : permutation(node, x.rank())) {
    shape.push_back(x.shape[axis]);
    strides.push_back(x.strides[axis]);
  }
  return part(x, std::move(shape), std::move(strides));
}

void transpose(const Call& call) { move_elements(permuted(call.node, call.x[0]), call.y[0]); }

void transpose_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  if (!given(call.gy, 0)) return fill_zero(call.gx[0]);
  move_elements(call.gy[0], permuted(call.node, call.gx[0]));
}

// Depth to space and back: the channel axis of the deep tensor splits into blocks and channels in either order; a
// block's rows and columns interleave with those of the space. Both are one copy between two views of six axes: batch,
// channel, row, row in block, column, column in block.
struct BlockViews {
  View deep;
  View wide;
};

BlockViews block_views(const Node& node, const View& deep, const View& wide) {
  const auto size = node.integer("blocksize", 1);
  const auto channels = wide.shape[1];
  const bool channel_first = node.text("mode", "DCR") == "CRD" && node.op->name == "DepthToSpace";
  const auto step = deep.strides[1];
  const Shape shape{wide.shape[0], channels, deep.shape[2], size, deep.shape[3], size};
  const auto channel_step = channel_first ? step * size * size : step;
  const auto row_step = channel_first ? step * size : step * size * channels;
  const auto column_step = channel_first ? step : step * channels;
  return {part(deep, shape, {deep.strides[0], channel_step, deep.strides[2], row_step, deep.strides[3], column_step}),
          part(wide, shape,
               {wide.strides[0], wide.strides[1], wide.strides[2] * size, wide.strides[2], wide.strides[3] * size,
                wide.strides[3]})};
}

std::int64_t block_size(const Node& node, const Shape& shape) {
  const auto size = node.integer("blocksize", 0);
  if (size < 1 || size > std::numeric_limits<std::int32_t>::max())
    fail(node.label(), "blocksize must be positive, found ", size);
  if (shape.size() != 4) fail(node.label(), "its input must have 4 axes, found ", to_text(shape));
  return size;
}

void infer_depth_to_space(Inference& inference) {
  const auto& from = inference.shape(0);
  const auto size = block_size(inference.node, from);
  if (from[1] % (size * size) != 0)
    fail(inference.node.label(), "channels must be a multiple of ", size * size, ", found ", to_text(from));
  inference.set(0, {from[0], from[1] / (size * size), from[2] * size, from[3] * size}, inference.inputs[0].type);
}

void infer_space_to_depth(Inference& inference) {
  const auto& from = inference.shape(0);
  const auto size = block_size(inference.node, from);
  if (from[2] % size != 0 || from[3] % size != 0)
    fail(inference.node.label(), "height and width must be multiples of ", size, ", found ", to_text(from));
  inference.set(0, {from[0], from[1] * size * size, from[2] / size, from[3] / size}, inference.inputs[0].type);
}

void depth_to_space(const Call& call) {
  const auto views = block_views(call.node, call.x[0], call.y[0]);
  move_elements(views.deep, views.wide);
}

void depth_to_space_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  if (!given(call.gy, 0)) return fill_zero(call.gx[0]);
  const auto views = block_views(call.node, call.gx[0], call.gy[0]);
  move_elements(views.wide, views.deep);
}

void space_to_depth(const Call& call) {
  const auto views = block_views(call.node, call.y[0], call.x[0]);
  move_elements(views.wide, views.deep);
}

void space_to_depth_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  if (!given(call.gy, 0)) return fill_zero(call.gx[0]);
  const auto views = block_views(call.node, call.gy[0], call.gx[0]);
  move_elements(views.deep, views.wide);
}

void infer_expand(Inference& inference) {
  const auto shape = broadcast(inference.node.label(), inference.shape(0), inference.integers(1));
  count(shape);  // negative sizes throw
  inference.set(0, shape, inference.inputs[0].type);
}

// The input (or its gradient) seen in the output's shape, with stride 0 where it repeats.
View expanded(const View& x, const Shape& shape) {
  Shape strides(shape.size(), 0);
  const auto added = shape.size() - x.rank();
  for (std::size_t axis = 0; axis < x.rank(); ++axis)
    if (x.shape[axis] != 1) strides[added + axis] = x.strides[axis];
  return part(x, shape, std::move(strides));
}

void expand(const Call& call) { move_elements(expanded(call.x[0], call.y[0].shape), call.y[0]); }

void expand_backward(const Call& call) {
  const auto& gx = call.gx[0];
  if (!gx.present()) return;
  fill_zero(gx);
  if (given(call.gy, 0)) add(call.gy[0], expanded(gx, call.gy[0].shape));
}

void infer_tile(Inference& inference) {
  auto shape = inference.shape(0);
  const auto repeats = inference.integers(1);
  if (repeats.size() != shape.size())
    fail(inference.node.label(), "repeats must be given for ", shape.size(), " axes, found ", repeats.size());
  constexpr std::int64_t most = std::int64_t{1} << 31;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (repeats[axis] < 0 || repeats[axis] > most)
      fail(inference.node.label(), "repeats must be positive and sensible, found ", repeats[axis]);
    shape[axis] *= repeats[axis];
  }
  count(shape);
  inference.set(0, std::move(shape), inference.inputs[0].type);
}

// Input and output with every axis in two: which repetition, and where in it.
struct TileViews {
  View small;
  View large;
};

TileViews tile_views(const View& x, const View& y) {
  Shape shape, small, large;
  for (std::size_t axis = 0; axis < x.rank(); ++axis) {
    shape.insert(shape.end(), {x.shape[axis] == 0 ? 0 : y.shape[axis] / x.shape[axis], x.shape[axis]});
    small.insert(small.end(), {0, x.strides[axis]});
    large.insert(large.end(), {y.strides[axis] * x.shape[axis], y.strides[axis]});
  }
  return {part(x, shape, std::move(small)), part(y, shape, std::move(large))};
}

void tile(const Call& call) {
  const auto views = tile_views(call.x[0], call.y[0]);
  move_elements(views.small, views.large);
}

void tile_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  fill_zero(call.gx[0]);
  if (!given(call.gy, 0)) return;
  const auto views = tile_views(call.gx[0], call.gy[0]);
  add(views.large, views.small);
}

void infer_trilu(Inference& inference) {
  const auto& shape = inference.shape(0);
  if (shape.size() < 2) fail(inference.node.label(), "its input must have 2 axes or more, found ", to_text(shape));
  if (inference.given(1)) inference.integers(1);
  inference.set(0, shape, inference.inputs[0].type);
}

// Copies the triangle k diagonals away from the main one and leaves zero elsewhere.
void triangle(const Call& call, const View& from, const View& to) {
  fill_zero(to);
  const auto rank = to.rank();
  if (to.size == 0) return;
  const bool upper = call.node.integer("upper", 1) != 0;
  const auto columns = to.shape[rank - 1];
  const auto k = given(call.x, 1) ? std::clamp(integers(call.x[1]).at(0), -to.shape[rank - 2] - 1, columns + 1) : 0;
  const Shape rows(to.shape.begin(), to.shape.end() - 1);
  Shape index(rank - 1, 0);
  do {
    const auto border = std::clamp<std::int64_t>(index[rank - 2] + k + (upper ? 0 : 1), 0, columns);
    const auto first = upper ? border : 0;
    const auto length = upper ? columns - border : border;
    if (length == 0) continue;
    move_elements(
        part(from, {length}, {from.strides[rank - 1]}, offset(index, from.strides) + first * from.strides[rank - 1]),
        part(to, {length}, {to.strides[rank - 1]}, offset(index, to.strides) + first * to.strides[rank - 1]));
  } while (next(index, rows));
}

void trilu(const Call& call) { triangle(call, call.x[0], call.y[0]); }

void trilu_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  if (!given(call.gy, 0)) return fill_zero(call.gx[0]);
  triangle(call, call.gy[0], call.gx[0]);
}

constexpr OpDef row(std::string_view name, int since, void (*infer)(Inference&), void (*forward)(const Call&),
                    void (*backward)(const Call&), Layouts layouts) {
  return {.name = name,
          .since = since,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = Relevance::gradient,
          .layouts = layouts,
          .reads = Reads::nothing,
          .sign = OutputSign::as_inputs};
}

}  // namespace

std::span<const OpDef> movement_ops() {
  static const std::array rows{
      row("Reshape", 5, infer_reshape, same_elements, backward_same, Layouts::plain),
      row("Flatten", 1, infer_flatten, same_elements, backward_same, Layouts::plain),
      row("Squeeze", 1, infer_squeeze, same_elements, backward_same, Layouts::plain),
      row("Unsqueeze", 1, infer_unsqueeze, same_elements, backward_same, Layouts::plain),
      row("Transpose", 1, infer_transpose, transpose, transpose_backward, Layouts::plain),
      row("DepthToSpace", 1, infer_depth_to_space, depth_to_space, depth_to_space_backward, Layouts::any),
      row("SpaceToDepth", 1, infer_space_to_depth, space_to_depth, space_to_depth_backward, Layouts::any),
      row("Expand", 8, infer_expand, expand, expand_backward, Layouts::any),
      row("Tile", 6, infer_tile, tile, tile_backward, Layouts::any),
      row("Trilu", 14, infer_trilu, trilu, trilu_backward, Layouts::any),
  };
  return rows;
}

}  // namespace whylight
