#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/session.hpp"
#include "onnx/load.hpp"
#include "support/catch.hpp"
#include "support/npy.hpp"

using namespace whylight;
using namespace whylight::test;
using nlohmann::json;

namespace {

std::string path(const std::string& name, const std::string& ending) { return golden_path("exports/" + name + ending); }

// onnxruntime rounds this one's activations to float16.
double tolerance(const std::string& name) { return name == "torch_half" ? 1e-2 : 1e-4; }

}  // namespace

TEST_CASE("models from PyTorch, Keras and scikit-learn give what onnxruntime gives, and explain themselves") {
  const auto index = json::parse(std::ifstream(golden_path("exports/index.json")));
  REQUIRE(index.size() >= 9);
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

    const auto pass = session.back(input, Target::unit(0));
    CHECK(pass.signal.shape() == input.shape());
    double size = 0;
    for (const auto value : pass.signal.real()) size += std::abs(value);
    CHECK(std::isfinite(size));
    CHECK(size > 0);
  }
}
