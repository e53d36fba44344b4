#include <algorithm>
#include <cmath>

#include "ops/normalisation.hpp"
#include "ops/walk.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

// The lines along which exponentials are compared. Before opset 13 the axes from `axis` on are one line together (the
// row is plain then), later `axis` alone.
AxisBlocks lines_of(const Call& call) {
  const auto& x = call.x[0];
  const bool flat = call.node.op->since < 13;
  if (x.rank() == 0) return {1, 1, 1};
  const auto given = call.node.integer("axis", flat ? 1 : -1);
  const auto axis =
      flat && given == static_cast<std::int64_t>(x.rank()) ? x.rank() : normal_axis(call.node.label(), given, x.rank());
  if (!flat) return axis_blocks(x, axis);
  std::int64_t length = 1;
  for (auto inner = axis; inner < x.rank(); ++inner) length *= x.shape[inner];
  return {x.size == 0 ? 0 : x.size / length, length, 1};
}

// Calls line(first element) for each line; its elements lie `inner` apart.
template <class Line>
void each_line(const AxisBlocks& blocks, Line line) {
  for (std::int64_t outer = 0; outer < blocks.outer; ++outer)
    for (std::int64_t inner = 0; inner < blocks.inner; ++inner) line(outer * blocks.length * blocks.inner + inner);
}

}  // namespace

void infer_softmax(Inference& inference) {
  const auto& shape = inference.shape(0);
  if (inference.inputs[0].type != Type::real)
    fail(inference.node.label(), "input must be real, found ", name_of(inference.inputs[0].type));
  const bool flat = inference.node.op->since < 13;
  const auto axis = inference.node.integer("axis", flat ? 1 : -1);
  const bool past_end = flat && axis == static_cast<std::int64_t>(shape.size());
  if (!shape.empty() && !past_end) normal_axis(inference.node.label(), axis, shape.size());
  inference.set(0, shape);
}

void forward_softmax(const Call& call) {
  const auto blocks = lines_of(call);
  const auto step = blocks.inner;
  const auto end = blocks.length * step;
  each_line(blocks, [&](std::int64_t first) {
    const auto* x = call.x[0].real().data() + first;
    auto* y = call.y[0].real().data() + first;
    auto most = x[0];
    for (std::int64_t i = 0; i < end; i += step) most = std::max(most, x[i]);
    Real total = 0;
    for (std::int64_t i = 0; i < end; i += step) {
      y[i] = std::exp(x[i] - most);
      total += y[i];
    }
    for (std::int64_t i = 0; i < end; i += step) y[i] /= total;
  });
}

void backward_softmax(const Call& call) {
  if (nothing_flows(call) || !wanted(call, 0).present()) return;
  const auto blocks = lines_of(call);
  const auto step = blocks.inner;
  const auto end = blocks.length * step;
  each_line(blocks, [&](std::int64_t first) {
    const auto* y = call.y[0].real().data() + first;
    const auto* gy = call.gy[0].real().data() + first;
    auto* gx = call.gx[0].real().data() + first;
    Real mean = 0;
    for (std::int64_t i = 0; i < end; i += step) mean += y[i] * gy[i];
    for (std::int64_t i = 0; i < end; i += step) gx[i] = y[i] * (gy[i] - mean);
  });
}

void forward_log_softmax(const Call& call) {
  const auto blocks = lines_of(call);
  const auto step = blocks.inner;
  const auto end = blocks.length * step;
  each_line(blocks, [&](std::int64_t first) {
    const auto* x = call.x[0].real().data() + first;
    auto* y = call.y[0].real().data() + first;
    auto most = x[0];
    for (std::int64_t i = 0; i < end; i += step) most = std::max(most, x[i]);
    Real total = 0;
    for (std::int64_t i = 0; i < end; i += step) total += std::exp(x[i] - most);
    const auto log_total = std::log(total);
    for (std::int64_t i = 0; i < end; i += step) y[i] = x[i] - most - log_total;
  });
}

void backward_log_softmax(const Call& call) {
  if (nothing_flows(call) || !wanted(call, 0).present()) return;
  const auto blocks = lines_of(call);
  const auto step = blocks.inner;
  const auto end = blocks.length * step;
  each_line(blocks, [&](std::int64_t first) {
    const auto* y = call.y[0].real().data() + first;
    const auto* gy = call.gy[0].real().data() + first;
    auto* gx = call.gx[0].real().data() + first;
    Real total = 0;
    for (std::int64_t i = 0; i < end; i += step) total += gy[i];
    for (std::int64_t i = 0; i < end; i += step) gx[i] = gy[i] - std::exp(y[i]) * total;
  });
}

}  // namespace whylight
