#include "ops/normalisation.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/walk.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

using Int = std::int64_t;

// BatchNormalization in its inference form: inputs scale, bias, mean and variance, one number for each channel.
// Channels are innermost (so they are too when the input has rank 2).
void infer_batch(Inference& inference) {
  const auto label = inference.node.label();
  const auto& shape = inference.shape(0);
  if (inference.node.integer("training_mode", 0) != 0) fail(label, "training_mode must be 0, found 1");
  for (std::size_t output = 1; output < inference.outputs.size(); ++output)
    if (inference.outputs[output].given) fail(label, "only the first output is supported, found output ", output);
  if (shape.size() < 2 || inference.inputs[0].type != Type::real)
    fail(label, "input must be real with at least two axes, found ", to_text(shape));
  for (std::size_t input = 1; input < 5; ++input)
    if (inference.shape(input) != Shape{shape[1]} || inference.inputs[input].type != Type::real)
      fail(label, "input ", input, " must be ", shape[1], " real numbers, found ", to_text(inference.shape(input)));
  inference.set(0, shape);
}

// The whole as y = x * factor + offset for each channel.
struct Affine {
  std::span<Real> factor;
  std::span<Real> offset;
};

Affine affine_of(const Call& call) {
  const auto channels = call.x[0].shape[1];
  const auto epsilon = call.node.number("epsilon", 1e-5);
  Affine result{call.scratch->take<Real>(channels), call.scratch->take<Real>(channels)};
  for (std::size_t c = 0; c < result.factor.size(); ++c) {
    const auto deviation = std::sqrt(static_cast<double>(call.x[4].real()[c]) + epsilon);
    const auto factor = static_cast<double>(call.x[1].real()[c]) / deviation;
    result.factor[c] = static_cast<Real>(factor);
    result.offset[c] =
        static_cast<Real>(static_cast<double>(call.x[2].real()[c]) - factor * static_cast<double>(call.x[3].real()[c]));
  }
  return result;
}

void forward_batch(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  const auto [factor, offset] = affine_of(call);
  const auto channels = call.x[0].shape[1];
  const auto* a = factor.data();
  const auto* b = offset.data();
  const auto clamp = call.clamp;
  const auto runs = runs_of(call.y[0], call.region ? *call.region : Region::everything());
  for (const auto start : runs.starts)
    for (Int at = start; at < start + runs.length; at += channels) {
      const auto* x = call.x[0].real().data() + at;
      auto* y = call.y[0].real().data() + at;
      for (Int c = 0; c < channels; ++c) y[c] = std::min(std::max(x[c] * a[c] + b[c], clamp.low), clamp.high);
    }
}

// Each position stays where it is, with all its channels.
bool spread_positions(const Call& call, std::size_t input, Spreads& spreads) {
  for (std::size_t axis = 0; axis < call.y[0].rank(); ++axis)
    if (axis != 1) spreads[axis].from = static_cast<int>(axis);
  return input == 0;
}

// Gradients of the four factors from sum(gy) and sum(gy (x - mean)) for each channel.
void backward_factors(const Call& call, const Affine& affine) {
  const auto channels = call.x[0].shape[1];
  const auto sum = call.scratch->take<Real>(channels);
  const auto along = call.scratch->take<Real>(channels);
  std::fill(sum.begin(), sum.end(), Real(0));
  std::fill(along.begin(), along.end(), Real(0));
  const auto mean = call.x[3].real();
  for (Int at = 0; at < call.x[0].size; at += channels)
    for (std::size_t c = 0; c < sum.size(); ++c) {
      const auto gy = call.gy[0].real()[static_cast<std::size_t>(at) + c];
      sum[c] += gy;
      along[c] += gy * (call.x[0].real()[static_cast<std::size_t>(at) + c] - mean[c]);
    }
  const auto epsilon = static_cast<Real>(call.node.number("epsilon", 1e-5));
  for (std::size_t c = 0; c < sum.size(); ++c) {
    const auto variance = call.x[4].real()[c] + epsilon;
    const std::array<Real, 4> gradients{along[c] / std::sqrt(variance), sum[c], -affine.factor[c] * sum[c],
                                        -affine.factor[c] * along[c] / (2 * variance)};
    for (std::size_t input = 1; input < 5; ++input)
      if (const auto gx = wanted(call, input); gx.present()) gx.real()[c] = gradients[input - 1];
  }
}

void backward_batch(const Call& call) {
  if (nothing_flows(call)) return;
  const Scratch::Frame frame(*call.scratch);
  const auto affine = affine_of(call);
  const auto channels = call.x[0].shape[1];
  const auto* a = affine.factor.data();
  if (wanted(call, 0).present())
    for (Int at = 0; at < call.x[0].size; at += channels) {
      const auto* gy = call.gy[0].real().data() + at;
      auto* gx = call.gx[0].real().data() + at;
      for (Int c = 0; c < channels; ++c) gx[c] = gy[c] * a[c];
    }
  for (std::size_t input = 1; input < 5; ++input)
    if (wanted(call, input).present()) return backward_factors(call, affine);
}

// LRN: y = x / s^beta with s = bias + alpha / size * sum of x^2 over `size` neighbouring channels.
struct Response {
  Int before;
  Int after;
  Real factor;  // alpha / size
  Real beta;
  Real bias;
};

Response response_of(const Node& node) {
  const auto size = node.integer("size", 1);
  return {(size - 1) / 2, size / 2, static_cast<Real>(node.number("alpha", 1e-4) / static_cast<double>(size)),
          static_cast<Real>(node.number("beta", 0.75)), static_cast<Real>(node.number("bias", 1))};
}

void infer_response(Inference& inference) {
  const auto& shape = inference.shape(0);
  if (shape.size() < 2 || inference.inputs[0].type != Type::real)
    fail(inference.node.label(), "input must be real with at least two axes, found ", to_text(shape));
  if (inference.node.integer("size", 0) < 1) fail(inference.node.label(), "size must be at least 1");
  inference.set(0, shape);
}

// The sums s along one line of channels, which lie `step` apart.
void response_sums(const Response& response, const Real* x, Int channels, Int step, std::span<Real> sums) {
  for (Int c = 0; c < channels; ++c) {
    Real squares = 0;
    for (Int k = std::max<Int>(c - response.before, 0); k <= std::min(c + response.after, channels - 1); ++k)
      squares += x[k * step] * x[k * step];
    sums[static_cast<std::size_t>(c)] = response.bias + response.factor * squares;
  }
}

template <class Line>
void each_channel_line(const View& x, Line line) {
  const auto blocks = axis_blocks(x, 1);
  for (Int outer = 0; outer < blocks.outer; ++outer)
    for (Int inner = 0; inner < blocks.inner; ++inner) line(outer * blocks.length * blocks.inner + inner, blocks.inner);
}

void forward_response(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  const auto response = response_of(call.node);
  const auto channels = call.x[0].shape[1];
  const auto sums = call.scratch->take<Real>(channels);
  each_channel_line(call.x[0], [&](Int first, Int step) {
    const auto* x = call.x[0].real().data() + first;
    auto* y = call.y[0].real().data() + first;
    response_sums(response, x, channels, step, sums);
    for (Int c = 0; c < channels; ++c)
      y[c * step] = x[c * step] * std::pow(sums[static_cast<std::size_t>(c)], -response.beta);
  });
}

void backward_response(const Call& call) {
  if (nothing_flows(call) || !wanted(call, 0).present()) return;
  const Scratch::Frame frame(*call.scratch);
  const auto response = response_of(call.node);
  const auto channels = call.x[0].shape[1];
  const auto sums = call.scratch->take<Real>(channels);
  each_channel_line(call.x[0], [&](Int first, Int step) {
    const auto* x = call.x[0].real().data() + first;
    const auto* y = call.y[0].real().data() + first;
    const auto* gy = call.gy[0].real().data() + first;
    auto* gx = call.gx[0].real().data() + first;
    response_sums(response, x, channels, step, sums);
    for (Int c = 0; c < channels; ++c) {
      Real others = 0;  // over the windows that hold channel c
      for (Int k = std::max<Int>(c - response.after, 0); k <= std::min(c + response.before, channels - 1); ++k)
        others += gy[k * step] * y[k * step] / sums[static_cast<std::size_t>(k)];
      gx[c * step] = gy[c * step] * std::pow(sums[static_cast<std::size_t>(c)], -response.beta) -
                     2 * response.factor * response.beta * x[c * step] * others;
    }
  });
}

constexpr OpDef row(std::string_view name, int since, void (*infer)(Inference&), void (*forward)(const Call&),
                    void (*backward)(const Call&), Layouts layouts = Layouts::any) {
  return {.name = name,
          .since = since,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = Relevance::pass,
          .layouts = layouts};
}

constexpr std::array rows{
    OpDef{.name = "BatchNormalization",
          .infer = infer_batch,
          .forward = forward_batch,
          .backward = backward_batch,
          .relevance = Relevance::rule,
          .layouts = Layouts::channels_last,
          .clamps = true,
          .spread = spread_positions},
    row("LRN", 1, infer_response, forward_response, backward_response),
    with_sign(row("Softmax", 1, infer_softmax, forward_softmax, backward_softmax, Layouts::plain),
              OutputSign::not_negative),
    with_sign(row("Softmax", 13, infer_softmax, forward_softmax, backward_softmax), OutputSign::not_negative),
    row("LogSoftmax", 1, infer_softmax, forward_log_softmax, backward_log_softmax, Layouts::plain),
    row("LogSoftmax", 13, infer_softmax, forward_log_softmax, backward_log_softmax),
    row("InstanceNormalization", 1, infer_instance_normalisation, forward_instance_normalisation,
        backward_instance_normalisation),
    row("LayerNormalization", 17, infer_layer_normalisation, forward_layer_normalisation, backward_layer_normalisation),
    row("RMSNormalization", 23, infer_layer_normalisation, forward_layer_normalisation, backward_layer_normalisation),
    row("GroupNormalization", 18, infer_group_normalisation, forward_group_normalisation, backward_group_normalisation),
    row("GroupNormalization", 21, infer_group_normalisation, forward_group_normalisation, backward_group_normalisation),
    row("MeanVarianceNormalization", 9, infer_mean_variance_normalisation, forward_mean_variance_normalisation,
        backward_mean_variance_normalisation),
};

}  // namespace

std::span<const OpDef> normalisation_ops() { return rows; }

}  // namespace whylight
