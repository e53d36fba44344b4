#include "wasm/explainer.hpp"

#include <algorithm>

#include "onnx/load.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

Explainer open(const std::string& name) { return Explainer(test::read_file(test::golden_path(name))); }

Tensor picture() {
  Tensor result({1, 1, 5, 5});
  for (std::size_t i = 0; i < 25; ++i) result.real()[i] = static_cast<Real>((static_cast<int>(i * 7 % 11) - 5) / 4.0);
  return result;
}

Request asked(const std::string& method, Given settings = {}) {
  Request result;
  result.name = method;
  result.target = "1";
  result.settings = std::move(settings);
  result.seed = 5;
  return result;
}

Evaluation asked_of_metric(const std::string& metric, const Tensor& attribution) {
  Evaluation result;
  result.name = metric;
  result.target = "1";
  result.attribution = attribution;
  return result;
}

std::vector<Partial> run_all(Explainer& explainer, const Begun& begun) {
  std::vector<Partial> partials;
  for (int chunk = 0; chunk < begun.chunks; ++chunk) partials.push_back(explainer.take_chunk(begun.job, chunk));
  return partials;
}

Tensor map_of(Explainer& explainer, const Tensor& row, const Request& request) {
  const Begun begun = explainer.begin_explain(row, request);
  const Tensor values = explainer.finish_explain(begun.job, run_all(explainer, begun)).values;
  explainer.end(begun.job);
  return values;
}

std::vector<Real> numbers(const Tensor& tensor) { return {tensor.real().begin(), tensor.real().end()}; }

}  // namespace

TEST_CASE("an explainer describes its model") {
  Explainer explainer = open("conv_net.onnx");
  const Description model = explainer.describe();
  CHECK(model.input_name == "input");
  CHECK(model.input_shape == Shape{1, 1, 5, 5});
  CHECK(model.output_name == "logits");
  CHECK(model.explained == "logits");
  CHECK(model.units == 3);
  CHECK(model.opset == 17);
  CHECK(model.cost > 0);
  CHECK(model.operators.at("Conv") == 2);
  CHECK(model.operators.at("MaxPool") == 1);
  CHECK_FALSE(model.last_feature_map.empty());
  const auto layer = std::ranges::find(model.layers, "conv2", &std::pair<std::string, Shape>::first);
  REQUIRE(layer != model.layers.end());
  CHECK(layer->second == Shape{1, 2, 5, 5});
}

TEST_CASE("chunks can be run by one explainer and finished by another") {
  Explainer one = open("conv_net.onnx");
  Explainer other = open("conv_net.onnx");
  for (const std::string method : {"gradient", "integrated-gradients", "smoothgrad", "occlusion", "grad-cam", "lrp"}) {
    const Begun first = one.begin_explain(picture(), asked(method));
    const Begun second = other.begin_explain(picture(), asked(method));
    REQUIRE(first.chunks == second.chunks);
    CHECK(first.target == "1");
    CHECK(first.settings == second.settings);
    const Attribution here = one.finish_explain(first.job, run_all(other, second));
    const Attribution there = other.finish_explain(second.job, run_all(one, first));
    CHECK(numbers(here.values) == numbers(there.values));
    CHECK(numbers(here.values) == numbers(one.finish_explain(first.job).values));
    std::vector<Partial> elsewhere(static_cast<std::size_t>(first.chunks));
    for (int chunk = 0; chunk < first.chunks; ++chunk)
      if (chunk % 2)
        one.run_chunk(first.job, chunk);
      else
        elsewhere[static_cast<std::size_t>(chunk)] = other.take_chunk(second.job, chunk);
    CHECK(numbers(here.values) == numbers(one.finish_explain(first.job, elsewhere).values));
    CHECK(std::ranges::any_of(here.values.real(), [](Real value) { return value != 0; }));
  }
}

TEST_CASE("a job gives what the method gives by itself") {
  Explainer explainer = open("conv_net.onnx");
  Session session(std::make_shared<const Graph>(load_onnx(test::read_file(test::golden_path("conv_net.onnx")))));
  const Method& method = find_method("smoothgrad");
  const Problem problem{picture(), Target::unit(1), Settings(method.name, method.options, {{"samples", "4"}}), 5, {}};
  CHECK(numbers(map_of(explainer, picture(), asked("smoothgrad", {{"samples", "4"}}))) ==
        numbers(explain(session, "smoothgrad", problem).values));
}

TEST_CASE("a layer changes nothing for what follows it") {
  Explainer used = open("conv_net.onnx");
  const Tensor before = map_of(used, picture(), asked("gradient"));
  map_of(used, picture(), asked("grad-cam", {{"layer", "conv1"}}));
  const Tensor at_relu = map_of(used, picture(), asked("grad-cam", {{"layer", "relu1"}}));
  CHECK(numbers(map_of(used, picture(), asked("gradient"))) == numbers(before));
  Explainer fresh = open("conv_net.onnx");
  CHECK(numbers(map_of(fresh, picture(), asked("grad-cam", {{"layer", "relu1"}}))) == numbers(at_relu));
}

TEST_CASE("a job with a layer goes on while another layer is asked for") {
  Explainer explainer = open("conv_net.onnx");
  const Begun first = explainer.begin_explain(picture(), asked("grad-cam", {{"layer", "relu1"}}));
  const Begun second = explainer.begin_explain(picture(), asked("grad-cam", {{"layer", "conv2"}}));
  const auto second_partials = run_all(explainer, second);
  const auto first_partials = run_all(explainer, first);
  const Tensor relu = explainer.finish_explain(first.job, first_partials).values;
  const Tensor convolution = explainer.finish_explain(second.job, second_partials).values;
  CHECK(numbers(relu) == numbers(map_of(explainer, picture(), asked("grad-cam", {{"layer", "relu1"}}))));
  CHECK(numbers(relu) != numbers(convolution));
}

TEST_CASE("targets are resolved to indices") {
  Explainer explainer = open("conv_net.onnx");
  const auto logits = explainer.predict(picture());
  const auto values = logits.real();
  CHECK(explainer.resolve(picture(), "top") ==
        std::to_string(std::max_element(values.begin(), values.end()) - values.begin()));
  CHECK(explainer.resolve(picture(), "2") == "2");
  CHECK(explainer.resolve(picture(), "2:0") == "2:0");
}

TEST_CASE("a hidden unit is explained and scored, and the output after it as before") {
  Explainer explainer = open("conv_net.onnx");
  const Tensor output = map_of(explainer, picture(), asked("gradient"));
  Request hidden = asked("gradient");
  hidden.target = "conv2@1";
  CHECK(explainer.begin_explain(picture(), hidden).target == "conv2@1");
  const Tensor map = map_of(explainer, picture(), hidden);
  CHECK(map.shape() == output.shape());
  CHECK(numbers(map) != numbers(output));
  hidden.target = "logits@1";
  CHECK(numbers(map_of(explainer, picture(), hidden)) == numbers(output));
  CHECK(explainer.resolve(picture(), "logits@top") == "logits@" + explainer.resolve(picture(), "top"));

  hidden.name = "grad-cam";
  hidden.target = "conv2@0";
  hidden.settings = {{"layer", "conv1"}};
  CHECK(map_of(explainer, picture(), hidden).shape() == output.shape());
  hidden.target = "relu1@0";
  hidden.settings = {{"layer", "conv2"}};
  CHECK_THROWS_WITH(map_of(explainer, picture(), hidden), Catch::Contains("before the target"));

  for (const std::string metric : {"deletion", "infidelity", "pixel-flipping"}) {
    Evaluation evaluation = asked_of_metric(metric, map);
    evaluation.target = "conv2@1";
    const Begun begun = explainer.begin_evaluate(picture(), evaluation);
    CHECK(begun.target == "conv2@1");
    CHECK(explainer.finish_evaluate(begun.job, run_all(explainer, begun)).value.has_value());
  }
  CHECK(numbers(map_of(explainer, picture(), asked("gradient"))) == numbers(output));
}

TEST_CASE("activations are what the model computes, up to its output") {
  Explainer explainer = open("conv_net.onnx");
  Tensor batch({3, 1, 5, 5});
  for (std::size_t i = 0; i < batch.real().size(); ++i) batch.real()[i] = static_cast<Real>(i % 13) / 4 - 1;
  CHECK(numbers(explainer.activations(batch, "logits")) == numbers(explainer.predict(batch)));
  CHECK(numbers(explainer.activations(batch, "input")) == numbers(batch));
  const Tensor before = explainer.activations(batch, "bn1");  // fused away in the plain session
  const Tensor after = explainer.activations(batch, "relu1");
  REQUIRE(before.shape() == after.shape());
  for (std::size_t i = 0; i < before.real().size(); ++i)
    CHECK(after.real()[i] == Approx(std::max(before.real()[i], Real(0))).margin(1e-6));
  for (const auto& node : explainer.describe().graph)
    CHECK(explainer.activations(picture(), node.layer).shape() == node.shape);
  CHECK_THROWS_WITH(explainer.activations(batch, "nowhere"), Catch::Contains("nowhere"));
}

TEST_CASE("metrics are evaluated as jobs, with a method where they need one") {
  Explainer explainer = open("conv_net.onnx");
  const Tensor map = map_of(explainer, picture(), asked("gradient-x-input"));
  const Begun deletion = explainer.begin_evaluate(picture(), asked_of_metric("deletion", map));
  const Score score = explainer.finish_evaluate(deletion.job, run_all(explainer, deletion));
  CHECK(score.value.has_value());
  CHECK_FALSE(score.curves.empty());
  CHECK(deletion.target == "1");

  Evaluation sensitivity = asked_of_metric("max-sensitivity", map);
  CHECK_THROWS_WITH(explainer.begin_evaluate(picture(), sensitivity), Catch::Contains("needs a method"));
  sensitivity.method = "gradient-x-input";
  sensitivity.settings = {{"samples", "3"}};
  const Begun begun = explainer.begin_evaluate(picture(), sensitivity);
  CHECK(begun.settings.at("samples") == "3");
  CHECK(explainer.finish_evaluate(begun.job, run_all(explainer, begun)).value.value() > 0);

  CHECK_THROWS_WITH(explainer.begin_evaluate(picture(), asked_of_metric("relevance-mass-accuracy", map)),
                    Catch::Contains("needs a mask"));
}

TEST_CASE("a share of 0 perturbs nothing, a share of 1 everything") {
  Explainer explainer = open("conv_net.onnx");
  const Tensor map = map_of(explainer, picture(), asked("gradient-x-input"));
  const Evaluation flipping = asked_of_metric("pixel-flipping", map);
  CHECK(numbers(explainer.perturbed(picture(), flipping, 0)) == numbers(picture()));
  const auto gone = explainer.perturbed(picture(), flipping, 1);
  CHECK(std::ranges::all_of(gone.real(), [](Real value) { return value == 0; }));
}

TEST_CASE("jobs are kept until they end, and errors leave none behind") {
  Explainer explainer = open("mlp.onnx");
  const Tensor row({1, 3}, {1, -1, 2});
  const Begun begun = explainer.begin_explain(row, asked("gradient"));
  CHECK(explainer.jobs() == 1);
  CHECK_THROWS_AS(explainer.run_chunk(begun.job, begun.chunks), Error);
  CHECK_THROWS_AS(explainer.run_chunk(begun.job, -1), Error);
  CHECK_THROWS_AS(explainer.finish_explain(begun.job, std::vector<Partial>(2)), Error);
  CHECK_THROWS_AS(explainer.finish_evaluate(begun.job, run_all(explainer, begun)), Error);
  explainer.end(begun.job);
  explainer.end(begun.job);
  CHECK(explainer.jobs() == 0);
  CHECK_THROWS_AS(explainer.run_chunk(begun.job, 0), Error);
  CHECK_THROWS_WITH(explainer.begin_explain(row, asked("magic")), Catch::Contains("integrated-gradients"));
  CHECK_THROWS_AS(explainer.begin_explain(row, asked("gradient", {{"colour", "red"}})), Error);
  CHECK_THROWS_AS(explainer.begin_explain(Tensor({2, 3}), asked("gradient")), Error);
  CHECK_THROWS_AS(explainer.begin_explain(Tensor({1, 4}), asked("gradient")), Error);
  CHECK(explainer.jobs() == 0);
}

TEST_CASE("bytes that are no model are an Error") {
  const std::vector<std::byte> nothing;
  CHECK_THROWS_AS(Explainer(nothing), Error);
  const std::vector<std::byte> noise(100, std::byte{0xa5});
  CHECK_THROWS_AS(Explainer(noise), Error);
}

}  // namespace whylight
