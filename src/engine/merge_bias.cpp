#include "engine/program.hpp"

namespace whylight {

namespace {

// The product by one constant matrix that gives a value which nothing but a sum with `bias` reads, or null.
Node* product_before(Graph& graph, int value, const Tensor& bias, const std::vector<int>& producers) {
  const auto producer = producers[static_cast<std::size_t>(value)];
  if (producer == absent) return nullptr;
  auto& node = graph.nodes[static_cast<std::size_t>(producer)];
  if (!node.op || node.op->name != "MatMul" || node.inputs.size() != 2 || node.outputs.size() != 1) return nullptr;
  const auto& matrix = constant_input(graph, node, 1);
  const bool fits = matrix.type() == Type::real && matrix.shape().size() == 2 && bias.type() == Type::real &&
                    bias.shape() == Shape{matrix.shape()[1]};
  return fits ? &node : nullptr;
}

}  // namespace

void merge_bias(Graph& graph, const std::vector<bool>& kept) {
  const auto uses = count_uses(graph);
  const auto producers = find_producers(graph);
  for (auto& sum : graph.nodes) {
    if (sum.op->name != "Add" || sum.inputs.size() != 2) continue;
    for (const std::size_t side : {0, 1}) {
      const auto between = sum.inputs[side];
      if (between == absent || uses[static_cast<std::size_t>(between)] != 1 || kept[static_cast<std::size_t>(between)])
        continue;
      auto* product = product_before(graph, between, constant_input(graph, sum, 1 - side), producers);
      if (!product) continue;
      product->inputs.push_back(sum.inputs[1 - side]);
      product->outputs[0] = sum.outputs[0];
      sum.op = nullptr;
      break;
    }
  }
  drop_removed(graph);
}

}  // namespace whylight
