#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <protozero/pbf_writer.hpp>
#include <span>
#include <string>
#include <vector>

namespace whylight::test {

// Writes small ONNX models for tests, message by message; a message is its bytes.
using Message = std::string;

inline Message message(const auto& write) {
  Message bytes;
  protozero::pbf_writer writer(bytes);
  write(writer);
  return bytes;
}

inline std::span<const std::byte> as_bytes(const Message& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

template <class T>
Message raw(const std::vector<T>& values) {
  Message bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// TensorProto with raw_data.
inline Message tensor_message(const std::string& name, const std::vector<std::int64_t>& dims, int type,
                              const Message& raw) {
  return message([&](auto& writer) {
    writer.add_packed_int64(1, dims.begin(), dims.end());
    writer.add_int32(2, type);
    writer.add_string(8, name);
    writer.add_bytes(9, raw);
  });
}

// ValueInfoProto of a tensor; sizes below 0 are open.
inline Message value_message(const std::string& name, const std::vector<std::int64_t>& dims, int type = 1) {
  const auto shape = message([&](auto& writer) {
    for (const auto size : dims)
      writer.add_message(
          1, message([&](auto& dimension) { size < 0 ? dimension.add_string(2, "n") : dimension.add_int64(1, size); }));
  });
  const auto tensor = message([&](auto& writer) {
    writer.add_int32(1, type);
    writer.add_message(2, shape);
  });
  return message([&](auto& writer) {
    writer.add_string(1, name);
    writer.add_message(2, message([&](auto& holder) { holder.add_message(1, tensor); }));
  });
}

// AttributeProto: an integer, or a reference to an attribute of the enclosing function.
inline Message integer_attribute(const std::string& name, std::int64_t value) {
  return message([&](auto& writer) {
    writer.add_string(1, name);
    writer.add_int64(3, value);
    writer.add_int32(20, 2);
  });
}
inline Message reference_attribute(const std::string& name, const std::string& reference) {
  return message([&](auto& writer) {
    writer.add_string(1, name);
    writer.add_int32(20, 2);
    writer.add_string(21, reference);
  });
}

struct NodeText {
  std::string op;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string name{};
  std::string domain{};
  std::vector<Message> attributes{};
};

inline Message node_message(const NodeText& node) {
  return message([&](auto& writer) {
    for (const auto& input : node.inputs) writer.add_string(1, input);
    for (const auto& output : node.outputs) writer.add_string(2, output);
    if (!node.name.empty()) writer.add_string(3, node.name);
    writer.add_string(4, node.op);
    for (const auto& attribute : node.attributes) writer.add_message(5, attribute);
    if (!node.domain.empty()) writer.add_string(7, node.domain);
  });
}

struct ModelText {
  std::vector<NodeText> nodes{};
  std::vector<Message> initializers{};
  std::vector<Message> inputs{};
  std::vector<Message> outputs{};
  std::vector<Message> functions{};
  int opset = 17;
};

inline Message opset_message(const std::string& domain, int version) {
  return message([&](auto& writer) {
    writer.add_string(1, domain);
    writer.add_int64(2, version);
  });
}

inline Message model_message(const ModelText& model) {
  const auto graph = message([&](auto& writer) {
    for (const auto& node : model.nodes) writer.add_message(1, node_message(node));
    writer.add_string(2, "graph");
    for (const auto& initializer : model.initializers) writer.add_message(5, initializer);
    for (const auto& input : model.inputs) writer.add_message(11, input);
    for (const auto& output : model.outputs) writer.add_message(12, output);
  });
  return message([&](auto& writer) {
    writer.add_int64(1, 8);
    writer.add_string(2, "writer");
    writer.add_string(3, "1.0");
    writer.add_message(7, graph);
    writer.add_message(8, opset_message("", model.opset));
    writer.add_message(8, opset_message("com.microsoft", 1));
    for (const auto& function : model.functions) writer.add_message(25, function);
  });
}

}  // namespace whylight::test
