#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "onnx/source.hpp"
#include "onnx/tensor.hpp"

namespace whylight::onnx {

// ONNX's messages as plain data, read field by field and not yet checked against each other. Names follow the
// specification (onnx.proto); what is not used is left out.

// AttributeProto. `value` is missing for kinds that no supported operator takes (graphs, sparse tensors, types).
struct AttributeMessage {
  std::string name;
  std::string reference;  // ref_attr_name: inside a function, the function's attribute that stands here
  std::optional<Attribute> value;
  bool is_graph = false;
};

struct NodeMessage {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string name;
  std::string op_type;
  std::string domain;  // the standard domain is ""
  std::string overload;
  std::vector<AttributeMessage> attributes;
};

// ValueInfoProto with its TypeProto. A shape that is not given at all is empty.
struct ValueMessage {
  std::string name;
  std::string kind = "tensor";  // or "sequence", "map", "optional", "sparse tensor"
  int elem_type = 0;
  Shape shape;
};

struct GraphMessage {
  std::vector<NodeMessage> nodes;
  std::vector<NamedTensor> initializers;
  std::vector<ValueMessage> inputs;
  std::vector<ValueMessage> outputs;
  std::vector<ValueMessage> value_infos;
  bool has_sparse_initializer = false;
};

// FunctionProto: an operator that the model itself defines.
struct FunctionMessage {
  std::string name;
  std::string domain;
  std::string overload;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<AttributeMessage> defaults;  // attribute_proto
  std::vector<NodeMessage> nodes;
  std::map<std::string, int> opsets;
};

struct ModelMessage {
  std::int64_t ir_version = 0;
  std::string producer_name;
  std::string producer_version;
  std::map<std::string, int> opsets;  // version of each domain
  std::optional<GraphMessage> graph;
  std::vector<FunctionMessage> functions;
};

// Throws Error for a broken tensor and protozero's exceptions where the bytes are no protocol buffer.
ModelMessage read_model(const ByteSource& source);

}  // namespace whylight::onnx
