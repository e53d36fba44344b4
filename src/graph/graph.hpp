#pragma once
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "tensor/tensor.hpp"

namespace whylight {

struct OpDef;  // ops/op.hpp

// One attribute of a node, as ONNX gives it.
using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                               std::vector<std::string>, Tensor>;

// The range that a fused Relu or Clip keeps the node's output in; unbounded when nothing is fused.
struct Clamp {
  Real low = -std::numeric_limits<Real>::infinity();
  Real high = std::numeric_limits<Real>::infinity();
  bool active() const;
};

constexpr int absent = -1;  // the value number of an optional input or output that is not given

// One operation. Inputs and outputs are value numbers or `absent`.
struct Node {
  const OpDef* op = nullptr;
  std::string name;  // never empty: the loader makes one up from the operator and its position
  int opset = 0;     // of the operator's domain in this model
  std::map<std::string, Attribute, std::less<>> attributes;
  std::vector<int> inputs;
  std::vector<int> outputs;
  Clamp clamp;
  // Its weights are to be held once: nothing is prepared from them that would be as large.
  bool held_once = false;

  // Attribute by name, or the fallback when it is not given; throws Error when it has another kind.
  std::int64_t integer(std::string_view attribute, std::int64_t fallback) const;
  double number(std::string_view attribute, double fallback) const;
  std::string text(std::string_view attribute, std::string fallback) const;
  std::vector<std::int64_t> integers(std::string_view attribute, std::vector<std::int64_t> fallback) const;
  bool has(std::string_view attribute) const;
  // "Conv 'stem'": what error messages call the node.
  std::string label() const;
};

// One value. Constants (initialisers and what was folded) hold their tensor; others are computed by a node or given.
struct Value {
  std::string name;
  Type type = Type::real;
  Tensor constant;    // present for constants
  Shape declared;     // as the model declares it, -1 where a size is dynamic; empty when nothing is declared
  int onnx_type = 0;  // ONNX's TensorProto.DataType, where known (float16 and float both are real here)
};

// A loaded model: values numbered densely, nodes in an order in which every input comes before its use.
struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<int> inputs;  // values to be given; initialisers are not among them
  std::vector<int> outputs;
  int opset = 0;         // of ONNX's standard domain
  std::string producer;  // who exported it, as the file says

  // Number of the value of this name; throws Error when there is none.
  int value(std::string_view name) const;
  // Elements in all constants that are real: the parameters.
  std::int64_t parameters() const;
};

}  // namespace whylight
