#include "onnx/prune.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace whylight::onnx {

namespace {

using Makers = std::unordered_map<std::string_view, std::size_t>;

Makers makers_of(const std::vector<NodeMessage>& nodes) {
  Makers makers;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const auto& output : nodes[i].outputs) makers.emplace(output, i);
  makers.erase("");
  return makers;
}

// Marks the nodes that a value needs.
void mark_needed(const std::vector<NodeMessage>& nodes, const Makers& makers, std::string_view value,
                 std::vector<bool>& needed) {
  std::vector<std::string_view> waiting{value};
  while (!waiting.empty()) {
    const auto maker = makers.find(waiting.back());
    waiting.pop_back();
    if (maker == makers.end() || needed[maker->second]) continue;
    needed[maker->second] = true;
    for (const auto& input : nodes[maker->second].inputs) waiting.push_back(input);
  }
}

// TensorProto.DataType: FLOAT, FLOAT16, DOUBLE, BFLOAT16.
bool is_floating(const ValueMessage& output) {
  return output.kind == "tensor" &&
         (output.elem_type == 1 || output.elem_type == 10 || output.elem_type == 11 || output.elem_type == 16);
}

bool is_zip_map(const NodeMessage& node) {
  return node.domain == "ai.onnx.ml" && node.op_type == "ZipMap" && !node.inputs.empty();
}

// A ZipMap turns a matrix of probabilities into dictionaries; the matrix itself is the better output.
void look_through_zip_maps(GraphMessage& graph) {
  const auto makers = makers_of(graph.nodes);
  for (auto& output : graph.outputs) {
    const auto maker = makers.find(output.name);
    if (maker == makers.end() || !is_zip_map(graph.nodes[maker->second])) continue;
    output = {.name = graph.nodes[maker->second].inputs[0], .kind = "tensor", .elem_type = 1, .shape = {}};
  }
  std::erase_if(graph.nodes, is_zip_map);
}

}  // namespace

void prune_outputs(ModelMessage& model, const std::function<bool(const NodeMessage&)>& supported) {
  auto& graph = *model.graph;
  look_through_zip_maps(graph);
  const auto makers = makers_of(graph.nodes);
  std::vector<ValueMessage> kept;
  std::vector<bool> needed(graph.nodes.size(), false);
  for (const auto& output : graph.outputs) {
    std::vector<bool> by_this(graph.nodes.size(), false);
    mark_needed(graph.nodes, makers, output.name, by_this);
    bool whole = true;
    for (std::size_t i = 0; i < by_this.size(); ++i) whole = whole && (!by_this[i] || supported(graph.nodes[i]));
    if (!whole) continue;
    kept.push_back(output);
    for (std::size_t i = 0; i < by_this.size(); ++i) needed[i] = needed[i] || by_this[i];
  }
  if (kept.size() == graph.outputs.size() || std::none_of(kept.begin(), kept.end(), is_floating)) return;
  graph.outputs = std::move(kept);
  std::vector<NodeMessage> nodes;
  for (std::size_t i = 0; i < needed.size(); ++i)
    if (needed[i]) nodes.push_back(std::move(graph.nodes[i]));
  graph.nodes = std::move(nodes);
}

}  // namespace whylight::onnx
