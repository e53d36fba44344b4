#include <cmath>

#include "engine/program.hpp"

namespace whylight {

namespace {

// y = scale * x + shift for each channel.
struct Affine {
  std::vector<Real> scale;
  std::vector<Real> shift;
};

bool is_constant(const Graph& graph, const Node& node, std::size_t input) {
  return constant_input(graph, node, input).present();
}

// Ioffe and Szegedy 2015 in inference: gamma (x - mean) / sqrt(variance + epsilon) + beta.
Affine affine_of(const Graph& graph, const Node& norm) {
  const auto gamma = constant_input(graph, norm, 1).real();
  const auto beta = constant_input(graph, norm, 2).real();
  const auto mean = constant_input(graph, norm, 3).real();
  const auto variance = constant_input(graph, norm, 4).real();
  const auto epsilon = norm.number("epsilon", 1e-5);
  Affine affine;
  for (std::size_t i = 0; i < gamma.size(); ++i) {
    const auto scale = gamma[i] / std::sqrt(static_cast<double>(variance[i]) + epsilon);
    affine.scale.push_back(static_cast<Real>(scale));
    affine.shift.push_back(static_cast<Real>(beta[i] - mean[i] * scale));
  }
  return affine;
}

// The axis of the weights along which output channels run, or -1 where merging does not apply.
int channel_axis(const Node& node) {
  if (node.op->name == "Conv") return 0;
  if (node.op->name == "ConvTranspose" && node.integer("group", 1) == 1) return 1;
  const bool plain_gemm = node.op->name == "Gemm" && node.number("alpha", 1) == 1 && node.number("beta", 1) == 1;
  if (plain_gemm) return node.integer("transB", 0) ? 0 : 1;
  return -1;
}

Tensor scaled(const Tensor& weights, const Affine& affine, int axis) {
  auto result = weights.clone();
  const auto strides = dense_strides(weights.shape());
  const auto step = strides[static_cast<std::size_t>(axis)];
  const auto channels = weights.shape()[static_cast<std::size_t>(axis)];
  auto values = result.real();
  for (std::int64_t i = 0; i < result.size(); ++i)
    values[static_cast<std::size_t>(i)] *= affine.scale[static_cast<std::size_t>(i / step % channels)];
  return result;
}

Tensor shifted(const Tensor& bias, const Affine& affine) {
  Tensor result({static_cast<std::int64_t>(affine.scale.size())});
  auto values = result.real();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto old = bias.present() ? bias.real()[bias.size() == 1 ? 0 : i] : Real(0);
    values[i] = affine.scale[i] * old + affine.shift[i];
  }
  return result;
}

int add_constant(Graph& graph, const std::string& name, Tensor tensor) {
  graph.values.push_back({});
  graph.values.back().name = name;
  graph.values.back().constant = std::move(tensor);
  return static_cast<int>(graph.values.size()) - 1;
}

bool can_merge(const Graph& graph, const Node& norm, const Node& linear) {
  const auto axis = channel_axis(linear);
  if (axis < 0 || linear.clamp.active() || !is_constant(graph, linear, 1)) return false;
  const bool has_bias = linear.inputs.size() > 2 && linear.inputs[2] != absent;
  if (has_bias && !is_constant(graph, linear, 2)) return false;
  for (std::size_t i = 1; i < 5; ++i)
    if (!is_constant(graph, norm, i)) return false;
  const auto channels = constant_input(graph, norm, 1).size();
  const auto bias_size = has_bias ? constant_input(graph, linear, 2).size() : channels;
  return constant_input(graph, linear, 1).shape()[static_cast<std::size_t>(axis)] == channels &&
         (bias_size == channels || bias_size == 1);
}

}  // namespace

void merge_batch_norm(Graph& graph, const std::vector<bool>& kept) {
  const auto uses = count_uses(graph);
  const auto producers = find_producers(graph);
  for (auto& norm : graph.nodes) {
    if (norm.op->name != "BatchNormalization" || norm.inputs.size() < 5) continue;
    const auto between = static_cast<std::size_t>(norm.inputs[0]);
    const auto producer = producers[between];
    if (producer == absent || uses[between] != 1 || kept[between]) continue;
    auto& linear = graph.nodes[static_cast<std::size_t>(producer)];
    if (!linear.op || !can_merge(graph, norm, linear)) continue;
    const auto affine = affine_of(graph, norm);
    const auto weights = scaled(constant_input(graph, linear, 1), affine, channel_axis(linear));
    const auto bias = shifted(constant_input(graph, linear, 2), affine);
    const auto name = linear.name;
    linear.inputs.resize(3, absent);
    linear.inputs[1] = add_constant(graph, name + ":merged_weights", weights);
    linear.inputs[2] = add_constant(graph, name + ":merged_bias", bias);
    linear.outputs[0] = norm.outputs[0];
    norm.op = nullptr;
  }
  drop_removed(graph);
}

}  // namespace whylight
