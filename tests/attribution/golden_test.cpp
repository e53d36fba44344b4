#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "attribution/method.hpp"
#include "onnx/load.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace whylight;
using namespace whylight::test;
using nlohmann::json;

namespace {

constexpr double tolerance = sizeof(Real) == 8 ? 1e-5 : 1e-4;
// The file has eight decimals; in float, numbers of size one carry seven.
constexpr double rounding = sizeof(Real) == 8 ? 1e-8 : 2e-6;

struct GoldenCase {
  const char* net;
  const char* key;
  const char* method;
  std::map<std::string, std::string> settings;
  bool with_baseline = false;
};

// What Captum and zennit gave in double precision; see tests/golden/README.md.
const GoldenCase cases[] = {
    {"mlp", "captum Saliency(abs)", "gradient", {{"absolute", "true"}}},
    {"mlp", "captum IxG", "gradient-x-input", {}},
    {"mlp", "captum IG b gausslegendre n=50", "integrated-gradients", {{"steps", "50"}}, true},
    {"mlp", "captum IG b riemann_left n=50", "integrated-gradients", {{"steps", "50"}, {"rule", "left"}}, true},
    {"mlp", "captum IG b riemann_right n=50", "integrated-gradients", {{"steps", "50"}, {"rule", "right"}}, true},
    {"mlp", "captum IG b riemann_middle n=50", "integrated-gradients", {{"steps", "50"}, {"rule", "midpoint"}}, true},
    // Not "riemann_trapezoid" of this net: its point 7 of 49 lies on the kink of a Relu (at 1/7 of the way), where
    // rounding decides; that rule is compared on the other net.
    {"mlp", "captum IG b n=5 GL", "integrated-gradients", {{"steps", "5"}}, true},
    {"mlp", "captum Occlusion (2,) stride1 0", "occlusion", {{"window", "2"}, {"stride", "1"}}},
    {"mlp", "captum GuidedBP", "guided-backprop", {}},
    {"mlp", "captum Deconv", "deconvnet", {}},
    {"mlp", "zennit Epsilon() both layers", "lrp", {{"composite", "epsilon"}}},
    {"mlp", "zennit Epsilon(.25) both layers", "lrp", {{"composite", "epsilon"}, {"epsilon", "0.25"}}},
    {"mlp", "zennit ZPlus both layers", "lrp", {{"composite", "z-plus"}}},
    {"mlp", "captum LRP eps .25", "lrp", {{"composite", "epsilon"}, {"epsilon", "0.25"}}},
    {"mlp", "zennit IG n=20", "integrated-gradients", {{"steps", "20"}, {"rule", "right"}}},
    {"conv_net", "captum.Saliency(abs=True)", "gradient", {{"absolute", "true"}}},
    {"conv_net", "captum.InputXGradient", "gradient-x-input", {}},
    {"conv_net", "captum.IG gausslegendre n=50 baseline", "integrated-gradients", {{"steps", "50"}}, true},
    {"conv_net",
     "captum.IG riemann_trapezoid n=50 baseline",
     "integrated-gradients",
     {{"steps", "50"}, {"rule", "captum-trapezoid"}},
     true},
    {"conv_net", "zennit.IntegratedGradients n=20 zero", "integrated-gradients", {{"steps", "20"}, {"rule", "right"}}},
    {"conv_net", "pair.IG steps 25 zero", "integrated-gradients", {{"steps", "25"}, {"rule", "inclusive"}}},
    {"conv_net", "pair.IG steps 25 baseline", "integrated-gradients", {{"steps", "25"}, {"rule", "inclusive"}}, true},
    {"conv_net", "captum.GuidedBackprop", "guided-backprop", {}},
    {"conv_net", "captum.Deconvolution", "deconvnet", {}},
    {"conv_net",
     "captum.LayerGradCam(conv2) no relu",
     "grad-cam",
     {{"layer", "conv2"}, {"relu", "false"}, {"resize", "none"}}},
    {"conv_net",
     "captum.LayerGradCam(relu2) no relu",
     "grad-cam",
     {{"layer", "relu2"}, {"relu", "false"}, {"resize", "none"}}},
    {"conv_net",
     "captum.Occlusion window(1,2,2) stride(1,1,1) base 0",
     "occlusion",
     {{"window", "2"}, {"stride", "1"}}},
    {"conv_net",
     "captum.Occlusion window(1,2,2) stride(1,2,2) base 0",
     "occlusion",
     {{"window", "2"}, {"stride", "2"}}},
    {"conv_net", "zennit.EpsilonPlus merged-BN", "lrp", {}},
    {"conv_net", "zennit.EpsilonAlpha2Beta1 merged-BN", "lrp", {{"composite", "epsilon-alpha-beta"}}},
    {"mlp", "zennit Epsilon zero bias both layers", "lrp", {{"composite", "epsilon"}, {"bias", "ignore"}}},
    {"mlp", "zennit ZPlus zb both layers", "lrp", {{"composite", "z-plus"}, {"bias", "ignore"}}},
    {"conv_net", "zennit.EpsilonPlus merged-BN zero_params=bias", "lrp", {{"bias", "ignore"}}},
    {"conv_net",
     "zennit.EpsilonAlpha2Beta1 merged-BN zero_params=bias",
     "lrp",
     {{"composite", "epsilon-alpha-beta"}, {"bias", "ignore"}}},
};

Tensor tensor(const json& values, const Shape& shape) { return Tensor(shape, values.get<std::vector<Real>>()); }

struct Net {
  Tensor input;
  Tensor baseline;
  std::int64_t target;
};

// The inputs as the golden file words them.
Net net_of(const json& golden, const std::string& name) {
  if (name == "mlp") return {tensor(golden["mlp"]["input"], {1, 3}), tensor(golden["mlp"]["baseline"], {1, 3}), 0};
  Tensor input({1, 1, 5, 5});
  Tensor baseline({1, 1, 5, 5});
  for (std::size_t k = 0; k < 25; ++k) {
    input.real()[k] = (static_cast<Real>(k * 7 % 11) - 5) / 4;
    baseline.real()[k] = Real(0.25);
  }
  return {input, baseline, 1};
}

}  // namespace

TEST_CASE("methods agree with the libraries' own numbers") {
  const auto golden = json::parse(std::ifstream(golden_path("methods.json")));
  const auto& c = GENERATE(from_range(std::begin(cases), std::end(cases)));
  CAPTURE(c.net, c.key);
  const auto net = net_of(golden, c.net);
  Session session(std::make_shared<const Graph>(load_onnx(read_file(golden_path(std::string(c.net) + ".onnx")))));
  Problem problem{
      net.input, Target::unit(net.target), Settings(c.method, find_method(c.method).options, c.settings), 0, {}};
  if (c.with_baseline) problem.injected["baseline"] = net.baseline;
  const auto got = explain(session, c.method, problem);
  const auto expected = golden[c.net]["values"][c.key]["data"].get<std::vector<double>>();
  REQUIRE(got.values.real().size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(std::abs(got.values.real()[i] - expected[i]) <= tolerance * std::abs(expected[i]) + rounding);
}
