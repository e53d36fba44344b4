#include "onnx/functions.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "tensor/fail.hpp"

namespace whylight::onnx {

namespace {

constexpr int deepest_call = 32;
constexpr std::size_t most_nodes = 200'000;

class Inliner {
 public:
  explicit Inliner(const std::vector<FunctionMessage>& functions) {
    for (const auto& function : functions) functions_[{function.domain, function.name, function.overload}] = &function;
  }

  void run(std::vector<NodeMessage>& nodes) {
    std::vector<NodeMessage> result;
    for (auto& node : nodes) expand(std::move(node), 0, result);
    nodes = std::move(result);
  }

 private:
  using Names = std::map<std::string, std::string>;

  void expand(NodeMessage node, int depth, std::vector<NodeMessage>& result) {
    const auto found = functions_.find({node.domain, node.op_type, node.overload});
    if (found == functions_.end()) {
      if (result.size() >= most_nodes) fail("model", "its functions make too many nodes, found more than ", most_nodes);
      result.push_back(std::move(node));
      return;
    }
    if (depth == deepest_call)
      fail("model", "its functions call each other without end, found at '", node.op_type, "'");
    if (++calls_ > most_nodes)
      fail("model", "its functions are called too often, found more than ", most_nodes, " calls");
    const auto& function = *found->second;
    const auto prefix = (node.name.empty() ? node.op_type + "_" + std::to_string(calls_) : node.name) + "/";
    auto names = bind(function, node);
    for (const auto& inner : function.nodes) expand(copy_of(inner, node, function, prefix, names), depth + 1, result);
  }

  // What the function's own names for its inputs and outputs stand for outside. An output that the caller leaves out
  // gets an inner name on its first use.
  static Names bind(const FunctionMessage& function, const NodeMessage& call) {
    Names names;
    for (std::size_t i = 0; i < function.inputs.size(); ++i)
      names[function.inputs[i]] = i < call.inputs.size() ? call.inputs[i] : std::string();
    for (std::size_t i = 0; i < function.outputs.size(); ++i)
      if (i < call.outputs.size() && !call.outputs[i].empty()) names[function.outputs[i]] = call.outputs[i];
    return names;
  }

  static NodeMessage copy_of(const NodeMessage& inner, const NodeMessage& call, const FunctionMessage& function,
                             const std::string& prefix, Names& names) {
    const auto outside = [&](const std::string& name) {
      if (name.empty()) return name;
      const auto [found, added] = names.try_emplace(name, prefix + name);
      return found->second;
    };
    NodeMessage node = inner;
    node.name = prefix + (inner.name.empty() ? inner.op_type : inner.name);
    std::transform(node.inputs.begin(), node.inputs.end(), node.inputs.begin(), outside);
    std::transform(node.outputs.begin(), node.outputs.end(), node.outputs.begin(), outside);
    node.attributes.clear();
    for (const auto& attribute : inner.attributes) {
      if (attribute.reference.empty()) {
        node.attributes.push_back(attribute);
      } else if (const auto* given = referred(attribute.reference, call, function)) {
        node.attributes.push_back(*given);
        node.attributes.back().name = attribute.name;
      }
    }
    return node;
  }

  static const AttributeMessage* referred(const std::string& name, const NodeMessage& call,
                                          const FunctionMessage& function) {
    for (const auto* list : {&call.attributes, &function.defaults})
      for (const auto& attribute : *list)
        if (attribute.name == name) return &attribute;
    return nullptr;
  }

  std::map<std::tuple<std::string, std::string, std::string>, const FunctionMessage*> functions_;
  std::size_t calls_ = 0;
};

}  // namespace

void inline_functions(ModelMessage& model) {
  if (!model.graph || model.functions.empty()) return;
  for (const auto& function : model.functions) model.opsets.insert(function.opsets.begin(), function.opsets.end());
  Inliner(model.functions).run(model.graph->nodes);
}

}  // namespace whylight::onnx
