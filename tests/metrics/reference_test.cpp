#include <cmath>

#include "metrics/metric.hpp"
#include "support/catch.hpp"
#include "support/graph_builder.hpp"

using namespace whylight;
using namespace whylight::test;

// The set-up and the numbers of Quantus (HEAD 85bc29d, run in float32): three inputs of 6x6, a two-layer network,
// gradient x input as the explanation; every random object is injected.
namespace {

constexpr std::size_t features = 36;
constexpr double tolerance = 2e-5;

std::shared_ptr<const Graph> network() {
  GraphBuilder b;
  Tensor w1({5, 36});
  Tensor b1({5});
  Tensor w2({4, 5});
  Tensor b2({4});
  for (std::size_t h = 0; h < 5; ++h) {
    for (std::size_t i = 0; i < features; ++i)
      w1.real()[h * features + i] =
          static_cast<Real>(0.4 * std::sin(0.5 + 1.7 * static_cast<double>(h) + 0.6 * static_cast<double>(i)));
    b1.real()[h] = static_cast<Real>(0.1 * std::cos(static_cast<double>(h)));
    for (std::size_t c = 0; c < 4; ++c)
      w2.real()[c * 5 + h] =
          static_cast<Real>(0.8 * std::cos(0.2 + 2.1 * static_cast<double>(c) + 1.1 * static_cast<double>(h)));
  }
  for (std::size_t c = 0; c < 4; ++c) b2.real()[c] = static_cast<Real>(0.05 * static_cast<double>(c));
  b.input("x", {-1, 1, 6, 6}).constant("w1", w1).constant("b1", b1).constant("w2", w2).constant("b2", b2);
  b.node("Flatten", {"x"}, "flat").node("Gemm", {"flat", "w1", "b1"}, "h", {{"transB", std::int64_t{1}}});
  b.node("Relu", {"h"}, "r").node("Gemm", {"r", "w2", "b2"}, "y", {{"transB", std::int64_t{1}}});
  return b.build("y");
}

Tensor input(int sample) {
  Tensor x({1, 1, 6, 6});
  for (std::size_t i = 0; i < features; ++i)
    x.real()[i] = static_cast<Real>(0.5 + 0.5 * std::sin(1 + 37.0 * sample + 1.3 * static_cast<double>(i)));
  return x;
}

Tensor gradient_x_input(Session& session, const Tensor& x) {
  auto values = session.attribute(x, Target::unit(3)).clone();
  for (std::size_t i = 0; i < features; ++i) values.real()[i] *= x.real()[i];
  return values;
}

struct Fixture {
  Session session{network()};

  MetricProblem problem(const char* metric, int sample, const std::map<std::string, std::string>& settings = {}) {
    const auto x = input(sample);
    MetricProblem result;
    result.input = x;
    result.attribution = gradient_x_input(session, x);
    result.target = Target::unit(3);
    result.settings = Settings(metric, find_metric(metric).options, settings);
    result.mask = Tensor({6, 6});
    for (std::size_t row = 1; row <= 3; ++row)
      for (std::size_t column = 2; column <= 4; ++column) result.mask.real()[row * 6 + column] = 1;
    return result;
  }
};

double value(const Score& score) {
  REQUIRE(score.value.has_value());
  return score.value.value();
}

using Three = std::array<double, 3>;

}  // namespace

TEST_CASE("the reference network is the one the numbers are of") {
  Fixture f;
  const auto logits = f.session.logits(input(0));
  const Three expected{.45501846, .13099219, -.43679562};
  for (std::size_t i = 0; i < 3; ++i) CHECK(logits.real()[i] == Approx(expected[i]).epsilon(1e-6));
  CHECK(gradient_x_input(f.session, input(0)).real()[0] == Approx(.28709033).epsilon(1e-6));
}

TEST_CASE("sparseness and complexity are Quantus's numbers") {
  Fixture f;
  const Three sparseness{.50575909, .49322229, .49504146};
  const Three complexity{3.1350062, 3.1412406, 3.1078355};
  for (int sample = 0; sample < 3; ++sample) {
    const auto at = static_cast<std::size_t>(sample);
    CHECK(value(evaluate(f.session, "sparseness", f.problem("sparseness", sample))) ==
          Approx(sparseness[at]).epsilon(tolerance));
    CHECK(value(evaluate(f.session, "complexity", f.problem("complexity", sample))) ==
          Approx(complexity[at]).epsilon(tolerance));
  }
}

TEST_CASE("relevance mass and rank accuracy are Quantus's numbers") {
  Fixture f;
  const Three mass{.78528953, .82848638, .94508421};
  const Three mass_absolute{.34702837, .33317336, .30143911};
  const Three rank{.44444444, .33333333, .44444444};
  for (int sample = 0; sample < 3; ++sample) {
    const auto at = static_cast<std::size_t>(sample);
    const auto score = [&](const char* metric, const char* sign) {
      return value(evaluate(f.session, metric, f.problem(metric, sample, {{"sign", sign}})));
    };
    CHECK(score("relevance-mass-accuracy", "signed") == Approx(mass[at]).epsilon(tolerance));
    CHECK(score("relevance-mass-accuracy", "absolute") == Approx(mass_absolute[at]).epsilon(tolerance));
    CHECK(score("relevance-rank-accuracy", "signed") == Approx(rank[at]).epsilon(tolerance));
  }
}

TEST_CASE("pixel flipping follows Quantus's curve") {
  Fixture f;
  const std::vector<double> expected{.07171385, .024615023, .021427469, .021541368, .051602293, .28659147};
  auto problem = f.problem("pixel-flipping", 0, {{"steps", "6"}});
  // "black" in Quantus is the smallest value of the input.
  Tensor black({1, 1, 6, 6});
  Real least = 1;
  for (const auto v : problem.input.real()) least = std::min(least, v);
  std::fill(black.real().begin(), black.real().end(), least);
  problem.injected["baseline"] = black;
  const auto score = evaluate(f.session, "pixel-flipping", problem);
  REQUIRE(score.curves.at(0).y.size() == 7);
  CHECK(score.curves[0].y[0] == Approx(.35397577).epsilon(tolerance));
  double area = 0;  // theirs: without the unchanged input, one apart
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(score.curves[0].y[i + 1] == Approx(expected[i]).epsilon(tolerance));
    if (i > 0) area += (score.curves[0].y[i] + score.curves[0].y[i + 1]) / 2;
  }
  CHECK(area == Approx(.29833883).epsilon(tolerance));
}

TEST_CASE("max-sensitivity is Quantus's number for the same noise") {
  Fixture f;
  const Three largest{.75831795, .2609084, .55306774};
  const Three mean{.4764902, .17590823, .25168954};
  for (int sample = 0; sample < 3; ++sample) {
    auto problem = f.problem("max-sensitivity", sample, {{"samples", "5"}});
    Tensor noise({5, 1, 6, 6});
    for (int t = 0; t < 5; ++t)
      for (std::size_t i = 0; i < features; ++i)
        noise.real()[static_cast<std::size_t>(t) * features + i] =
            static_cast<Real>(0.05 * std::sin(1 + 3.0 * t + 5.0 * sample + 0.7 * static_cast<double>(i)));
    problem.injected["noise"] = noise;
    problem.explain = gradient_x_input;
    const auto score = evaluate(f.session, "max-sensitivity", problem);
    CHECK(value(score) == Approx(largest[static_cast<std::size_t>(sample)]).epsilon(tolerance));
    CHECK(score.facts.at(0).value == Approx(mean[static_cast<std::size_t>(sample)]).epsilon(tolerance));
  }
}

TEST_CASE("infidelity is Quantus's number for the same blocks") {
  Fixture f;
  const Three expected{.005614473, .0097918529, .01430884};
  for (int sample = 0; sample < 3; ++sample) {
    auto problem = f.problem("infidelity", sample, {{"samples", "4"}, {"normalise", "false"}});
    const auto x = problem.input.real();
    const auto least = *std::min_element(x.begin(), x.end());
    // Blocks of 3x3 set to the smallest value one after the other and not set back.
    Tensor changes({4, 1, 6, 6});
    for (std::size_t block = 0; block < 4; ++block)
      for (std::size_t i = 0; i < features; ++i) {
        const auto belongs = i / 6 / 3 * 2 + i % 6 / 3;
        changes.real()[block * features + i] = belongs <= block ? x[i] - least : 0;
      }
    problem.injected["perturbation"] = changes;
    CHECK(value(evaluate(f.session, "infidelity", problem)) ==
          Approx(expected[static_cast<std::size_t>(sample)]).epsilon(1e-4));
  }
}
