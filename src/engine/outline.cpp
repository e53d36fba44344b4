#include "engine/outline.hpp"

#include <algorithm>

#include "engine/plan.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

std::string text_of(const Clamp& clamp) {
  if (!clamp.active()) return {};
  const bool bounded = clamp.high < std::numeric_limits<Real>::infinity();
  if (clamp.low == 0 && !bounded) return "Relu";
  if (!bounded) return join({"Clip from ", clamp.low});
  if (clamp.low > -std::numeric_limits<Real>::infinity()) return join({"Clip ", clamp.low, " to ", clamp.high});
  return join({"Clip to ", clamp.high});
}

std::int64_t parameters_of(const Graph& graph, const Node& node) {
  std::int64_t sum = 0;
  for (std::size_t input = 0; input < node.inputs.size(); ++input) {
    const auto& constant = constant_input(graph, node, input);
    if (constant.present() && constant.type() == Type::real) sum += constant.size();
  }
  return sum;
}

}  // namespace

std::vector<NodeFacts> Plan::outline(const Graph& graph) const {
  std::vector<NodeFacts> result;
  std::vector<int> makers(program_values_, absent);
  for (const auto& step : steps_) {
    const auto& node = *step.node;
    if (step.outputs[0] >= static_cast<int>(program_values_)) continue;  // a change of layout
    NodeFacts facts{.name = node.name, .op = node.op->name, .fused = text_of(node.clamp)};
    for (const auto input : node.inputs)
      if (input != absent && makers[index(input)] != absent) facts.inputs.push_back(makers[index(input)]);
    std::ranges::sort(facts.inputs);
    facts.inputs.erase(std::ranges::unique(facts.inputs).begin(), facts.inputs.end());
    const auto output = *std::ranges::find_if(node.outputs, [](int value) { return value != absent; });
    const auto& view = slots_[index(output)].view;
    facts.shape = slots_[index(output)].info.shape;
    if (is_layer(view)) facts.layer = graph.values[index(output)].name;
    facts.parameters = parameters_of(graph, node);
    for (const auto value : node.outputs)
      if (value != absent) makers[index(value)] = static_cast<int>(result.size());
    result.push_back(std::move(facts));
  }
  return result;
}

}  // namespace whylight
