#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "onnx/tensor.hpp"

namespace whylight::test {

// The bytes of a file; throws Error when it cannot be read.
std::vector<std::byte> read_bytes(const std::string& path);

// One of ONNX's own test cases: a model with inputs and the outputs that belong to them, in the graph's order. Outputs
// that hold no tensor are absent.
struct OnnxCase {
  std::string name;
  std::vector<std::byte> model;
  std::vector<Tensor> inputs;
  std::vector<NamedTensor> outputs;
};

// Names of all cases of a group ("node", "simple"…), sorted; empty when the folder is not there.
std::vector<std::string> case_names(const std::string& group);
// A case with its first data set. Throws Error when an input is no tensor that can be read.
OnnxCase read_case(const std::string& group, const std::string& name);

// Runs a graph node by node in the plain layout, without any pass of the engine.
std::vector<Tensor> execute(const Graph& graph, const std::vector<Tensor>& inputs);

// Whether a result is what the case expects; the difference in words, empty when there is none.
std::string difference(const Tensor& found, const NamedTensor& expected);

}  // namespace whylight::test
