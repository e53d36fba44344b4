#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "ops/op.hpp"

namespace whylight {

// A graph made ready to run: constants folded, batch norm merged, clamps fused. Independent of the batch.
struct Program {
  Graph graph;
  // One for each node, made when its constant inputs are first known; null where an operator prepares nothing.
  std::vector<std::shared_ptr<const Prepared>> prepared;
  int input = 0;      // the one value to be given
  int output = 0;     // the model's first real output
  int explained = 0;  // the output, or what goes into it when it is a softmax
};

// Copies the graph and applies the passes. Values named in `layers` stay as the model has them. With `end`, a value's
// name, the model ends there: that is its output and what is explained. Throws Error when the graph does not have
// exactly one input or has no real output.
Program make_program(const Graph& graph, const std::set<std::string>& layers, const std::string& end = {});

// The passes, each in its file. `kept` is indexed by value: true where a value must not disappear.
// Computes every node whose inputs are all constants (dequantised weights, say).
void fold_constants(Graph& graph);
// Turns QuantizeLinear followed by DequantizeLinear, with the same constant scale, into one step of real numbers that a
// signal can pass back through: models quantised after training could not be explained otherwise.
void join_quantisation(Graph& graph);
// Makes an Add of a constant vector that follows a MatMul by a constant matrix its bias, so that the two are one dense
// layer, as a Gemm is.
void merge_bias(Graph& graph, const std::vector<bool>& kept);
// Multiplies a BatchNormalization that follows a Conv, ConvTranspose or Gemm with constant weights into them.
void merge_batch_norm(Graph& graph, const std::vector<bool>& kept);
// Turns a Relu or Clip behind an operator that `clamps` into that operator's range.
void fuse_clamps(Graph& graph, const std::vector<bool>& kept);

// How many nodes read each value, outputs of the graph counted too.
std::vector<int> count_uses(const Graph& graph);
// The node that gives each value, or `absent`.
std::vector<int> find_producers(const Graph& graph);
// The constant that a node has as an input; not present where there is none.
const Tensor& constant_input(const Graph& graph, const Node& node, std::size_t input);
// Drops nodes without an operator (marked by a pass) in place.
void drop_removed(Graph& graph);

// Runs one node on constants in the plain layout and gives its outputs.
std::vector<Tensor> compute(const Node& node, const std::vector<ValueInfo>& inputs);
// Shapes and types of a node's outputs, given what is known of its inputs.
std::vector<ValueInfo> infer(const Node& node, const std::vector<ValueInfo>& inputs);

}  // namespace whylight
