#include "onnx/load.hpp"

#include <algorithm>
#include <functional>
#include <protozero/exception.hpp>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>

#include "onnx/functions.hpp"
#include "onnx/messages.hpp"
#include "onnx/prune.hpp"
#include "onnx/recognise.hpp"
#include "ops/op.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

using onnx::GraphMessage;
using onnx::ModelMessage;
using onnx::NodeMessage;
using onnx::ValueMessage;

ModelMessage read_or_explain(const ByteSource& source) {
  constexpr std::size_t enough = 64;  // to tell other formats
  std::vector<std::byte> head(std::min(source.size(), enough));
  source.read(0, head);
  if (const auto format = onnx::foreign_format(head); !format.empty()) fail("model", format);
  // Every exporter writes ir_version (field 1, a varint) first.
  const bool starts_well = head.size() > 1 && head[0] == std::byte{8};
  try {
    auto model = onnx::read_model(source);
    if (!model.graph)
      fail("model", starts_well ? "the file is cut short, found no graph in it" : "this is not an ONNX model");
    return model;
  } catch (const protozero::exception& error) {
    if (starts_well) fail("model", "the file is damaged or cut short, found ", source.size(), " bytes");
    fail("model", "this is not an ONNX model");
  }
}

int opset_of(const ModelMessage& model, const std::string& domain) {
  const auto found = model.opsets.find(domain);
  return found == model.opsets.end() ? 1 : found->second;
}

std::string made_up_name(const NodeMessage& node, std::size_t position) {
  return node.name.empty() ? node.op_type + "_" + std::to_string(position) : node.name;
}

bool has_attribute(const NodeMessage& node, std::string_view name) {
  return std::any_of(node.attributes.begin(), node.attributes.end(),
                     [&](const onnx::AttributeMessage& attribute) { return attribute.name == name; });
}

void check_opset(const ModelMessage& model) {
  const int opset = opset_of(model, "");
  if (opset > newest_opset) fail("model", "opsets up to ", newest_opset, " are supported, found ", opset);
  if (opset >= 7) return;
  for (std::size_t i = 0; i < model.graph->nodes.size(); ++i) {
    const auto& node = model.graph->nodes[i];
    if (has_attribute(node, "broadcast") && has_attribute(node, "axis"))
      fail("model", "broadcasting along an axis ended with opset 6; export it with opset 9 or later, found node '",
           made_up_name(node, i), "' at opset ", opset);
  }
}

// The row for a node; the project's own domain is for what passes insert and cannot come from a file.
const OpDef* row_of(const ModelMessage& model, const NodeMessage& node) {
  if (node.domain == "whylight") return nullptr;
  return find_op(node.domain, node.op_type, opset_of(model, node.domain));
}

// "nodes 'a', 'b', 'c' and 9 more"
std::string list_nodes(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  std::string text = names.size() == 1 ? "node " : "nodes ";
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i ? ", '" : "'") + names[i] + "'";
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

void check_operators(const ModelMessage& model) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> missing;
  for (std::size_t i = 0; i < model.graph->nodes.size(); ++i) {
    const auto& node = model.graph->nodes[i];
    if (!row_of(model, node)) missing[{node.domain, node.op_type}].push_back(made_up_name(node, i));
  }
  if (missing.empty()) return;
  auto text = join({missing.size(), missing.size() == 1 ? " operator is" : " operators are", " not supported at opset ",
                    opset_of(model, ""), ": "});
  std::string_view separator;
  for (const auto& [operation, nodes] : missing) {
    const auto& [domain, name] = operation;
    text += join({separator, domain, domain.empty() ? "" : "::", name, " ("});
    if (!domain.empty()) text += join({"opset ", opset_of(model, domain), ", "});
    text += list_nodes(nodes) + ")";
    separator = ", ";
  }
  fail("model", text);
}

// Positions of the nodes in an order in which every input comes before its use, otherwise as in the file (Kahn 1962).
std::vector<std::size_t> sorted(const std::vector<NodeMessage>& nodes) {
  std::unordered_map<std::string_view, std::size_t> makers;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const auto& output : nodes[i].outputs) makers.emplace(output, i);
  makers.erase("");
  std::vector<std::vector<std::size_t>> users(nodes.size());
  std::vector<std::size_t> waiting(nodes.size(), 0);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const auto& input : nodes[i].inputs)
      if (const auto maker = makers.find(input); maker != makers.end()) {
        users[maker->second].push_back(i);
        ++waiting[i];
      }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (waiting[i] == 0) ready.push(i);
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const auto node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const auto user : users[node])
      if (--waiting[user] == 0) ready.push(user);
  }
  if (order.size() == nodes.size()) return order;
  const auto stuck = std::find_if(waiting.begin(), waiting.end(), [](std::size_t left) { return left > 0; });
  const auto position = static_cast<std::size_t>(stuck - waiting.begin());
  fail("model", "its nodes form a circle, found at node '", made_up_name(nodes[position], position), "'");
}

class Builder {
 public:
  explicit Builder(ModelMessage& model) : model_(model), message_(*model.graph) {}

  Graph build() {
    graph_.opset = opset_of(model_, "");
    graph_.producer = model_.producer_name;
    if (!model_.producer_version.empty()) graph_.producer += " " + model_.producer_version;
    add_initializers();
    add_inputs();
    for (const auto position : sorted(message_.nodes)) add_node(message_.nodes[position], position);
    add_outputs();
    for (const auto& value : message_.value_infos) declare(value);
    return std::move(graph_);
  }

 private:
  int add_value(const std::string& name) {
    const auto number = static_cast<int>(graph_.values.size());
    if (name.empty()) fail("model", "every input and initializer must have a name");
    if (!numbers_.emplace(name, number).second) fail("model", "two values have the same name, found '", name, "'");
    graph_.values.emplace_back().name = name;
    return number;
  }

  void add_initializers() {
    if (message_.has_sparse_initializer) fail("model", "sparse initializers are not supported");
    for (auto& initializer : message_.initializers) {
      auto& value = graph_.values[static_cast<std::size_t>(add_value(initializer.name))];
      value.type = initializer.tensor.type();
      value.declared = initializer.tensor.shape();
      value.onnx_type = initializer.onnx_type;
      value.constant = std::move(initializer.tensor);
    }
  }

  // Before IR version 4 the initialisers are listed among the inputs too.
  void add_inputs() {
    for (const auto& input : message_.inputs) {
      const auto known = numbers_.find(input.name);
      if (known != numbers_.end() && graph_.values[static_cast<std::size_t>(known->second)].constant.present())
        continue;
      if (input.kind != "tensor") fail("model", "input '", input.name, "' must be a tensor, found a ", input.kind);
      if (!find_element_type(input.elem_type))
        fail("model", "input '", input.name, "' must be numbers, found ONNX's type number ", input.elem_type);
      graph_.inputs.push_back(add_value(input.name));
      declare(input);
    }
  }

  void add_node(NodeMessage& message, std::size_t position) {
    Node node;
    node.op = row_of(model_, message);
    node.name = made_up_name(message, position);
    node.opset = opset_of(model_, message.domain);
    for (auto& attribute : message.attributes) {
      if (!attribute.value) fail(node.label(), "attribute ", attribute.name, " is of a kind that cannot be read");
      node.attributes.insert_or_assign(attribute.name, std::move(*attribute.value));
    }
    for (const auto& input : message.inputs) {
      if (!input.empty() && !numbers_.contains(input)) fail(node.label(), "its input '", input, "' is not defined");
      node.inputs.push_back(input.empty() ? absent : numbers_.at(input));
    }
    for (const auto& output : message.outputs) node.outputs.push_back(output.empty() ? absent : add_value(output));
    if (node.outputs.empty()) fail(node.label(), "it has no output");
    graph_.nodes.push_back(std::move(node));
  }

  void add_outputs() {
    for (const auto& output : message_.outputs) {
      const auto known = numbers_.find(output.name);
      if (known == numbers_.end()) fail("model", "its output '", output.name, "' is not computed by any node");
      graph_.outputs.push_back(known->second);
      declare(output);
    }
    if (graph_.outputs.empty()) fail("model", "it has no output");
  }

  // Notes what the model says about a value that exists; constants know better themselves.
  void declare(const ValueMessage& message) {
    const auto known = numbers_.find(message.name);
    if (known == numbers_.end()) return;
    auto& value = graph_.values[static_cast<std::size_t>(known->second)];
    const auto* element = find_element_type(message.elem_type);
    if (value.constant.present() || !element) return;
    value.declared = message.shape;
    value.onnx_type = element->code;
    value.type = element->type;
  }

  ModelMessage& model_;
  GraphMessage& message_;
  Graph graph_;
  std::unordered_map<std::string, int> numbers_;
};

}  // namespace

Graph load_onnx(const ByteSource& source) {
  auto model = read_or_explain(source);
  onnx::inline_functions(model);
  check_opset(model);
  onnx::prune_outputs(model, [&](const NodeMessage& node) { return row_of(model, node) != nullptr; });
  check_operators(model);
  return Builder(model).build();
}

Graph load_onnx(std::span<const std::byte> bytes) { return load_onnx(MemorySource(bytes)); }

}  // namespace whylight
