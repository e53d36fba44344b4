#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "ops/op.hpp"
#include "ops/parts.hpp"
#include "tensor/fail.hpp"

// Operators that read or write at places given by integers. Forwards values move, backwards gradients move the other
// way; where one place is read several times its gradients add up.

namespace whylight {

namespace {

void require_integers(const Inference& inference, std::size_t input) {
  inference.shape(input);
  if (inference.inputs[input].type != Type::i64)
    fail(inference.node.label(), "indices must be integers, found ", name_of(inference.inputs[input].type));
}

// An index counted from either end, as one from the front.
std::int64_t place(const Node& node, std::int64_t index, std::int64_t size) {
  if (index < -size || index >= size) fail(node.label(), "indices must lie within ", size, ", found ", index);
  return index < 0 ? index + size : index;
}

Shape join(Shape a, const Shape& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Shape cut(const Shape& shape, std::size_t from, std::size_t to) {
  return {shape.begin() + static_cast<std::ptrdiff_t>(from), shape.begin() + static_cast<std::ptrdiff_t>(to)};
}
Shape cut(const Shape& shape, std::size_t from) { return cut(shape, from, shape.size()); }

// Gather: y[a…, i…, b…] = x[a…, indices[i…], b…].

void infer_gather(Inference& inference) {
  const auto& shape = inference.shape(0);
  require_integers(inference, 1);
  const auto axis = normal_axis(inference.node.label(), inference.node.integer("axis", 0), shape.size());
  inference.set(0, join(join(cut(shape, 0, axis), inference.shape(1)), cut(shape, axis + 1)), inference.inputs[0].type);
}

// Calls move(part of `data`, part of `out`) for each index.
template <class Move>
void each_gathered(const Call& call, const View& data, const View& out, const Move& move) {
  const auto axis = normal_axis(call.node.label(), call.node.integer("axis", 0), data.rank());
  const auto& indices = call.x[1];
  if (indices.size == 0) return;
  const auto after = axis + indices.rank();
  const auto shape = join(cut(data.shape, 0, axis), cut(data.shape, axis + 1));
  const auto data_strides = join(cut(data.strides, 0, axis), cut(data.strides, axis + 1));
  const auto out_strides = join(cut(out.strides, 0, axis), cut(out.strides, after));
  const auto index_strides = cut(out.strides, axis, after);
  Shape index(indices.rank(), 0);
  do {
    const auto which = indices.i64()[static_cast<std::size_t>(offset(index, indices.strides))];
    move(part(data, shape, data_strides, place(call.node, which, data.shape[axis]) * data.strides[axis]),
         part(out, shape, out_strides, offset(index, index_strides)));
  } while (next(index, indices.shape));
}

void gather(const Call& call) {
  each_gathered(call, call.x[0], call.y[0], [](const View& data, const View& out) { move_elements(data, out); });
}

void gather_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  fill_zero(call.gx[0]);
  if (given(call.gy, 0))
    each_gathered(call, call.gx[0], call.gy[0], [](const View& data, const View& out) { add(out, data); });
}

// GatherElements: y[i, j, …] = x[…, indices[i, j, …], …] along one axis; ScatterElements writes there instead.

void check_elements(const Inference& inference) {
  const auto& shape = inference.shape(0);
  const auto& indices = inference.shape(1);
  require_integers(inference, 1);
  const auto axis = normal_axis(inference.node.label(), inference.node.integer("axis", 0), shape.size());
  bool fits = indices.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i) fits = i == axis || indices[i] <= shape[i];
  if (!fits) fail(inference.node.label(), "indices must fit ", to_text(shape), ", found ", to_text(indices));
}

void infer_gather_elements(Inference& inference) {
  check_elements(inference);
  inference.set(0, inference.shape(1), inference.inputs[0].type);
}

// Calls move(single element of `data`, single element of `out`) for each index; `out` has the shape of the indices.
template <class Move>
void each_element(const Call& call, const View& data, const View& out, const Move& move) {
  const auto axis = normal_axis(call.node.label(), call.node.integer("axis", 0), data.rank());
  const auto& indices = call.x[1];
  if (indices.size == 0) return;
  Shape index(indices.rank(), 0);
  do {
    const auto which = indices.i64()[static_cast<std::size_t>(offset(index, indices.strides))];
    const auto at = offset(index, data.strides) - index[axis] * data.strides[axis];
    move(part(data, {}, {}, at + place(call.node, which, data.shape[axis]) * data.strides[axis]),
         part(out, {}, {}, offset(index, out.strides)));
  } while (next(index, indices.shape));
}

// GatherND: the last axis of the indices holds a place in the data's axes after the first `batch_dims`; what is read
// there may itself be a tensor. ScatterND writes there instead (batch_dims 0).

std::size_t batch_axes(const Node& node) { return static_cast<std::size_t>(node.integer("batch_dims", 0)); }

void check_places(const Inference& inference) {
  const auto& shape = inference.shape(0);
  const auto& indices = inference.shape(1);
  require_integers(inference, 1);
  const auto batch = inference.node.integer("batch_dims", 0);
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto fits = batch >= 0 && batch<rank&& static_cast<std::int64_t>(indices.size())> batch &&
                    indices.back() <= rank - batch &&
                    cut(shape, 0, static_cast<std::size_t>(batch)) == cut(indices, 0, static_cast<std::size_t>(batch));
  if (!fits) fail(inference.node.label(), "indices must fit ", to_text(shape), ", found ", to_text(indices));
}

void infer_gather_nd(Inference& inference) {
  check_places(inference);
  const auto& indices = inference.shape(1);
  const auto tail = batch_axes(inference.node) + static_cast<std::size_t>(indices.back());
  inference.set(0, join(cut(indices, 0, indices.size() - 1), cut(inference.shape(0), tail)), inference.inputs[0].type);
}

// Calls move(part of `data`, part of `out`) for each place; `out` has the shape of GatherND's output.
template <class Move>
void each_place(const Call& call, const View& data, const View& out, const Move& move) {
  const auto& indices = call.x[1];
  const auto batch = batch_axes(call.node);
  const auto depth = static_cast<std::size_t>(indices.shape.back());
  const auto outer = cut(indices.shape, 0, indices.rank() - 1);
  if (count(outer) == 0) return;
  const auto shape = cut(data.shape, batch + depth);
  const auto data_strides = cut(data.strides, batch + depth);
  const auto out_strides = cut(out.strides, outer.size());
  Shape index(outer.size(), 0);
  do {
    std::int64_t at = 0;
    for (std::size_t axis = 0; axis < batch; ++axis) at += index[axis] * data.strides[axis];
    for (std::size_t i = 0; i < depth; ++i) {
      const auto entry = offset(index, cut(indices.strides, 0, outer.size())) + static_cast<std::int64_t>(i);
      const auto which = indices.i64()[static_cast<std::size_t>(entry)];
      at += place(call.node, which, data.shape[batch + i]) * data.strides[batch + i];
    }
    move(part(data, shape, data_strides, at),
         part(out, shape, out_strides, offset(index, cut(out.strides, 0, outer.size()))));
  } while (next(index, outer));
}

// The four operators in terms of `each`, one of each_element and each_place.

using Move = void (*)(const View&, const View&);
using Each = void (*)(const Call&, const View& data, const View& out, const Move&);

template <Each each>
void read(const Call& call) {
  each(call, call.x[0], call.y[0], [](const View& data, const View& out) { move_elements(data, out); });
}

template <Each each>
void read_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  fill_zero(call.gx[0]);
  if (given(call.gy, 0)) each(call, call.gx[0], call.gy[0], [](const View& data, const View& out) { add(out, data); });
}

bool adds(const Node& node) {
  const auto reduction = node.text("reduction", "none");
  if (reduction != "none" && reduction != "add") fail(node.label(), "reduction must be none or add, found ", reduction);
  return reduction == "add";
}

void infer_scatter(Inference& inference, const Shape& updates) {
  if (inference.shape(2) != updates)
    fail(inference.node.label(), "updates must be ", to_text(updates), ", found ", to_text(inference.shape(2)));
  const auto type = inference.inputs[0].type;
  if (inference.inputs[2].type != type) fail(inference.node.label(), "updates must have the data's type");
  if (adds(inference.node) && type != Type::real)
    fail(inference.node.label(), "reduction add needs real numbers, found ", name_of(type));
  inference.set(0, inference.shape(0), type);
}

void infer_scatter_elements(Inference& inference) {
  check_elements(inference);
  infer_scatter(inference, inference.shape(1));
}

void infer_scatter_nd(Inference& inference) {
  check_places(inference);
  const auto& indices = inference.shape(1);
  const auto tail = cut(inference.shape(0), batch_axes(inference.node) + static_cast<std::size_t>(indices.back()));
  infer_scatter(inference, join(cut(indices, 0, indices.size() - 1), tail));
}

template <Each each>
void write(const Call& call) {
  move_elements(call.x[0], call.y[0]);
  each(call, call.y[0], call.x[2],
       adds(call.node) ? Move([](const View& data, const View& update) { add(update, data); })
                       : Move([](const View& data, const View& update) { move_elements(update, data); }));
}

// Where updates overwrite, the data gets no gradient; where several write to one place the result of ONNX is not
// defined.
template <Each each>
void write_backward(const Call& call) {
  const auto flows = given(call.gy, 0);
  if (given(call.gx, 0)) {
    if (!flows) {
      fill_zero(call.gx[0]);
    } else {
      move_elements(call.gy[0], call.gx[0]);
      if (!adds(call.node)) {
        const auto overwritten = [](const View& data, const View&) {
          Shape index(data.rank(), 0);
          if (data.size == 0) return;
          do reinterpret_cast<Real*>(data.data)[offset(index, data.strides)] = 0;
          while (next(index, data.shape));
        };
        each(call, call.gx[0], call.x[2], overwritten);
      }
    }
  }
  if (!given(call.gx, 2)) return;
  if (!flows) return fill_zero(call.gx[2]);
  each(call, call.gy[0], call.gx[2], [](const View& data, const View& update) { move_elements(data, update); });
}

// OneHot: y is `values[1]` where the index along the new axis equals the input, otherwise `values[0]`.

void infer_one_hot(Inference& inference) {
  auto shape = inference.shape(0);
  const auto& depth_shape = inference.shape(1);
  const auto type = inference.inputs[0].type;
  if (type != Type::real && type != Type::i64)
    fail(inference.node.label(), "indices must be numbers, found ", name_of(type));
  if (count(depth_shape) != 1) fail(inference.node.label(), "depth must be one number, found ", to_text(depth_shape));
  const auto depth = inference.inputs[1].type == Type::real ? static_cast<std::int64_t>(inference.numbers(1).at(0))
                                                            : inference.integers(1).at(0);
  const auto axis = normal_axis(inference.node.label(), inference.node.integer("axis", -1), shape.size() + 1);
  if (depth < 0 || count(inference.shape(2)) != 2)
    fail(inference.node.label(), "depth must be positive and values two numbers");
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), depth);
  inference.set(0, std::move(shape), inference.inputs[2].type);
}

void one_hot(const Call& call) {
  const auto& [indices, y, values] = std::tie(call.x[0], call.y[0], call.x[2]);
  const auto axis = normal_axis(call.node.label(), call.node.integer("axis", -1), y.rank());
  // ONNX lets indices be real numbers too; what is far outside is no index.
  const auto index_at = [&](std::int64_t at) {
    const auto position = static_cast<std::size_t>(at);
    if (indices.type == Type::i64) return indices.i64()[position];
    const auto value = indices.real()[position];
    return std::abs(value) < Real(1e9) ? static_cast<std::int64_t>(value) : std::numeric_limits<std::int64_t>::max();
  };
  set_all(y, part(values, {}, {}));
  if (indices.size == 0) return;
  const auto strides = join(cut(y.strides, 0, axis), cut(y.strides, axis + 1));
  Shape index(indices.rank(), 0);
  do {
    const auto which = index_at(offset(index, indices.strides));
    const auto depth = y.shape[axis];
    if (which < -depth || which >= depth) continue;
    move_elements(part(values, {}, {}, 1),
                  part(y, {}, {}, offset(index, strides) + place(call.node, which, depth) * y.strides[axis]));
  } while (next(index, indices.shape));
}

constexpr OpDef row(std::string_view name, int since, void (*infer)(Inference&), void (*forward)(const Call&),
                    void (*backward)(const Call&)) {
  return {.name = name,
          .since = since,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = Relevance::gradient};
}

}  // namespace

std::span<const OpDef> gather_ops() {
  static const std::array rows{
      row("Gather", 1, infer_gather, gather, gather_backward),
      row("GatherElements", 11, infer_gather_elements, read<each_element<Move>>, read_backward<each_element<Move>>),
      row("GatherND", 11, infer_gather_nd, read<each_place<Move>>, read_backward<each_place<Move>>),
      row("Scatter", 9, infer_scatter_elements, write<each_element<Move>>, write_backward<each_element<Move>>),
      row("ScatterElements", 11, infer_scatter_elements, write<each_element<Move>>, write_backward<each_element<Move>>),
      row("ScatterND", 11, infer_scatter_nd, write<each_place<Move>>, write_backward<each_place<Move>>),
      OpDef{.name = "OneHot", .since = 9, .infer = infer_one_hot, .forward = one_hot},
  };
  return rows;
}

}  // namespace whylight
