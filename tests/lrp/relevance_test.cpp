#include <algorithm>
#include <cmath>

#include "attribution/method.hpp"
#include "lrp/composite.hpp"
#include "support/catch.hpp"
#include "support/graph_builder.hpp"

using namespace whylight;
using namespace whylight::test;

namespace {

constexpr bool is_double = sizeof(Real) == 8;

double sum(const Tensor& tensor) {
  double total = 0;
  for (const auto value : tensor.real()) total += value;
  return total;
}

Tensor relevance(Session& session, const Tensor& x, std::string_view composite, RuleOptions options = {}) {
  return session.attribute(x, Target::unit(1), lrp(session, find_composite(composite), options));
}

// y = x W + b, the relevance of y[1] by the textbook sums.
struct Dense {
  Tensor x = normal({1, 5}, 40);
  Tensor w = normal({5, 3}, 41);
  Tensor b = normal({3}, 42, Real(0.5));

  std::shared_ptr<const Graph> graph() const {
    GraphBuilder builder;
    builder.input("x", {-1, 5}).constant("w", w).constant("b", b);
    return builder.node("Gemm", {"x", "w", "b"}, "y").build("y");
  }
  double product(std::size_t i) const { return static_cast<double>(x.real()[i]) * w.real()[i * 3 + 1]; }
  double bias() const { return b.real()[1]; }
  double output() const {
    double z = bias();
    for (std::size_t i = 0; i < 5; ++i) z += product(i);
    return z;
  }
};

}  // namespace

TEST_CASE("the epsilon rule is its textbook sum") {
  const Dense dense;
  Session session(dense.graph());
  const double epsilon = 0.25;
  const auto got = relevance(session, dense.x, "epsilon", {Real(epsilon), 2, 1});
  const auto z = dense.output();
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(got.real()[i] == Approx(dense.product(i) * z / (z + (z < 0 ? -epsilon : epsilon))).epsilon(1e-5));
}

TEST_CASE("the z-plus rule is its textbook sum") {
  const Dense dense;
  Session session(dense.graph());
  const auto got = relevance(session, dense.x, "z-plus");
  double z = std::max(dense.bias(), 0.0) + 1e-6;
  for (std::size_t i = 0; i < 5; ++i) z += std::max(dense.product(i), 0.0);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(got.real()[i] == Approx(std::max(dense.product(i), 0.0) / z * dense.output()).margin(1e-7));
}

TEST_CASE("LRP-0 is gradient x input on a network of Relu without bias") {
  Session session(small_network(false));
  const auto x = normal({2, 2, 8, 8}, 43);
  const auto got = relevance(session, x, "epsilon", {Real(1e-12), 2, 1});
  const auto gradient = session.attribute(x, Target::unit(1));
  double largest = 0;
  for (const auto value : got.real()) largest = std::max<double>(largest, std::abs(value));
  for (std::size_t i = 0; i < x.real().size(); ++i)
    CHECK(got.real()[i] == Approx(gradient.real()[i] * x.real()[i]).margin(largest * (is_double ? 1e-5 : 2e-3)));
}

TEST_CASE("relevance is conserved where there is no bias") {
  Session session(small_network(false));
  const auto x = normal({1, 2, 8, 8}, 44);
  const auto output = session.score(x, Target::unit(1))[0];
  const auto composite = GENERATE(as<std::string>{}, "epsilon", "epsilon-plus", "z-plus");
  CAPTURE(composite);
  CHECK(sum(relevance(session, x, composite)) == Approx(output).epsilon(is_double ? 1e-4 : 1e-3));
}

TEST_CASE("relevance is conserved with biases that are ignored") {
  Session session(small_network());
  const auto x = normal({1, 2, 8, 8}, 48);
  const auto output = session.score(x, Target::unit(1))[0];
  RuleOptions options;
  CHECK(sum(relevance(session, x, "epsilon", options)) != Approx(output).epsilon(0.01));
  options.keep_bias = false;
  CHECK(sum(relevance(session, x, "epsilon", options)) == Approx(output).epsilon(1e-3));
}

TEST_CASE("Winograd forms change relevance by rounding alone, also where sums are small") {
  GraphBuilder builder;
  builder.input("x", {-1, 16, 14, 14});
  std::string value = "x";
  for (const int layer : {0, 1, 2, 3}) {
    const auto number = std::to_string(layer);
    const auto in = layer ? 32 : 16;
    builder.constant("w" + number, normal({32, in, 3, 3}, 60 + layer, Real(std::sqrt(2.0 / (9 * in)))));
    builder.constant("b" + number, normal({32}, 70 + layer, Real(0.1)));
    builder.node("Conv", {value, "w" + number, "b" + number}, "c" + number, {{"pads", Shape{1, 1, 1, 1}}});
    builder.node("Relu", {"c" + number}, value = "r" + number);
  }
  builder.constant("v", normal({32, 3}, 80));
  const auto graph = builder.node("GlobalAveragePool", {value}, "g")
                         .node("Flatten", {"g"}, "f")
                         .node("MatMul", {"f", "v"}, "y")
                         .build("y");
  const auto x = normal({2, 16, 14, 14}, 81);
  for (std::int64_t i = 0; i < x.size(); ++i)  // most of the image is empty, as a digit's is
    if (i / 14 % 14 > 5) x.real()[static_cast<std::size_t>(i)] = 0;
  Session usual(graph), direct(graph, {.layers = {}, .direct = true});
  for (const auto* name : {"epsilon-plus", "epsilon-alpha-beta", "epsilon"}) {
    INFO(name);
    const auto found = relevance(usual, x, name), wanted = relevance(direct, x, name);
    double largest = 0, worst = 0;
    bool same = true;
    for (std::size_t i = 0; i < wanted.real().size(); ++i) {
      const double a = found.real()[i], b = wanted.real()[i];
      largest = std::max(largest, std::abs(b));
      worst = std::abs(a - b) <= worst ? worst : std::abs(a - b);
      same = same && a == b;
    }
    CHECK(worst <= (is_double ? 1e-12 : 1e-5) * largest);
    CHECK(same == (std::string_view(name) == "epsilon"));  // divides by what cancels: direct throughout
  }
}

TEST_CASE("large pointwise layers hand relevance back in pieces as they would at once") {
  GraphBuilder builder;
  builder.input("x", {-1, 8, 190, 180}).constant("w", normal({24, 8, 1, 1}, 90)).constant("b", normal({24}, 91));
  builder.constant("u", normal({8, 24, 1, 1}, 92)).constant("v", normal({8, 3}, 93));
  const auto graph = builder.node("Conv", {"x", "w", "b"}, "c")
                         .node("Relu", {"c"}, "r")
                         .node("Conv", {"r", "u"}, "d")
                         .node("GlobalAveragePool", {"d"}, "g")
                         .node("Flatten", {"g"}, "f")
                         .node("MatMul", {"f", "v"}, "y")
                         .build("y");
  Session session(graph);
  const auto two = normal({2, 8, 190, 180}, 94);  // rows of a batch of two are handed back at once
  for (const auto* name : {"epsilon-plus", "epsilon-alpha-beta", "epsilon", "z-plus"}) {
    INFO(name);
    const auto at_once = relevance(session, two, name), in_pieces = relevance(session, two.row(0), name);
    const auto wanted = at_once.row(0).real(), found = in_pieces.real();
    CHECK(std::equal(wanted.begin(), wanted.end(), found.begin(), found.end()));
    CHECK(std::ranges::any_of(found, [](Real value) { return value != 0; }));
  }
}

TEST_CASE("relevance of a row does not depend on the signs in others") {
  GraphBuilder b;
  b.input("image", {-1, 3, 6, 6});
  b.constant("w", normal({8, 3, 3, 3}, 90, Real(0.3))).constant("w_out", normal({8 * 16, 4}, 91, Real(0.3)));
  b.node("Conv", {"image", "w"}, "conv").node("Flatten", {"conv"}, "flat").node("Gemm", {"flat", "w_out"}, "logits");
  Session session(b.build("logits"));
  auto x = normal({3, 3, 6, 6}, 92);
  for (auto& value : x.row(1).real()) value = std::abs(value);
  for (auto& value : x.row(2).real()) value = -std::abs(value);
  for (const auto& composite : composites()) {
    CAPTURE(composite.name);
    const auto how = lrp(session, composite, {});
    const auto together = session.attribute(x, Target::unit(1), how);
    for (std::int64_t row = 0; row < 3; ++row) {
      const auto alone = session.attribute(x.row(row), Target::unit(1), how);
      CHECK(std::ranges::equal(alone.real(), together.row(row).real()));
    }
  }
}

TEST_CASE("relevance that grows beyond all numbers is refused, not shown") {
  // Values stay (1, 1), but the difference of their relevances doubles a thousandfold at each layer.
  GraphBuilder b;
  b.input("x", {-1, 2}).constant("w", Tensor({2, 2}, {1000, -999, -999, 1000}));
  std::string last = "x";
  for (int i = 0; i < 120; ++i) {
    const auto next = "h" + std::to_string(i);
    b.node("MatMul", {last, "w"}, next);
    last = next;
  }
  Session session(b.build(last));
  const Problem problem{
      Tensor({1, 2}, {1, 1}), Target::unit(0), Settings("lrp", find_method("lrp").options, {}), 0, {}};
  CHECK_THROWS_WITH(explain(session, "lrp", problem), Catch::Contains("relevance grew beyond all numbers"));
}

TEST_CASE("a product of two activations gives half to each and loses nothing") {
  GraphBuilder b;
  b.input("x", {-1, 3, 4, 4}).constant("w", normal({3, 3, 1, 1}, 45));
  b.node("GlobalAveragePool", {"x"}, "pool").node("Conv", {"pool", "w"}, "gate").node("Mul", {"x", "gate"}, "scaled");
  b.node("ReduceSum", {"scaled"}, "y", {{"keepdims", std::int64_t{0}}});
  b.node("Flatten", {"scaled"}, "flat").constant("v", normal({48, 2}, 46)).node("MatMul", {"flat", "v"}, "out");
  Session session(b.build("out"));
  const auto x = normal({1, 3, 4, 4}, 47);
  CHECK(sum(relevance(session, x, "epsilon")) == Approx(session.score(x, Target::unit(1))[0]).epsilon(1e-3));
}

TEST_CASE("alpha and beta that do not fit are refused") {
  CHECK_THROWS_WITH(alpha_beta_rule(2, 2, Real(1e-6)), Catch::Contains("alpha - beta must be 1"));
  CHECK_THROWS_WITH(find_composite("nothing"), Catch::Contains("must be one of epsilon-plus"));
}
