#include "onnx/load.hpp"

#include <algorithm>

#include "engine/session.hpp"
#include "support/catch.hpp"
#include "support/onnx_writer.hpp"
#include "tensor/fail.hpp"

namespace whylight::test {

namespace {

constexpr int float_type = 1;

Message floats(const std::string& name, const std::vector<float>& values) {
  return tensor_message(name, {static_cast<std::int64_t>(values.size())}, float_type, raw(values));
}

Graph load(const ModelText& model) { return load_onnx(as_bytes(model_message(model))); }

std::string error_of(const Message& bytes) {
  try {
    load_onnx(as_bytes(bytes));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

std::string error_of(const ModelText& model) { return error_of(model_message(model)); }

// y = relu(x + b) over three numbers.
ModelText small_model() {
  return {.nodes = {{.op = "Add", .inputs = {"x", "b"}, .outputs = {"sum"}, .name = "add"},
                    {.op = "Relu", .inputs = {"sum"}, .outputs = {"y"}}},
          .initializers = {floats("b", {1, -1, 0})},
          .inputs = {value_message("x", {-1, 3})},
          .outputs = {value_message("y", {-1, 3})}};
}

std::vector<Real> run(const ModelText& model, const std::vector<Real>& input) {
  Session session(std::make_shared<const Graph>(load(model)));
  const auto output = session.run(Tensor({1, static_cast<std::int64_t>(input.size())}, input));
  return {output.real().begin(), output.real().end()};
}

}  // namespace

TEST_CASE("a small model loads with its names, shapes and producer") {
  const auto graph = load(small_model());
  CHECK(graph.producer == "writer 1.0");
  CHECK(graph.opset == 17);
  REQUIRE(graph.nodes.size() == 2);
  CHECK(graph.nodes[0].label() == "Add 'add'");
  CHECK(graph.nodes[1].label() == "Relu 'Relu_1'");
  REQUIRE(graph.inputs.size() == 1);
  const auto& input = graph.values[static_cast<std::size_t>(graph.inputs[0])];
  CHECK(input.name == "x");
  CHECK(input.declared == Shape{-1, 3});
  CHECK(input.onnx_type == float_type);
  CHECK(graph.values[static_cast<std::size_t>(graph.outputs[0])].declared == Shape{-1, 3});
  CHECK(graph.parameters() == 3);
  CHECK(run(small_model(), {1, 0, 2}) == std::vector<Real>{2, 0, 2});
}

TEST_CASE("initializers that are listed as inputs too are no inputs") {
  auto model = small_model();
  model.inputs.insert(model.inputs.begin(), value_message("b", {3}));
  CHECK(load(model).inputs.size() == 1);
}

TEST_CASE("nodes are put in order, and circles are found") {
  auto model = small_model();
  std::swap(model.nodes[0], model.nodes[1]);
  CHECK(run(model, {1, 0, 2}) == std::vector<Real>{2, 0, 2});
  model.nodes[1].inputs = {"x", "y"};
  CHECK(error_of(model) == "model: its nodes form a circle, found at node 'Relu_0'");
}

TEST_CASE("graphs that do not fit together are refused in words") {
  auto model = small_model();
  model.nodes[0].inputs[1] = "missing";
  CHECK(error_of(model) == "Add 'add': its input 'missing' is not defined");
  model = small_model();
  model.outputs = {value_message("z", {})};
  CHECK(error_of(model) == "model: its output 'z' is not computed by any node");
  model = small_model();
  model.nodes[1].outputs = {"sum"};
  model.nodes[1].inputs = {"x"};
  CHECK(error_of(model) == "model: two values have the same name, found 'sum'");
  model = small_model();
  model.outputs.clear();
  CHECK(error_of(model) == "model: it has no output");
  model = small_model();
  model.opset = 99;
  CHECK(error_of(model) == "model: opsets up to 25 are supported, found 99");
  model = small_model();
  model.inputs = {value_message("x", {1}, 8)};
  CHECK(error_of(model) == "model: input 'x' must be numbers, found ONNX's type number 8");
}

TEST_CASE("all operators that are not supported are reported at once") {
  auto model = small_model();
  model.nodes.insert(model.nodes.begin(), {.op = "Foo", .inputs = {"x"}, .outputs = {"f"}, .name = "a"});
  for (int i = 0; i < 4; ++i)
    model.nodes.push_back({.op = "Foo", .inputs = {"x"}, .outputs = {"f" + std::to_string(i)}});
  model.nodes.push_back({.op = "Bar", .inputs = {"x"}, .outputs = {"g"}, .name = "c", .domain = "com.microsoft"});
  // What passes insert cannot come from a file.
  model.nodes.push_back({.op = "Relayout", .inputs = {"x"}, .outputs = {"h"}, .domain = "whylight"});
  model.outputs.clear();
  for (const auto* output : {"f", "f0", "f1", "f2", "f3", "g", "h"})
    model.outputs.push_back(value_message(output, {-1, 3}));
  CHECK(error_of(model) ==
        "model: 3 operators are not supported at opset 17: Foo (nodes 'a', 'Foo_3', 'Foo_4' and 2 more), "
        "com.microsoft::Bar (opset 1, node 'c'), whylight::Relayout (opset 1, node 'Relayout_8')");
}

TEST_CASE("functions of the model are replaced by their nodes") {
  // scaled(a; axis = 1) = softmax(relu(a)) along `axis`
  const auto function = message([&](auto& writer) {
    writer.add_string(1, "scaled");
    writer.add_string(4, "a");
    writer.add_string(5, "result");
    writer.add_message(7, node_message({.op = "Relu", .inputs = {"a"}, .outputs = {"inner"}}));
    writer.add_message(7, node_message({.op = "Softmax",
                                        .inputs = {"inner"},
                                        .outputs = {"result"},
                                        .attributes = {reference_attribute("axis", "axis")}}));
    writer.add_message(9, opset_message("", 17));
    writer.add_string(10, "local");
    writer.add_message(11, integer_attribute("axis", 1));
  });
  ModelText model{.nodes = {{.op = "scaled", .inputs = {"x"}, .outputs = {"t"}, .name = "one", .domain = "local"},
                            {.op = "scaled",
                             .inputs = {"t"},
                             .outputs = {"y"},
                             .domain = "local",
                             .attributes = {integer_attribute("axis", 0)}}},
                  .inputs = {value_message("x", {-1, 2})},
                  .outputs = {value_message("y", {-1, 2})},
                  .functions = {function}};
  const auto graph = load(model);
  REQUIRE(graph.nodes.size() == 4);
  CHECK(graph.nodes[1].label() == "Softmax 'one/Softmax'");
  CHECK(graph.nodes[1].integer("axis", 7) == 1);
  CHECK(graph.nodes[3].integer("axis", 7) == 0);
  CHECK(graph.values[static_cast<std::size_t>(graph.nodes[0].outputs[0])].name == "one/inner");
}

TEST_CASE("functions that call themselves are refused") {
  const auto function = message([&](auto& writer) {
    writer.add_string(1, "again");
    writer.add_string(4, "a");
    writer.add_string(5, "b");
    writer.add_message(7, node_message({.op = "again", .inputs = {"a"}, .outputs = {"t"}, .domain = "local"}));
    writer.add_message(7, node_message({.op = "again", .inputs = {"t"}, .outputs = {"b"}, .domain = "local"}));
    writer.add_string(10, "local");
  });
  const ModelText model{.nodes = {{.op = "again", .inputs = {"x"}, .outputs = {"y"}, .domain = "local"}},
                        .inputs = {value_message("x", {1})},
                        .outputs = {value_message("y", {1})},
                        .functions = {function}};
  CHECK(error_of(model) == "model: its functions call each other without end, found at 'again'");
}

TEST_CASE("what scikit-learn adds for labels is left out") {
  auto model = small_model();
  model.nodes.push_back({.op = "ArrayFeatureExtractor", .inputs = {"y"}, .outputs = {"label"}, .domain = "ai.onnx.ml"});
  model.nodes.push_back({.op = "ZipMap", .inputs = {"y"}, .outputs = {"probabilities"}, .domain = "ai.onnx.ml"});
  constexpr int int64_type = 7;
  model.outputs = {value_message("label", {-1}, int64_type), value_message("probabilities", {})};
  const auto graph = load(model);
  REQUIRE(graph.outputs.size() == 1);
  CHECK(graph.values[static_cast<std::size_t>(graph.outputs[0])].name == "y");
  CHECK(run(model, {1, 0, 2}) == std::vector<Real>{2, 0, 2});
  // With no other output left there is nothing to explain, and the operators are reported.
  model.outputs = {value_message("label", {-1}, int64_type)};
  CHECK(error_of(model) ==
        "model: 1 operator is not supported at opset 17: ai.onnx.ml::ArrayFeatureExtractor (opset 1, node "
        "'ArrayFeatureExtractor_2')");
}

TEST_CASE("files that are no ONNX model are recognised") {
  const auto check = [](const std::string& bytes, const std::string& text) {
    INFO(text);
    CHECK_THAT(error_of(bytes), Catch::Contains(text));
  };
  check("", "the file is empty");
  check("\n  <!DOCTYPE html><html>", "this is a web page");
  check("version https://git-lfs.github.com/spec/v1", "Git LFS pointer");
  check(std::string("PK\x03\x04", 4) + "rest", "zip archive");
  check("\x89HDF\r\n\x1a\n....", "Keras or HDF5");
  check("....TFL3....", "TensorFlow Lite");
  check("some text that is no model", "model: this is not an ONNX model");
  check(std::string(1, '\x08') + "\x07", "the file is cut short, found no graph in it");
}

namespace {

// A file that is read so many bytes at once, with another one beside it.
class Blocks : public MemorySource {
 public:
  Blocks(const Message& file, std::size_t block, Message beside = {})
      : MemorySource(as_bytes(file)), block_(block), beside_(std::move(beside)) {}
  std::size_t block() const override { return block_; }
  std::unique_ptr<ByteSource> beside(const std::string& name) const override {
    if (name != "weights.data") return nullptr;
    return std::make_unique<MemorySource>(as_bytes(beside_));
  }

 private:
  std::size_t block_;
  Message beside_;
};

using Entries = std::vector<std::pair<std::string, std::string>>;

// TensorProto of three floats that lie in another file.
Message external_message(const Entries& entries) {
  return message([&](auto& writer) {
    writer.add_int64(1, 3);
    writer.add_int32(2, float_type);
    writer.add_string(8, "b");
    for (const auto& pair : entries)
      writer.add_message(13, message([&](auto& entry) {
                           entry.add_string(1, pair.first);
                           entry.add_string(2, pair.second);
                         }));
    writer.add_int32(14, 1);
  });
}

std::vector<Real> constant(const Graph& graph, const std::string& name) {
  const auto values = graph.values[static_cast<std::size_t>(graph.value(name))].constant.real();
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("a model is the same in whatever pieces its file is read") {
  std::vector<float> many(40000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<float>(i);
  auto model = small_model();
  model.initializers.push_back(floats("many", many));
  const auto file = model_message(model);
  for (const std::size_t block : {1, 5, 64, 4096, 1 << 20}) {
    const auto graph = load_onnx(Blocks(file, block));
    CHECK(graph.producer == "writer 1.0");
    CHECK(constant(graph, "b") == std::vector<Real>{1, -1, 0});
    CHECK(constant(graph, "many") == std::vector<Real>(many.begin(), many.end()));
  }
  const auto cut = file.substr(0, file.size() / 2);
  CHECK_THROWS_WITH(load_onnx(Blocks(cut, 64)),
                    "model: the file is damaged or cut short, found " + std::to_string(cut.size()) + " bytes");
}

TEST_CASE("weights are read from a file beside the model") {
  const auto bytes = raw<float>({9, 1, -1, 0.5F});
  const auto load_with = [&](const Entries& entries) {
    auto model = small_model();
    model.initializers = {external_message(entries)};
    return load_onnx(Blocks(model_message(model), 64, bytes));
  };
  const std::pair<std::string, std::string> location{"location", "weights.data"};
  CHECK(constant(load_with({location, {"offset", "4"}}), "b") == std::vector<Real>{1, -1, 0.5});
  CHECK(constant(load_with({location, {"offset", "0"}, {"length", "12"}}), "b") == std::vector<Real>{9, 1, -1});
  CHECK_THROWS_WITH(load_with({location}), "tensor 'b': 3 needs 3 values, found 4");
  CHECK_THROWS_WITH(load_with({location, {"offset", "8"}, {"length", "12"}}),
                    "tensor 'b': its values are at 8 to 20 of 'weights.data', found 16 bytes in it");
  CHECK_THROWS_WITH(load_with({location, {"offset", "x"}}),
                    "tensor 'b': the offset of its values must be a number, found 'x'");
  CHECK_THROWS_WITH(load_with({{"location", "other.data"}}),
                    "tensor 'b': its values are in the file 'other.data', which was not given; give both, or save the "
                    "model with its weights in one file");
  CHECK_THROWS_WITH(load_with({}), "tensor 'b': its values are in a second file, found no name of it");
}

TEST_CASE("every beginning of a model loads or is refused") {
  const auto whole = model_message(small_model());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO(length);
    const auto bytes = whole.substr(0, length);
    try {
      load_onnx(as_bytes(bytes));
    } catch (const Error& error) {
      CHECK_THAT(error.what(), Catch::StartsWith("model: ") || Catch::StartsWith("tensor ") || Catch::Contains("'"));
    }
  }
  CHECK_THAT(error_of(whole.substr(0, whole.size() / 2)), Catch::Contains("damaged or cut short"));
}

}  // namespace whylight::test
