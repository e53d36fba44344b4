#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/session.hpp"
#include "lrp/composite.hpp"
#include "onnx/load.hpp"
#include "support/catch.hpp"
#include "support/npy.hpp"

using namespace whylight;
using namespace whylight::test;
using nlohmann::json;

namespace {

std::string path(const std::string& name, const std::string& ending) { return golden_path("exports/" + name + ending); }

constexpr double near = sizeof(Real) == 8 ? 1e-5 : 1e-4;
constexpr std::int64_t explained = 1;  // the logit whose gradient make_sequences.py keeps

// Largest difference, relative to the largest value.
double distance(const Tensor& found, const Tensor& expected) {
  double most = 0;
  double size = 0;
  for (std::size_t i = 0; i < expected.real().size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(found.real()[i]) - static_cast<double>(expected.real()[i])));
    size = std::max(size, std::abs(static_cast<double>(expected.real()[i])));
  }
  return most / size;
}

// onnxruntime rounds this one's activations to float16.
double tolerance(const std::string& name) { return name == "torch_half" ? 1e-2 : 1e-4; }

}  // namespace

TEST_CASE("models from PyTorch, Keras and scikit-learn give what onnxruntime gives, and explain themselves") {
  const auto index = json::parse(std::ifstream(golden_path("exports/index.json")));
  REQUIRE(index.size() >= 21);
  for (const auto& [name, entry] : index.items()) {
    CAPTURE(name);
    const auto bytes = read_file(path(name, ".onnx"));
    if (name == "sklearn_logistic") {
      CHECK_THROWS_WITH(load_onnx(bytes), Catch::Contains("ai.onnx.ml") && Catch::Contains("Scaler") &&
                                              Catch::Contains("Normalizer") && Catch::Contains("LinearClassifier"));
      continue;
    }
    Session session(std::make_shared<const Graph>(load_onnx(bytes)));
    const auto input = read_npy(path(name, ".input.npy"));
    const auto expected = read_npy(path(name, ".output.npy"));
    const auto got = session.run(input);
    REQUIRE(got.shape() == expected.shape());
    for (std::size_t i = 0; i < got.real().size(); ++i)
      CHECK(got.real()[i] == Approx(expected.real()[i]).epsilon(tolerance(name)).margin(tolerance(name)));

    const auto layer = session.entry(input);
    const auto pass = session.back(input, Target::unit(explained), {}, layer);
    if (layer.empty()) CHECK(pass.signal.shape() == input.shape());
    double size = 0;
    for (const auto value : pass.signal.real()) size += std::abs(value);
    CHECK(std::isfinite(size));
    CHECK(size > 0);
    if (!std::ifstream(path(name, ".gradient.npy")).good()) continue;
    const auto gradient = read_npy(path(name, ".gradient.npy"));
    REQUIRE(pass.signal.shape() == gradient.shape());
    CHECK(distance(got, expected) < near);
    CHECK(distance(pass.signal, gradient) < near);
  }
}

TEST_CASE("relevance of transformers and recurrent networks is a map or one clear sentence") {
  for (const auto& [name, has_rules] :
       {std::pair{"torch_vit", true}, std::pair{"torch_text", true}, std::pair{"torch_einsum", true},
        std::pair{"torch_vit_attention", false}, std::pair{"torch_lstm", false}, std::pair{"torch_gru", false}}) {
    CAPTURE(name);
    Session session(std::make_shared<const Graph>(load_onnx(read_file(path(name, ".onnx")))));
    const auto input = read_npy(path(name, ".input.npy"));
    const auto& composite = find_composite("epsilon");
    const auto layer = session.entry(input);
    const auto run = [&] { return session.back(input, Target::unit(explained), lrp(session, composite, {}), layer); };
    if (!has_rules) {
      CHECK_THROWS_WITH(run(), Catch::StartsWith("lrp: there is no rule yet for "));
      continue;
    }
    const auto pass = run();
    for (const auto value : pass.signal.real()) CHECK(std::isfinite(value));
  }
}
