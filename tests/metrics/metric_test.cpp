#include "metrics/metric.hpp"

#include <cmath>
#include <set>

#include "support/catch.hpp"
#include "support/graph_builder.hpp"

using namespace whylight;
using namespace whylight::test;

namespace {

// y = x w with all products positive: the exact attribution is w x, and taking features away lowers the output.
struct Linear {
  Tensor x{{1, 16}};
  Tensor w{{16, 2}};
  Tensor exact{{1, 16}};
  Linear() {
    for (std::size_t i = 0; i < 16; ++i) {
      x.real()[i] = 1 + static_cast<Real>(i % 3);
      w.real()[i * 2] = static_cast<Real>(i * 7 % 16) / 40;
      w.real()[i * 2 + 1] = Real(0.1);
      exact.real()[i] = x.real()[i] * w.real()[i * 2];
    }
  }
  std::shared_ptr<const Graph> graph() const {
    GraphBuilder b;
    b.input("x", {-1, 16}).constant("w", w);
    return b.node("Gemm", {"x", "w"}, "y").build("y");
  }
};

MetricProblem problem(const Metric& metric, const Linear& linear, const Tensor& attribution) {
  MetricProblem result;
  result.input = linear.x;
  result.attribution = attribution;
  result.target = Target::unit(0);
  result.settings = Settings(metric.name, metric.options, {});
  result.seed = 5;
  // The object: the eight features that count most.
  result.mask = Tensor({16});
  std::vector<Real> sorted(linear.exact.real().begin(), linear.exact.real().end());
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < 16; ++i) result.mask.real()[i] = linear.exact.real()[i] > sorted[7] ? Real(1) : Real(0);
  return result;
}

Tensor shuffled(const Tensor& from) {
  auto result = from.clone();
  for (std::size_t i = 0; i < 16; ++i) result.real()[i] = from.real()[(i * 5 + 3) % 16];
  return result;
}

double value(const Score& score) {
  INFO(score.missing);
  REQUIRE(score.value.has_value());
  return score.value.value();
}

// Metrics that look at the map alone, or explain again, cannot tell the exact map from a shuffled one.
const std::set<std::string_view> blind{"sparseness", "complexity", "completeness", "max-sensitivity"};

}  // namespace

TEST_CASE("every metric that looks at the network or a mask prefers the exact map to a shuffled one") {
  const Linear linear;
  Session session(linear.graph());
  for (const auto& metric : metrics()) {
    CAPTURE(metric.name);
    if (blind.contains(metric.name)) continue;
    auto p = problem(metric, linear, linear.exact);
    if (metric.name == "insertion") p.injected["baseline"] = Tensor({1, 16});
    if (metric.name == "infidelity") p.settings = Settings(metric.name, metric.options, {{"samples", "200"}});
    const auto exact = value(evaluate(session, metric.name, p));
    p.attribution = shuffled(linear.exact);
    const auto wrong = value(evaluate(session, metric.name, p));
    if (metric.better == Better::higher)
      CHECK(exact > wrong);
    else
      CHECK(exact < wrong);
  }
}

TEST_CASE("every row of the metric table says what a person needs") {
  std::set<std::string_view> names;
  for (const auto& metric : metrics()) {
    CAPTURE(metric.name);
    CHECK(names.insert(metric.name).second);
    CHECK(!metric.title.empty());
    CHECK(metric.paper.size() > 10);
    CHECK(metric.summary.back() == '.');
    CHECK(!metric.range.empty());
    for (const auto& option : metric.options) {
      CAPTURE(option.name);
      CHECK(!option.help.empty());
      CHECK_NOTHROW(Settings(metric.name, metric.options, {{std::string(option.name), std::string(option.fallback)}}));
    }
  }
}

TEST_CASE("the metrics that do not look at the network have their known values") {
  const Linear linear;
  Session session(linear.graph());
  const auto score = [&](const char* metric, const Tensor& map) {
    return evaluate(session, metric, problem(find_metric(metric), linear, map));
  };
  Tensor uniform({1, 16});
  std::fill(uniform.real().begin(), uniform.real().end(), Real(0.3));
  Tensor one({1, 16});
  one.real()[4] = 2;
  CHECK(value(score("sparseness", uniform)) == Approx(0).margin(1e-6));
  CHECK(value(score("sparseness", one)) == Approx(15.0 / 16));
  CHECK(value(score("complexity", uniform)) == Approx(std::log(16.0)));
  CHECK(value(score("complexity", one)) == Approx(0).margin(1e-12));
  CHECK(value(score("completeness", linear.exact)) == Approx(0).margin(1e-5));
  CHECK(!score("sparseness", Tensor({1, 16})).value.has_value());
  CHECK(score("complexity", Tensor({1, 16})).missing == "the map is zero everywhere");
}

TEST_CASE("infidelity of the exact map of a linear model is zero") {
  const Linear linear;
  Session session(linear.graph());
  auto map = linear.exact.clone();
  for (std::size_t i = 0; i < 16; ++i) map.real()[i] = linear.w.real()[i * 2];
  auto p = problem(find_metric("infidelity"), linear, map);
  p.settings = Settings("infidelity", find_metric("infidelity").options, {{"normalise", "false"}, {"change", "noise"}});
  CHECK(value(evaluate(session, "infidelity", p)) == Approx(0).margin(1e-6));
}

TEST_CASE("max-sensitivity of a linear model's gradient is zero") {
  const Linear linear;
  Session session(linear.graph());
  auto p = problem(find_metric("max-sensitivity"), linear, session.attribute(linear.x, Target::unit(0)));
  CHECK_THROWS_WITH(evaluate(session, "max-sensitivity", p), Catch::Contains("needs a method"));
  p.explain = [&](Session& s, const Tensor& row) { return s.attribute(row, Target::unit(0)); };
  CHECK(value(evaluate(session, "max-sensitivity", p)) == Approx(0).margin(1e-6));
}

TEST_CASE("insertion in one order is deletion in the other, read backwards") {
  const Linear linear;
  Session session(linear.graph());
  const auto zero = Tensor({1, 16});
  auto deletion = problem(find_metric("deletion"), linear, linear.exact);
  auto insertion = problem(find_metric("insertion"), linear, linear.exact);
  deletion.injected["baseline"] = insertion.injected["baseline"] = zero;
  auto reversed = linear.exact.clone();
  // No ties, so that turning the order round is exact.
  for (std::size_t i = 0; i < 16; ++i) reversed.real()[i] = linear.exact.real()[i] + static_cast<Real>(i) * Real(1e-4);
  deletion.attribution = reversed.clone();
  for (auto& v : reversed.real()) v = -v;
  insertion.attribution = reversed;
  const auto down = evaluate(session, "deletion", deletion).curves.at(0).y;
  const auto up = evaluate(session, "insertion", insertion).curves.at(0).y;
  REQUIRE(down.size() == 17);
  for (std::size_t i = 0; i < down.size(); ++i) CHECK(down[i] == Approx(up[down.size() - 1 - i]).margin(1e-6));
}

TEST_CASE("relevance inside a mask and outside it add up to one") {
  const Linear linear;
  Session session(linear.graph());
  auto p = problem(find_metric("relevance-mass-accuracy"), linear, linear.exact);
  const auto inside = value(evaluate(session, "relevance-mass-accuracy", p));
  for (auto& v : p.mask.real()) v = 1 - v;
  CHECK(inside + value(evaluate(session, "relevance-mass-accuracy", p)) == Approx(1));
  p.mask = Tensor({16});
  CHECK(evaluate(session, "relevance-mass-accuracy", p).missing == "the mask is empty");
  p.mask = Tensor();
  CHECK_THROWS_WITH(evaluate(session, "relevance-rank-accuracy", p), Catch::Contains("needs a mask"));
}

TEST_CASE("what a curve shows can be looked at") {
  const Linear linear;
  Session session(linear.graph());
  auto p = problem(find_metric("deletion"), linear, linear.exact);
  p.injected["baseline"] = Tensor({1, 16});
  const auto none = perturbed(session, "deletion", p, 0);
  const auto half = perturbed(session, "deletion", p, 0.5);
  const auto all = perturbed(session, "deletion", p, 1);
  CHECK(std::equal(none.real().begin(), none.real().end(), linear.x.real().begin()));
  CHECK(std::count(half.real().begin(), half.real().end(), Real(0)) == 8);
  CHECK(std::count(all.real().begin(), all.real().end(), Real(0)) == 16);
  CHECK_THROWS_WITH(perturbed(session, "sparseness", problem(find_metric("sparseness"), linear, linear.exact), 1),
                    Catch::Contains("has no curve"));
}
