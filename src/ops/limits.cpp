#include <array>
#include <limits>

#include "kernels/kernels.hpp"
#include "ops/elementwise.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

// PRelu: input 1 is the slope below zero and broadcasts to input 0.
void infer_prelu(Inference& inference) {
  infer_real(inference);
  const auto& shape = inference.shape(0);
  if (broadcast(inference.node.label(), shape, inference.shape(1)) != shape)
    fail(inference.node.label(), "the slope must broadcast to ", to_text(shape), ", found ",
         to_text(inference.shape(1)));
}

void forward_prelu(const Call& call) {
  map<Real, Real, Real>(call.x[0], call.x[1], call.y[0], [](Real x, Real slope) { return x > 0 ? x : slope * x; });
}

void backward_prelu(const Call& call) {
  if (nothing_flows(call)) return;
  const auto& x = call.x;
  map_back<Real, Real>(x[0], x[1], call.gy[0], wanted(call, 0), [](Real v, Real slope) { return v > 0 ? 1 : slope; });
  map_back<Real, Real>(x[0], x[1], call.gy[0], wanted(call, 1), [](Real v, Real) { return v > 0 ? 0 : v; });
}

// Clip: the bounds are attributes before opset 11 and optional inputs from then on.
template <class T>
struct Bounds {
  T low;
  T high;
};

template <class T>
Bounds<T> bounds_of(const Call& call) {
  constexpr bool real = std::is_same_v<T, Real>;
  Bounds<T> bounds{std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max()};
  if (real) bounds = {-std::numeric_limits<T>::infinity(), std::numeric_limits<T>::infinity()};
  if (call.node.op->since < 11) {
    if (call.node.has("min")) bounds.low = static_cast<T>(call.node.number("min", 0));
    if (call.node.has("max")) bounds.high = static_cast<T>(call.node.number("max", 0));
  } else {
    if (call.x.size() > 1 && call.x[1].present()) bounds.low = call.x[1].as<T>()[0];
    if (call.x.size() > 2 && call.x[2].present()) bounds.high = call.x[2].as<T>()[0];
  }
  return bounds;
}

void infer_clip(Inference& inference) {
  infer_number(inference);
  for (std::size_t bound = 1; bound < inference.inputs.size() && bound < 3; ++bound) {
    if (!inference.given(bound)) continue;
    if (count(inference.shape(bound)) != 1 || inference.inputs[bound].type != inference.inputs[0].type)
      fail(inference.node.label(), "a bound must be one number of the input's type, found ",
           to_text(inference.shape(bound)), " of ", name_of(inference.inputs[bound].type));
  }
}

template <class T>
void clip_to(const Call& call) {
  const auto bounds = bounds_of<T>(call);
  map<T, T>(call.x[0], call.y[0], [bounds](T x) { return std::min(std::max(x, bounds.low), bounds.high); });
}

void forward_clip(const Call& call) {
  const auto& x = call.x[0];
  const auto& y = call.y[0];
  if (x.type != Type::real) return clip_to<std::int64_t>(call);
  if (x.strides != y.strides) return clip_to<Real>(call);
  const auto bounds = bounds_of<Real>(call);
  kernels().clamp(x.real().data(), bounds.low, bounds.high, y.real().data(), static_cast<Index>(y.size));
}

// The gradient goes to the input strictly inside, and otherwise to the bound that decides.
void backward_clip(const Call& call) {
  if (nothing_flows(call)) return;
  const auto bounds = bounds_of<Real>(call);
  const auto& x = call.x[0];
  const auto inside = [bounds](Real v, Real) { return v > bounds.low && v < bounds.high ? Real(1) : Real(0); };
  const auto above = [bounds](Real v, Real) { return std::max(v, bounds.low) >= bounds.high ? Real(1) : Real(0); };
  const auto below = [above, bounds](Real v, Real) { return v <= bounds.low && above(v, v) == 0 ? Real(1) : Real(0); };
  map_back<Real, Real>(x, x, call.gy[0], wanted(call, 0), inside);
  for (std::size_t bound = 1; bound < 3; ++bound) {
    auto gx = wanted(call, bound);
    if (!gx.present()) continue;
    gx.shape.clear();  // one number of whatever rank broadcasts as a scalar
    gx.strides.clear();
    bound == 1 ? map_back<Real, Real>(x, x, call.gy[0], gx, below) : map_back<Real, Real>(x, x, call.gy[0], gx, above);
  }
}

constexpr OpDef clip_row(int since, void (*infer)(Inference&)) {
  return {.name = "Clip",
          .since = since,
          .infer = infer,
          .forward = forward_clip,
          .backward = backward_clip,
          .relevance = Relevance::pass,
          .layouts = Layouts::any,
          .in_place = true};
}

constexpr std::array rows{
    clip_row(1, infer_real),
    clip_row(11, infer_clip),
    OpDef{.name = "PRelu",
          .infer = infer_prelu,
          .forward = forward_prelu,
          .backward = backward_prelu,
          .relevance = Relevance::pass,
          .layouts = Layouts::any,
          .in_place = true},
};

}  // namespace

std::span<const OpDef> limit_ops() { return rows; }

}  // namespace whylight
