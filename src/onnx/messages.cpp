#include "onnx/messages.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "onnx/wire.hpp"

namespace whylight::onnx {

namespace {

using wire::Reader;

std::string standard_domain(const std::string& domain) { return domain == "ai.onnx" ? std::string() : domain; }

// Everything an AttributeProto can hold; `type` (or, before IR 2, the field that is present) says which.
struct AttributeFields {
  int type = 0;
  double f = 0;
  std::int64_t i = 0;
  std::string s;
  Tensor t;
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
  std::vector<std::string> strings;
};

// AttributeProto.AttributeType
enum Kind { FLOAT = 1, INT = 2, STRING = 3, TENSOR = 4, GRAPH = 5, FLOATS = 6, INTS = 7, STRINGS = 8, GRAPHS = 10 };

std::optional<Attribute> attribute_value(AttributeFields& fields, int kind) {
  switch (kind) {
    case FLOAT:
      return fields.f;
    case INT:
      return fields.i;
    case STRING:
      return std::move(fields.s);
    case TENSOR:
      if (fields.t.present()) return std::move(fields.t);
      return std::nullopt;
    case FLOATS:
      return std::vector<double>(fields.floats.begin(), fields.floats.end());
    case INTS:
      return std::move(fields.ints);
    case STRINGS:
      return std::move(fields.strings);
    default:
      return std::nullopt;
  }
}

AttributeMessage read_attribute(Reader reader) {
  AttributeMessage attribute;
  AttributeFields fields;
  int seen = 0;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case wire::bytes(1):
        attribute.name = reader.get_string();
        break;  // name
      case wire::fixed32(2):
        fields.f = static_cast<double>(reader.get_float()), seen = FLOAT;
        break;  // f
      case wire::varint(3):
        fields.i = reader.get_int64(), seen = INT;
        break;  // i
      case wire::bytes(4):
        fields.s = reader.get_string(), seen = STRING;
        break;  // s
      case wire::bytes(5):
        fields.t = read_tensor(wire::view(reader)).tensor, seen = TENSOR;
        break;  // t
      case wire::bytes(6):
        reader.skip(), seen = GRAPH;
        break;  // g
      case wire::fixed32(7):
        fields.floats.push_back(reader.get_float()), seen = FLOATS;
        break;  // floats
      case wire::bytes(7):
        wire::append(reader, fields.floats), seen = FLOATS;
        break;  // floats, packed
      case wire::varint(8):
        fields.ints.push_back(reader.get_int64()), seen = INTS;
        break;  // ints
      case wire::bytes(8):
        wire::append(reader, fields.ints), seen = INTS;
        break;  // ints, packed
      case wire::bytes(9):
        fields.strings.push_back(reader.get_string()), seen = STRINGS;
        break;  // strings
      case wire::bytes(11):
        reader.skip(), seen = GRAPHS;
        break;  // graphs
      case wire::varint(20):
        fields.type = reader.get_int32();
        break;  // type
      case wire::bytes(21):
        attribute.reference = reader.get_string();
        break;  // ref_attr_name
      default:
        reader.skip();  // tensors 10, doc_string 13, tp 14, type_protos 15, sparse_tensor 22, sparse_tensors 23
    }
  }
  const int kind = fields.type != 0 ? fields.type : seen;
  attribute.is_graph = kind == GRAPH || kind == GRAPHS;
  attribute.value = attribute_value(fields, kind);
  return attribute;
}

NodeMessage read_node(Reader reader) {
  NodeMessage node;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case wire::bytes(1):
        node.inputs.push_back(reader.get_string());
        break;  // input
      case wire::bytes(2):
        node.outputs.push_back(reader.get_string());
        break;  // output
      case wire::bytes(3):
        node.name = reader.get_string();
        break;  // name
      case wire::bytes(4):
        node.op_type = reader.get_string();
        break;  // op_type
      case wire::bytes(5):
        node.attributes.push_back(read_attribute(reader.get_message()));
        break;  // attribute
      case wire::bytes(7):
        node.domain = standard_domain(reader.get_string());
        break;  // domain
      case wire::bytes(8):
        node.overload = reader.get_string();
        break;  // overload
      default:
        reader.skip();  // doc_string 6
    }
  }
  return node;
}

// TensorShapeProto.Dimension: dim_value 1, or dim_param 2, a name for a size that is not fixed.
std::int64_t read_dimension(Reader reader) {
  std::int64_t size = -1;
  while (reader.next()) {
    if (reader.tag_and_type() == wire::varint(1)) {
      size = std::max<std::int64_t>(reader.get_int64(), -1);
    } else {
      reader.skip();
    }
  }
  return size;
}

// TensorShapeProto: dim 1.
Shape read_shape(Reader reader) {
  Shape shape;
  while (reader.next()) {
    if (reader.tag_and_type() == wire::bytes(1)) {
      shape.push_back(read_dimension(reader.get_message()));
    } else {
      reader.skip();
    }
  }
  return shape;
}

// TypeProto.Tensor: elem_type 1, shape 2.
void read_tensor_type(Reader reader, ValueMessage& value) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case wire::varint(1):
        value.elem_type = reader.get_int32();
        break;
      case wire::bytes(2):
        value.shape = read_shape(reader.get_message());
        break;
      default:
        reader.skip();
    }
  }
}

// TypeProto
void read_type(Reader reader, ValueMessage& value) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case wire::bytes(1):
        read_tensor_type(reader.get_message(), value);
        break;  // tensor_type
      case wire::bytes(4):
        reader.skip(), value.kind = "sequence";
        break;  // sequence_type
      case wire::bytes(5):
        reader.skip(), value.kind = "map";
        break;  // map_type
      case wire::bytes(8):
        reader.skip(), value.kind = "sparse tensor";
        break;  // sparse_tensor_type
      case wire::bytes(9):
        reader.skip(), value.kind = "optional";
        break;  // optional_type
      default:
        reader.skip();  // denotation 6, opaque_type 7
    }
  }
}

// ValueInfoProto
ValueMessage read_value(Reader reader) {
  ValueMessage value;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case wire::bytes(1):
        value.name = reader.get_string();
        break;  // name
      case wire::bytes(2):
        read_type(reader.get_message(), value);
        break;  // type
      default:
        reader.skip();  // doc_string 3
    }
  }
  return value;
}

// The initializers, which may be large, are read from the source one by one.
GraphMessage read_graph(Window& window, const Piece& message) {
  const auto [rest, initializers] = split(window, message, wire::bytes(5));
  GraphMessage graph;
  for (const auto& initializer : initializers) graph.initializers.push_back(read_tensor(window, initializer));
  auto reader = wire::reader(rest);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case wire::bytes(1):
        graph.nodes.push_back(read_node(reader.get_message()));
        break;  // node
      case wire::bytes(11):
        graph.inputs.push_back(read_value(reader.get_message()));
        break;  // input
      case wire::bytes(12):
        graph.outputs.push_back(read_value(reader.get_message()));
        break;  // output
      case wire::bytes(13):
        graph.value_infos.push_back(read_value(reader.get_message()));
        break;  // value_info
      case wire::bytes(15):
        reader.skip(), graph.has_sparse_initializer = true;
        break;  // sparse_initializer
      default:
        reader.skip();  // name 2, doc_string 10, quantization_annotation 14, metadata_props 16
    }
  }
  return graph;
}

// OperatorSetIdProto: domain 1, version 2.
void read_opset(Reader reader, std::map<std::string, int>& opsets) {
  std::string domain;
  std::int64_t version = 0;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case wire::bytes(1):
        domain = standard_domain(reader.get_string());
        break;
      case wire::varint(2):
        version = reader.get_int64();
        break;
      default:
        reader.skip();
    }
  }
  opsets[domain] = static_cast<int>(std::clamp<std::int64_t>(version, 0, std::numeric_limits<int>::max()));
}

FunctionMessage read_function(Reader reader) {
  FunctionMessage function;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case wire::bytes(1):
        function.name = reader.get_string();
        break;  // name
      case wire::bytes(4):
        function.inputs.push_back(reader.get_string());
        break;  // input
      case wire::bytes(5):
        function.outputs.push_back(reader.get_string());
        break;  // output
      case wire::bytes(7):
        function.nodes.push_back(read_node(reader.get_message()));
        break;  // node
      case wire::bytes(9):
        read_opset(reader.get_message(), function.opsets);
        break;  // opset_import
      case wire::bytes(10):
        function.domain = standard_domain(reader.get_string());
        break;  // domain
      case wire::bytes(11):
        function.defaults.push_back(read_attribute(reader.get_message()));
        break;  // attribute_proto
      case wire::bytes(13):
        function.overload = reader.get_string();
        break;  // overload
      default:
        reader.skip();  // attribute 6, doc_string 8, value_info 12, metadata_props 14
    }
  }
  return function;
}

}  // namespace

ModelMessage read_model(const ByteSource& source) {
  Window window(source);
  const auto [rest, graphs] = split(window, {0, source.size()}, wire::bytes(7));
  ModelMessage model;
  if (!graphs.empty()) model.graph = read_graph(window, graphs.back());
  auto reader = wire::reader(rest);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case wire::varint(1):
        model.ir_version = reader.get_int64();
        break;  // ir_version
      case wire::bytes(2):
        model.producer_name = reader.get_string();
        break;  // producer_name
      case wire::bytes(3):
        model.producer_version = reader.get_string();
        break;  // producer_version
      case wire::bytes(8):
        read_opset(reader.get_message(), model.opsets);
        break;  // opset_import
      case wire::bytes(25):
        model.functions.push_back(read_function(reader.get_message()));
        break;  // functions
      default:
        reader.skip();  // domain 4, model_version 5, doc_string 6, metadata_props 14, training_info 20
    }
  }
  return model;
}

}  // namespace whylight::onnx
