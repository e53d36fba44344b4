#include <optional>

#include "engine/program.hpp"

namespace whylight {

namespace {

// A bound of Clip: from an attribute before opset 11, from a constant input since; nothing when it is computed.
std::optional<Real> bound(const Graph& graph, const Node& node, std::size_t input, std::string_view attribute,
                          Real open) {
  if (node.has(attribute)) return static_cast<Real>(node.number(attribute, 0));
  if (input >= node.inputs.size() || node.inputs[input] == absent) return open;
  const auto& constant = graph.values[static_cast<std::size_t>(node.inputs[input])].constant;
  if (!constant.present() || constant.type() != Type::real || constant.size() != 1) return std::nullopt;
  return constant.real()[0];
}

std::optional<Clamp> clamp_of(const Graph& graph, const Node& node) {
  const Clamp open;
  if (node.op->name == "Relu") return Clamp{0, open.high};
  if (node.op->name != "Clip") return std::nullopt;
  const auto low = bound(graph, node, 1, "min", open.low);
  const auto high = bound(graph, node, 2, "max", open.high);
  if (!low || !high || *low > *high) return std::nullopt;
  return Clamp{*low, *high};
}

}  // namespace

void fuse_clamps(Graph& graph, const std::vector<bool>& kept) {
  const auto uses = count_uses(graph);
  const auto producers = find_producers(graph);
  for (auto& node : graph.nodes) {
    const auto clamp = clamp_of(graph, node);
    if (!clamp) continue;
    const auto between = static_cast<std::size_t>(node.inputs[0]);
    const auto producer = producers[between];
    if (producer == absent || uses[between] != 1 || (between < kept.size() && kept[between])) continue;
    auto& before = graph.nodes[static_cast<std::size_t>(producer)];
    if (!before.op || !before.op->clamps || before.clamp.active() || before.outputs.size() != 1) continue;
    if (graph.values[between].type != Type::real) continue;
    before.clamp = *clamp;
    before.outputs[0] = node.outputs[0];
    node.op = nullptr;
  }
  drop_removed(graph);
}

}  // namespace whylight
