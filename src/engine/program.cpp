#include "engine/program.hpp"

#include <algorithm>
#include <ranges>

#include "tensor/fail.hpp"

namespace whylight {

namespace {

int first_real_output(const Graph& graph, const std::vector<int>& producers) {
  for (const auto output : graph.outputs) {
    const auto producer = producers[static_cast<std::size_t>(output)];
    if (producer != absent && graph.values[static_cast<std::size_t>(output)].type == Type::real) return output;
  }
  fail("model", "there is no output of real numbers that depends on the input");
}

// Logits are explained by default: what goes into a final softmax, through operators that only pass values on.
int explained_value(const Graph& graph, int output, const std::vector<int>& producers) {
  auto value = output;
  while (true) {
    const auto producer = producers[static_cast<std::size_t>(value)];
    if (producer == absent) return output;
    const auto& node = graph.nodes[static_cast<std::size_t>(producer)];
    if (node.op->name == "Softmax" || node.op->name == "LogSoftmax") return node.inputs[0];
    if (node.op->name != "Identity") return output;
    value = node.inputs[0];
  }
}

// Where weights fill much of the memory there is, they are held once: convolutions pack theirs anew in each pass, which
// costs a few hundredths of its time, and dense layers read theirs as they lie.
void hold_weights_once(Graph& graph) {
  constexpr std::int64_t many = std::int64_t{1} << 27;  // bytes
  if (graph.parameters() * static_cast<std::int64_t>(sizeof(Real)) < many) return;
  for (auto& node : graph.nodes) node.held_once = true;
}

// Makes the value of this name the only output, and drops what it does not need.
void end_at(Graph& graph, const std::string& name) {
  const auto end = graph.value(name);
  graph.outputs = {end};
  std::vector<bool> needed(graph.values.size(), false);
  needed[static_cast<std::size_t>(end)] = true;
  for (auto& node : graph.nodes | std::views::reverse) {
    const auto is_needed = [&](int value) { return value != absent && needed[static_cast<std::size_t>(value)]; };
    if (std::ranges::none_of(node.outputs, is_needed)) {
      node.op = nullptr;
      continue;
    }
    for (const auto input : node.inputs)
      if (input != absent) needed[static_cast<std::size_t>(input)] = true;
  }
  drop_removed(graph);
}

void check_end(const Graph& graph, const std::string& name) {
  if (find_producers(graph)[static_cast<std::size_t>(graph.outputs[0])] == absent)
    fail("target", "'", name, "' is not computed from the input");
}

// A broken file may have nodes whose outputs have no names.
void drop_unread(Graph& graph) {
  for (auto& node : graph.nodes)
    if (std::ranges::all_of(node.outputs, [](int output) { return output == absent; })) node.op = nullptr;
  drop_removed(graph);
}

}  // namespace

std::vector<int> count_uses(const Graph& graph) {
  std::vector<int> uses(graph.values.size(), 0);
  for (const auto& node : graph.nodes)
    for (const auto input : node.inputs)
      if (input != absent) ++uses[static_cast<std::size_t>(input)];
  for (const auto output : graph.outputs) ++uses[static_cast<std::size_t>(output)];
  return uses;
}

std::vector<int> find_producers(const Graph& graph) {
  std::vector<int> producers(graph.values.size(), absent);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const auto output : graph.nodes[i].outputs)
      if (output != absent) producers[static_cast<std::size_t>(output)] = static_cast<int>(i);
  return producers;
}

const Tensor& constant_input(const Graph& graph, const Node& node, std::size_t input) {
  static const Tensor none;
  if (input >= node.inputs.size() || node.inputs[input] == absent) return none;
  return graph.values[static_cast<std::size_t>(node.inputs[input])].constant;
}

void drop_removed(Graph& graph) {
  std::erase_if(graph.nodes, [](const Node& node) { return node.op == nullptr; });
}

std::vector<ValueInfo> infer(const Node& node, const std::vector<ValueInfo>& inputs) {
  std::vector<ValueInfo> outputs(node.outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].given = node.outputs[i] != absent;
  // A broken file may leave out all inputs: then the first is there as one that is not given, for all that look at it.
  static const std::vector<ValueInfo> none(1);
  Inference inference{node, inputs.empty() ? none : inputs, outputs};
  node.op->infer(inference);
  for (const auto& output : outputs)
    if (output.given && count(output.shape) > most_bytes / static_cast<std::int64_t>(size_of(output.type)))
      fail(node.label(), "its output must stay below ", most_bytes >> 20, " MB, found ", to_text(output.shape));
  return outputs;
}

namespace {

// The same tensor with channels innermost in memory, for operators that want that; shape and type stay.
Tensor channels_last(const Tensor& tensor) {
  Tensor result(tensor.shape(), tensor.type());
  copy(View(tensor), View(tensor.shape(), Layout::channels_last, tensor.type(), result.bytes()));
  return result;
}

}  // namespace

std::vector<Tensor> compute(const Node& node, const std::vector<ValueInfo>& inputs) {
  const auto known = infer(node, inputs);
  const auto layout = [&](std::size_t i, const Shape& shape) {
    const bool wanted = node.op->layouts == Layouts::channels_last && i == 0 && shape.size() >= 3;
    return wanted ? Layout::channels_last : Layout::plain;
  };
  std::vector<Tensor> memory;
  std::vector<View> x;
  std::vector<View> y;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& constant = inputs[i].constant;
    View view;
    view.shape = inputs[i].shape;  // shape-only operators look at nothing else
    if (constant.present()) {
      const auto order = layout(i, constant.shape());
      memory.push_back(order == Layout::plain ? constant : channels_last(constant));
      view = View(constant.shape(), order, constant.type(), memory.back().bytes());
    }
    x.push_back(view);
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i].given) memory.emplace_back(known[i].shape, known[i].type);
    y.push_back(known[i].given ? View(known[i].shape, layout(i, known[i].shape), known[i].type, memory.back().bytes())
                               : View());
  }
  Scratch scratch;
  const auto prepared = node.op->prepare ? node.op->prepare(node, inputs) : nullptr;
  node.op->forward(Call{node, x, y, {}, {}, node.clamp, prepared.get(), &scratch});
  std::vector<Tensor> results(known.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!known[i].given) continue;
    results[i] = Tensor(known[i].shape, known[i].type);
    copy(y[i], View(results[i]));
  }
  return results;
}

Program make_program(const Graph& graph, const std::set<std::string>& layers, const std::string& end) {
  Program program;
  program.graph = graph;
  auto& ready = program.graph;
  drop_unread(ready);
  if (!end.empty()) end_at(ready, end);
  fold_constants(ready);
  if (!end.empty()) check_end(ready, end);
  if (ready.inputs.size() != 1) {
    std::string names;
    for (const auto input : ready.inputs)
      names += (names.empty() ? "" : ", ") + ready.values[static_cast<std::size_t>(input)].name;
    fail("model", "must have exactly one input, found ", ready.inputs.size(), names.empty() ? "" : " (" + names + ")");
  }
  if (const auto type = ready.values[static_cast<std::size_t>(ready.inputs[0])].type;
      type != Type::real && type != Type::i64)
    fail("model", "the input must be real numbers or integers, found ", name_of(type));
  const auto producers = find_producers(ready);
  program.input = ready.inputs[0];
  program.output = first_real_output(ready, producers);
  program.explained = end.empty() ? explained_value(ready, program.output, producers) : program.output;

  std::vector<bool> kept(ready.values.size(), false);
  for (std::size_t i = 0; i < ready.values.size(); ++i) kept[i] = layers.contains(ready.values[i].name);
  for (const auto output : ready.outputs) kept[static_cast<std::size_t>(output)] = true;
  kept[static_cast<std::size_t>(program.explained)] = true;
  join_quantisation(ready);
  merge_bias(ready, kept);
  merge_batch_norm(ready, kept);
  fuse_clamps(ready, kept);
  hold_weights_once(ready);
  program.prepared.resize(ready.nodes.size());
  return program;
}

}  // namespace whylight
