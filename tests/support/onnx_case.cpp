#include "support/onnx_case.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "engine/program.hpp"
#include "tensor/fail.hpp"

namespace whylight::test {

namespace {

namespace files = std::filesystem;

std::size_t index(int number) { return static_cast<std::size_t>(number); }

// ONNX's runner allows 1e-3; half precision and bfloat16 round their results to 2^-11 and 2^-8.
double tolerance(int onnx_type) {
  constexpr int half = 10;
  constexpr int bfloat = 16;
  return onnx_type == half ? 1e-3 : onnx_type == bfloat ? 8e-3 : 1e-4;
}

bool close(double found, double expected, double relative) {
  if (std::isnan(expected)) return std::isnan(found);
  if (found == expected) return true;
  return std::abs(found - expected) <= relative * std::max(std::abs(expected), 0.1);
}

}  // namespace

std::vector<std::byte> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(path, "cannot be read");
  const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

std::vector<std::string> case_names(const std::string& group) {
  const files::path folder = files::path(WHYLIGHT_ONNX_CASES) / group;
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : files::directory_iterator(folder, missing))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

OnnxCase read_case(const std::string& group, const std::string& name) {
  const auto folder = files::path(WHYLIGHT_ONNX_CASES) / group / name;
  OnnxCase result;
  result.name = name;
  result.model = read_bytes((folder / "model.onnx").string());
  const auto data = folder / "test_data_set_0";
  for (int i = 0; files::exists(data / ("input_" + std::to_string(i) + ".pb")); ++i)
    result.inputs.push_back(read_tensor(read_bytes((data / ("input_" + std::to_string(i) + ".pb")).string())).tensor);
  for (int i = 0; files::exists(data / ("output_" + std::to_string(i) + ".pb")); ++i)
    result.outputs.push_back(read_tensor(read_bytes((data / ("output_" + std::to_string(i) + ".pb")).string())));
  return result;
}

std::vector<Tensor> execute(const Graph& graph, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> values;
  for (const auto& value : graph.values) values.push_back(value.constant);
  if (inputs.size() < graph.inputs.size())
    fail("test", "needs ", graph.inputs.size(), " inputs, found ", inputs.size());
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) values[index(graph.inputs[i])] = inputs[i];
  for (const auto& node : graph.nodes) {
    std::vector<ValueInfo> given;
    for (const auto input : node.inputs) {
      const auto tensor = input == absent ? Tensor() : values[index(input)];
      given.push_back({tensor.shape(), tensor.type(), tensor, tensor.present()});
    }
    const auto results = compute(node, given);
    for (std::size_t i = 0; i < results.size(); ++i)
      if (node.outputs[i] != absent) values[index(node.outputs[i])] = results[i];
  }
  std::vector<Tensor> outputs;
  for (const auto output : graph.outputs) outputs.push_back(values[index(output)]);
  return outputs;
}

std::string difference(const Tensor& found, const NamedTensor& expected) {
  std::ostringstream text;
  const auto& wanted = expected.tensor;
  if (found.type() != wanted.type()) {
    text << "expected " << name_of(wanted.type()) << ", found " << name_of(found.type());
  } else if (found.shape() != wanted.shape()) {
    text << "expected " << to_text(wanted.shape()) << ", found " << to_text(found.shape());
  } else if (found.type() != Type::real) {
    if (std::memcmp(found.bytes(), wanted.bytes(), static_cast<std::size_t>(found.size()) * size_of(found.type())) != 0)
      text << "integers differ";
  } else {
    for (std::size_t i = 0; i < found.real().size() && text.str().empty(); ++i)
      if (!close(static_cast<double>(found.real()[i]), static_cast<double>(wanted.real()[i]),
                 tolerance(expected.onnx_type)))
        text << "element " << i << ": expected " << wanted.real()[i] << ", found " << found.real()[i];
  }
  return text.str();
}

}  // namespace whylight::test
