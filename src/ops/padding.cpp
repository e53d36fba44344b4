#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "ops/op.hpp"
#include "ops/parts.hpp"
#include "tensor/fail.hpp"

// Pad: with a constant the input is copied into the middle; in the other modes every output position reads one input
// position. Negative pads cut off.

namespace whylight {

namespace {

enum class Mode { constant, reflect, edge, wrap };

Mode mode(const Node& node) {
  constexpr std::array<std::pair<std::string_view, Mode>, 4> names{
      {{"constant", Mode::constant}, {"reflect", Mode::reflect}, {"edge", Mode::edge}, {"wrap", Mode::wrap}}};
  const auto name = node.text("mode", "constant");
  for (const auto& [known, value] : names)
    if (known == name) return value;
  fail(node.label(), "mode must be constant, reflect, edge or wrap, found ", name);
}

// Elements added before and after each axis.
struct Pads {
  Shape before;
  Shape after;
};

Pads pads(const Node& node, std::size_t rank, const std::vector<std::int64_t>& list,
          const std::vector<std::int64_t>& axes, bool every_axis) {
  constexpr std::int64_t most = std::int64_t{1} << 31;
  const auto entries = every_axis ? rank : axes.size();
  if (list.size() != 2 * entries) fail(node.label(), "pads must be ", 2 * entries, " numbers, found ", list.size());
  Pads result{Shape(rank, 0), Shape(rank, 0)};
  for (std::size_t i = 0; i < entries; ++i) {
    const auto axis = every_axis ? i : normal_axis(node.label(), axes[i], rank);
    for (const auto size : {list[i], list[i + entries]})
      if (size < -most || size > most) fail(node.label(), "pads must be sensible, found ", size);
    result.before[axis] = list[i];
    result.after[axis] = list[i + entries];
  }
  return result;
}

Pads pads(const Inference& inference) {
  return pads(inference.node, inference.shape(0).size(), integers(inference, 1, "pads"), integers(inference, 3, ""),
              !inference.given(3));
}

Pads pads(const Call& call) {
  return pads(call.node, call.x[0].rank(), integers(call, 1, "pads"), integers(call, 3, ""), !given(call.x, 3));
}

void infer_pad(Inference& inference) {
  auto shape = inference.shape(0);
  const auto sizes = pads(inference);
  const bool reads = mode(inference.node) != Mode::constant;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto size = shape[axis];
    shape[axis] += sizes.before[axis] + sizes.after[axis];
    if (shape[axis] < 0 || (reads && size == 0 && shape[axis] > 0))
      fail(inference.node.label(), "cannot pad axis ", axis, " of ", to_text(inference.shape(0)), " to ", shape[axis]);
  }
  if (inference.given(2) && inference.inputs[2].type != inference.inputs[0].type)
    fail(inference.node.label(), "the padding value must have the input's type, found ",
         name_of(inference.inputs[2].type));
  if (inference.given(2) && count(inference.shape(2)) != 1)
    fail(inference.node.label(), "the padding value must be one number, found ", to_text(inference.shape(2)));
  inference.set(0, std::move(shape), inference.inputs[0].type);
}

// The middle: what input and output share.
struct Middle {
  View input;
  View output;
};

Middle middle(const Pads& sizes, const View& x, const View& y) {
  Shape shape;
  std::int64_t input_start = 0;
  std::int64_t output_start = 0;
  for (std::size_t axis = 0; axis < x.rank(); ++axis) {
    const auto from = std::max<std::int64_t>(0, -sizes.before[axis]);
    const auto to = std::min(x.shape[axis], x.shape[axis] + sizes.after[axis]);
    shape.push_back(std::max<std::int64_t>(0, to - from));
    input_start += from * x.strides[axis];
    output_start += std::max<std::int64_t>(0, sizes.before[axis]) * y.strides[axis];
  }
  const bool empty = count(shape) == 0;
  return {part(x, shape, x.strides, empty ? 0 : input_start), part(y, shape, y.strides, empty ? 0 : output_start)};
}

std::int64_t modulo(std::int64_t value, std::int64_t size) {
  const auto rest = value % size;
  return rest < 0 ? rest + size : rest;
}

// The input position that a position left or right of the input reads.
std::int64_t source(Mode how, std::int64_t at, std::int64_t size) {
  if (how == Mode::edge) return std::clamp<std::int64_t>(at, 0, size - 1);
  if (how == Mode::wrap) return modulo(at, size);
  if (size == 1) return 0;
  const auto period = 2 * (size - 1);
  const auto rest = modulo(at, period);
  return rest < size ? rest : period - rest;
}

// For each axis, the input's offset that each output position reads.
std::vector<Shape> source_offsets(const Call& call, const Pads& sizes, const View& x) {
  std::vector<Shape> offsets(x.rank());
  for (std::size_t axis = 0; axis < x.rank(); ++axis)
    for (std::int64_t i = 0; i < call.y[0].shape[axis]; ++i)
      offsets[axis].push_back(source(mode(call.node), i - sizes.before[axis], x.shape[axis]) * x.strides[axis]);
  return offsets;
}

// Calls move(input offset, output offset) for every output position.
template <class Move>
void each(const std::vector<Shape>& offsets, const View& y, const Move& move) {
  if (y.size == 0) return;
  Shape index(y.rank(), 0);
  do {
    std::int64_t from = 0;
    for (std::size_t axis = 0; axis < index.size(); ++axis)
      from += offsets[axis][static_cast<std::size_t>(index[axis])];
    move(from, offset(index, y.strides));
  } while (next(index, y.shape));
}

void pad(const Call& call) {
  const auto sizes = pads(call);
  const auto& x = call.x[0];
  const auto& y = call.y[0];
  if (mode(call.node) == Mode::constant) {
    auto value = static_cast<Real>(call.node.number("value", 0));  // before opset 11
    View attribute({}, Layout::plain, Type::real, reinterpret_cast<std::byte*>(&value));
    set_all(y, given(call.x, 2) ? call.x[2] : y.type == Type::real ? attribute : View());
    const auto shared = middle(sizes, x, y);
    return move_elements(shared.input, shared.output);
  }
  const auto size = size_of(y.type);
  each(source_offsets(call, sizes, x), y, [&](std::int64_t from, std::int64_t to) {
    std::copy_n(x.data + static_cast<std::size_t>(from) * size, size, y.data + static_cast<std::size_t>(to) * size);
  });
}

void pad_backward(const Call& call) {
  const auto& gx = call.gx[0];
  if (given(call.gx, 2)) fill_zero(call.gx[2]);  // no gradient for the padding value: it is never learnt
  if (!gx.present()) return;
  fill_zero(gx);
  if (!given(call.gy, 0)) return;
  const auto sizes = pads(call);
  const auto& gy = call.gy[0];
  if (mode(call.node) == Mode::constant) {
    const auto shared = middle(sizes, gx, gy);
    return move_elements(shared.output, shared.input);
  }
  const auto from = gy.real();
  const auto to = gx.real();
  each(source_offsets(call, sizes, gx), gy, [&](std::int64_t read, std::int64_t written) {
    to[static_cast<std::size_t>(read)] += from[static_cast<std::size_t>(written)];
  });
}

}  // namespace

std::span<const OpDef> padding_ops() {
  static const std::array rows{
      OpDef{.name = "Pad",
            .since = 2,
            .infer = infer_pad,
            .forward = pad,
            .backward = pad_backward,
            .relevance = Relevance::gradient,
            .layouts = Layouts::any,
            .reads = Reads::nothing},
  };
  return rows;
}

}  // namespace whylight
