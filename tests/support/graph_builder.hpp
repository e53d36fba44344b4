#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "ops/op.hpp"
#include "tensor/random.hpp"

namespace whylight::test {

// Builds a graph in code: values by name, nodes in order.
class GraphBuilder {
 public:
  GraphBuilder& input(const std::string& name, Shape shape) {
    graph_.values[index(name)].declared = std::move(shape);
    graph_.inputs.push_back(static_cast<int>(index(name)));
    return *this;
  }
  GraphBuilder& constant(const std::string& name, Tensor tensor) {
    graph_.values[index(name)].type = tensor.type();
    graph_.values[index(name)].constant = std::move(tensor);
    return *this;
  }
  GraphBuilder& node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output,
                     std::map<std::string, Attribute, std::less<>> attributes = {}) {
    Node node;
    node.op = find_op("", op, opset);
    if (!node.op) throw std::runtime_error("no operator " + op);
    node.name = output + "_node";
    node.opset = opset;
    node.attributes = std::move(attributes);
    for (const auto& name : inputs) node.inputs.push_back(name.empty() ? absent : static_cast<int>(index(name)));
    node.outputs.push_back(static_cast<int>(index(output)));
    graph_.nodes.push_back(std::move(node));
    return *this;
  }
  std::shared_ptr<const Graph> build(const std::string& output) {
    graph_.outputs.push_back(static_cast<int>(index(output)));
    graph_.opset = opset;
    return std::make_shared<const Graph>(graph_);
  }

 private:
  static constexpr int opset = 17;

  std::size_t index(const std::string& name) {
    for (std::size_t i = 0; i < graph_.values.size(); ++i)
      if (graph_.values[i].name == name) return i;
    graph_.values.push_back({});
    graph_.values.back().name = name;
    return graph_.values.size() - 1;
  }
  Graph graph_;
};

// Normal numbers, the same everywhere.
inline Tensor normal(Shape shape, std::uint64_t seed, Real deviation = 1, Real mean = 0) {
  Tensor result(std::move(shape));
  Random(seed, 99).fill_normal(result.real(), mean, deviation);
  return result;
}

using Integers = std::vector<std::int64_t>;

// A small picture classifier with all that the engine treats specially: merged batch norm, fused clamps, a residual
// sum, a depthwise convolution, pooling, a flatten and a dense layer. Input [N, 2, 8, 8], 3 classes. Without bias when
// `bias` is false.
inline std::shared_ptr<const Graph> small_network(bool bias = true, bool softmax = false) {
  GraphBuilder b;
  const Real shift = bias ? Real(0.3) : Real(0);
  b.input("image", {-1, 2, 8, 8});
  b.constant("w1", normal({4, 2, 3, 3}, 1, Real(0.4))).constant("b1", normal({4}, 2, shift));
  b.constant("gamma", normal({4}, 3, Real(0.2), 1)).constant("beta", normal({4}, 4, shift));
  b.constant("mean", normal({4}, 5, shift))
      .constant("variance", Tensor({4}, {Real(1.5), Real(0.7), Real(1.1), Real(0.9)}));
  b.constant("w2", normal({4, 1, 3, 3}, 6, Real(0.5))).constant("b2", normal({4}, 7, shift));
  b.constant("w3", normal({3, 4}, 8)).constant("b3", normal({3}, 9, shift));
  const Integers around{1, 1, 1, 1};
  b.node("Conv", {"image", "w1", "b1"}, "conv1", {{"pads", around}, {"kernel_shape", Integers{3, 3}}});
  b.node("BatchNormalization", {"conv1", "gamma", "beta", "mean", "variance"}, "norm1");
  b.node("Relu", {"norm1"}, "relu1");
  b.node("Conv", {"relu1", "w2", "b2"}, "conv2", {{"pads", around}, {"group", std::int64_t{4}}});
  b.node("Add", {"conv2", "relu1"}, "sum");
  b.node("Relu", {"sum"}, "relu2");
  b.node("MaxPool", {"relu2"}, "pool", {{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}});
  b.node("GlobalAveragePool", {"pool"}, "mean_pool");
  b.node("Flatten", {"mean_pool"}, "flat");
  b.node("Gemm", {"flat", "w3", "b3"}, "logits", {{"transB", std::int64_t{1}}});
  if (!softmax) return b.build("logits");
  b.node("Softmax", {"logits"}, "probabilities");
  return b.build("probabilities");
}

}  // namespace whylight::test
