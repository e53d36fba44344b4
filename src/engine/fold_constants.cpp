#include "engine/program.hpp"
#include "tensor/fail.hpp"

namespace whylight {

void fold_constants(Graph& graph) {
  constexpr std::int64_t most_total =
      2 * most_bytes;  // a small broken file could ask for any number of large constants
  std::int64_t total = 0;
  for (auto& node : graph.nodes) {
    std::vector<ValueInfo> inputs;
    bool known = true;
    for (const auto input : node.inputs) {
      if (input == absent) {
        inputs.push_back({});
        continue;
      }
      const auto& value = graph.values[static_cast<std::size_t>(input)];
      known = known && value.constant.present();
      inputs.push_back({value.constant.shape(), value.constant.type(), value.constant, true});
    }
    if (!known) continue;
    const auto results = compute(node, inputs);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (node.outputs[i] == absent) continue;
      auto& value = graph.values[static_cast<std::size_t>(node.outputs[i])];
      value.constant = results[i];
      value.type = results[i].type();
      total += results[i].size() * static_cast<std::int64_t>(size_of(value.type));
      if (total > most_total) fail("model", "its computed constants must stay below ", most_total >> 20, " MB");
    }
    node.op = nullptr;
  }
  drop_removed(graph);
  // What only folded nodes read (quantised weights, scales) is not needed any more.
  const auto uses = count_uses(graph);
  for (std::size_t i = 0; i < uses.size(); ++i)
    if (uses[i] == 0) graph.values[i].constant = Tensor();
}

}  // namespace whylight
