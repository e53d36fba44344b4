#include <algorithm>
#include <cmath>

#include "support/call.hpp"
#include "support/catch.hpp"

namespace whylight::test {

namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// One unit, one input and two steps, without weights of the state: gates i, o, f and c by ONNX's equations.
const Tensor steps({2, 1, 1}, {Real(1.5), Real(-2)});
const Tensor weights({1, 4, 1}, {Real(0.4), Real(-0.8), Real(0.3), Real(1)});
const Tensor none({1, 4, 1});

double cell(double clip, bool coupled, double& state) {
  const auto bent = [&](double x) { return std::clamp(x, -clip, clip); };
  double h = 0;
  for (const double x : {1.5, -2.0}) {
    const double in = sigmoid(bent(0.4 * x)), forget = coupled ? 1 - in : sigmoid(bent(0.3 * x));
    state = forget * state + in * std::tanh(bent(x));
    h = sigmoid(bent(-0.8 * x)) * std::tanh(bent(state));
  }
  return h;
}

}  // namespace

TEST_CASE("an LSTM clips what goes into its functions, and couples its gates, by ONNX's equations") {
  for (const double clip : {0.2, 0.7, 1e9})
    for (const bool coupled : {false, true}) {
      OpRun lstm(
          {.op = "LSTM",
           .attributes = {{"clip", clip}, {"hidden_size", std::int64_t{1}}, {"input_forget", std::int64_t{coupled}}},
           .inputs = {steps, weights, none},
           .outputs = 3});
      double state = 0;
      const auto h = cell(clip, coupled, state);
      const auto y = lstm.forward();
      CHECK(y[1].real()[0] == Approx(h));
      CHECK(y[2].real()[0] == Approx(state));
    }
}

TEST_CASE("a clip must leave something") {
  CHECK_THROWS_WITH(OpRun({.op = "LSTM", .attributes = {{"clip", 0.0}}, .inputs = {steps, weights, none}}),
                    "LSTM 'test': clip must be above 0, found 0");
}

}  // namespace whylight::test
