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

constexpr bool is_double = sizeof(Real) == 8;
constexpr double logits_tolerance = 1e-4;
// The derivative of ReLU6 jumps at its kinks, where float32's rounding decides: compared by L2 distance, never by
// pixel.
constexpr double gradient_tolerance = is_double ? 1e-4 : 2e-2;

std::shared_ptr<const Graph> compact_model() {
  return std::make_shared<const Graph>(
      load_onnx(read_file(std::string(WHYLIGHT_MODELS) + "/efficientnet-lite0/model.onnx")));
}

// uint8 [224, 224, 3] to (value - 127) / 128 as [1, 3, 224, 224].
Tensor network_input(const std::string& photograph) {
  const auto pixels = read_npy(golden_path("efficientnet_lite0/" + photograph + ".npy"));
  Tensor input({1, 3, 224, 224});
  constexpr std::size_t positions = 224 * 224;
  for (std::size_t p = 0; p < positions; ++p)
    for (std::size_t c = 0; c < 3; ++c) input.real()[c * positions + p] = (pixels.real()[p * 3 + c] - 127) / 128;
  return input;
}

double norm(const std::vector<double>& values) {
  double sum = 0;
  for (const auto value : values) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace

TEST_CASE("EfficientNet-Lite0 gives PyTorch's logits and gradients") {
  const auto golden = json::parse(std::ifstream(golden_path("efficientnet_lite0.json")));
  Session session(compact_model());
  for (const auto& expected : golden["compact"]) {
    const auto photograph = expected["photograph"].get<std::string>();
    CAPTURE(photograph);
    const auto target = Target::unit(expected["target"].get<std::int64_t>());
    const auto pass = session.back(network_input(photograph), target);
    const auto found = session.logits(network_input(photograph));
    const auto logits = expected["logits64"].get<std::vector<double>>();
    double largest = 0;
    for (std::size_t i = 0; i < logits.size(); ++i)
      largest = std::max(largest, std::abs(found.real()[i] - logits[i]) / std::max(1.0, std::abs(logits[i])));
    CHECK(largest < logits_tolerance);
    CHECK(pass.score == scores_of(found, 1, target));

    const auto& gradient = expected["gradient"];
    const auto samples = gradient["samples"].get<std::vector<double>>();
    const auto stride = gradient["stride"].get<std::size_t>();
    std::vector<double> difference;
    for (std::size_t i = 0; i < samples.size(); ++i) difference.push_back(pass.signal.real()[i * stride] - samples[i]);
    CHECK(norm(difference) < gradient_tolerance * norm(samples));
    const auto signal = pass.signal.real();
    CHECK(norm({signal.begin(), signal.end()}) == Approx(gradient["norm"].get<double>()).epsilon(gradient_tolerance));
  }
}

TEST_CASE("the whole gradient of one photograph is PyTorch's") {
  Session session(compact_model());
  const auto expected = read_npy(golden_path("efficientnet_lite0/chelsea_gradient.npy"));
  const auto got = session.attribute(network_input("chelsea"), Target::unit(285));
  std::vector<double> difference;
  std::vector<double> size;
  for (std::size_t i = 0; i < expected.real().size(); ++i) {
    difference.push_back(static_cast<double>(got.real()[i]) - expected.real()[i]);
    size.push_back(expected.real()[i]);
  }
  CHECK(norm(difference) < gradient_tolerance * norm(size));
}
