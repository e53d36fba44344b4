#include <limits>
#include <optional>

#include "engine/program.hpp"

namespace whylight {

namespace {

// One scale and zero point for a whole tensor, and the range of its integers.
struct Grid {
  double scale;
  double zero;
  double low;
  double high;
  bool operator==(const Grid&) const = default;
};

double first_of(const Tensor& tensor) {
  if (tensor.type() == Type::i8) return tensor.as<std::int8_t>()[0];
  if (tensor.type() == Type::u8) return tensor.as<std::uint8_t>()[0];
  return static_cast<double>(tensor.i64()[0]);
}

// The grid of a QuantizeLinear or DequantizeLinear; nothing where scales differ along an axis or are computed.
std::optional<Grid> grid_of(const Graph& graph, const Node& node) {
  const auto constant = [&](std::size_t input) {
    if (input >= node.inputs.size() || node.inputs[input] == absent) return Tensor();
    return graph.values[static_cast<std::size_t>(node.inputs[input])].constant;
  };
  const auto scale = constant(1);
  const auto zero = constant(2);
  const bool shifted = node.inputs.size() > 2 && node.inputs[2] != absent;
  if (!scale.present() || scale.size() != 1 || scale.type() != Type::real) return std::nullopt;
  if (shifted && (!zero.present() || zero.size() != 1)) return std::nullopt;
  if (!shifted && node.has("output_dtype")) return std::nullopt;
  const bool is_signed = shifted && zero.type() == Type::i8;
  return Grid{scale.real()[0], shifted ? first_of(zero) : 0, is_signed ? -128.0 : 0.0, is_signed ? 127.0 : 255.0};
}

}  // namespace

void join_quantisation(Graph& graph) {
  const auto producers = find_producers(graph);
  for (auto& back : graph.nodes) {
    if (back.op->name != "DequantizeLinear") continue;
    const auto producer = producers[static_cast<std::size_t>(back.inputs[0])];
    if (producer == absent) continue;
    const auto& there = graph.nodes[static_cast<std::size_t>(producer)];
    if (there.op->name != "QuantizeLinear") continue;
    const auto grid = grid_of(graph, there);
    if (!grid || grid != grid_of(graph, back)) continue;
    back.op = find_op("whylight", "RoundToGrid", 1);
    back.inputs = {there.inputs[0]};
    back.attributes = {{"scale", grid->scale}, {"zero", grid->zero}, {"low", grid->low}, {"high", grid->high}};
  }
  // QuantizeLinear nodes that nothing reads any more.
  const auto uses = count_uses(graph);
  for (auto& node : graph.nodes)
    if (node.op->name == "QuantizeLinear" && uses[static_cast<std::size_t>(node.outputs[0])] == 0) node.op = nullptr;
  drop_removed(graph);
}

}  // namespace whylight
