#include "engine/session.hpp"

#include <algorithm>
#include <cmath>

#include "support/catch.hpp"
#include "support/graph_builder.hpp"
#include "tensor/fail.hpp"

using namespace whylight;
using namespace whylight::test;

namespace {

constexpr bool is_double = sizeof(Real) == 8;
constexpr double near_enough = is_double ? 1e-9 : 2e-4;

double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < a.real().size(); ++i) {
    difference += std::pow(a.real()[i] - b.real()[i], 2);
    size += std::pow(b.real()[i], 2);
  }
  return std::sqrt(difference / std::max(size, 1e-30));
}

}  // namespace

TEST_CASE("the gradient of a whole network is its finite difference") {
  Session session(small_network());
  const auto x = normal({2, 2, 8, 8}, 20);
  const auto target = Target::contrast(1, 2);
  const auto gradient = session.attribute(x, target);
  const Real step = is_double ? Real(1e-6) : Real(1e-2);
  int kinks = 0;
  for (std::size_t i = 0; i < x.real().size(); i += 7) {
    auto more = x.clone();
    auto less = x.clone();
    more.real()[i] += step;
    less.real()[i] -= step;
    const auto row = i / (x.real().size() / 2);
    const double difference = (session.score(more, target)[row] - session.score(less, target)[row]) / (2 * step);
    // A step across a kink of Relu or MaxPool gives something else; few may do so.
    if (std::abs(difference - gradient.real()[i]) > (is_double ? 1e-7 : 2e-2)) ++kinks;
  }
  CHECK(kinks <= (is_double ? 0 : 3));
}

TEST_CASE("the gradient of a hidden unit is its finite difference") {
  for (const std::string layer : {"norm1", "conv2", "sum", "relu2", "flat"}) {
    CAPTURE(layer);
    Session session(small_network(), {.explained = layer});
    const auto x = normal({1, 2, 8, 8}, 24);
    const auto units = count(session.unit_shape(x));
    const Target target{{{units / 2, Real(1)}, {units / 3, Real(-2)}, {units - 1, Real(0.5)}}, {}};
    const auto pass = session.back(x, target);
    const Real step = is_double ? Real(1e-6) : Real(1e-2);
    int kinks = 0;
    for (std::size_t i = 0; i < x.real().size(); ++i) {
      auto more = x.clone();
      auto less = x.clone();
      more.real()[i] += step;
      less.real()[i] -= step;
      const double difference = (session.score(more, target)[0] - session.score(less, target)[0]) / (2 * step);
      if (std::abs(difference - pass.signal.real()[i]) > (is_double ? 1e-7 : 2e-3)) ++kinks;
    }
    CHECK(kinks <= (is_double ? 0 : 13));  // of 128
    CHECK(std::ranges::any_of(pass.signal.real(), [](Real value) { return value != 0; }));
    CHECK(pass.score == session.score(x, target));
  }
}

TEST_CASE("a session that explains the output's value gives the bits of one that explains the output") {
  const auto graph = small_network(true, true);
  Session plain(graph), named(graph, {.explained = "logits"});
  const auto x = normal({2, 2, 8, 8}, 25);
  const auto expected = plain.back(x, Target::unit(2));
  const auto found = named.back(x, Target::unit(2));
  CHECK(found.score == expected.score);
  CHECK(std::ranges::equal(found.signal.real(), expected.signal.real()));
  CHECK(std::ranges::equal(named.run(x).real(), plain.logits(x).real()));
}

TEST_CASE("a unit of a stack of rows is that among all units") {
  GraphBuilder b;
  b.input("tokens", {-1, 5, 7}).constant("w", normal({7, 11}, 76)).constant("bias", normal({11}, 77));
  b.node("MatMul", {"tokens", "w"}, "product").node("Add", {"product", "bias"}, "output");
  Session session(b.build("output"));
  for (const std::int64_t rows : {1, 3}) {
    const auto x = normal({rows, 5, 7}, 78);
    const auto all = session.logits(x);
    for (const auto unit : {0, 10, 11, 30, 54}) {
      CHECK(session.score(x, Target::unit(unit)) == scores_of(all, rows, Target::unit(unit)));
      CHECK(session.back(x, Target::unit(unit)).score == scores_of(all, rows, Target::unit(unit)));
    }
  }
}

TEST_CASE("an outline has the nodes that are run, with what they read") {
  Session session(small_network());
  const auto nodes = session.outline();
  REQUIRE(nodes.size() == 7);
  const auto& names = [](const NodeFacts& node) { return node.layer; };
  std::vector<std::string> layers;
  std::ranges::transform(nodes, std::back_inserter(layers), names);
  CHECK(layers == std::vector<std::string>{"relu1", "conv2", "relu2", "pool", "mean_pool", "flat", "logits"});
  CHECK(nodes[0].op == "Conv");
  CHECK(nodes[0].name == "conv1_node");
  CHECK(nodes[0].fused == "Relu");
  CHECK(nodes[0].inputs.empty());
  CHECK(nodes[0].shape == Shape{1, 4, 8, 8});
  CHECK(nodes[0].parameters == 4 * 2 * 9 + 4);
  CHECK(nodes[1].fused == "");
  CHECK(nodes[2].op == "Add");
  CHECK(nodes[2].inputs == std::vector<int>{0, 1});
  CHECK(nodes[2].parameters == 0);
  CHECK(nodes[6].inputs == std::vector<int>{5});
  CHECK(nodes[6].parameters == 15);
  const auto x = normal({1, 2, 8, 8}, 26);
  for (const auto& node : nodes) {
    CHECK(session.knows(node.layer));
    CHECK(session.activation(x, node.layer).shape() == node.shape);
  }
  CHECK_FALSE(session.knows("conv1"));
}

TEST_CASE("a target has the bits alone that it has among all units") {
  struct Head {
    const char* op;
    Shape weights;
    std::int64_t transposed;
    const char* after;
  };
  const Head heads[] = {{"Gemm", {37, 101}, 0, "Softmax"},
                        {"Gemm", {101, 37}, 1, "Identity"},
                        {"MatMul", {37, 101}, 0, "Softmax"},
                        {"MatMul", {37, 101}, 0, "Relu"}};
  for (const auto& [op, shape, transposed, after] : heads) {
    CAPTURE(op, shape, after);
    GraphBuilder b;
    b.input("image", {-1, 37}).constant("w", normal(shape, 70)).constant("bias", normal({101}, 71));
    if (std::string(op) == "Gemm")
      b.node(op, {"image", "w", "bias"}, "logits", {{"transB", transposed}});
    else
      b.node(op, {"image", "w"}, "product").node("Add", {"product", "bias"}, "logits");
    b.node(after, {"logits"}, "output");
    Session session(b.build("output"));
    for (const std::int64_t rows : {1, 3}) {
      const auto x = normal({rows, 37}, 72);
      const auto logits = session.logits(x);
      for (const auto& target : {Target::unit(0), Target::unit(7), Target::unit(8), Target::unit(50), Target::unit(95),
                                 Target::unit(100), Target::contrast(3, 90), Target{}}) {
        const auto expected = scores_of(logits, rows, target);
        CHECK(session.score(x, target) == expected);
        CHECK(session.back(x, target).score == expected);
      }
    }
    CHECK_THROWS_AS(session.score(normal({1, 37}, 73), Target::unit(101)), Error);
    CHECK_THROWS_AS(session.back(normal({1, 37}, 73), Target::unit(-1)), Error);
  }
}

TEST_CASE("a layer that is asked for is whole, whatever the target") {
  for (const std::string after : {"Softmax", "Relu"}) {
    GraphBuilder b;
    b.input("image", {-1, 37}).constant("w", normal({37, 101}, 74));
    b.node("MatMul", {"image", "w"}, "logits").node(after, {"logits"}, "output");
    Session session(b.build("output"));
    const auto x = normal({1, 37}, 75);
    for (const std::string layer : {"logits", "output"}) {
      const auto expected = session.activation(x, layer);
      const auto found = session.back(x, Target::unit(50), {}, layer).activation;
      CHECK(std::equal(found.real().begin(), found.real().end(), expected.real().begin()));
    }
  }
}

TEST_CASE("units of several rows may be one vector's product") {
  GraphBuilder b;
  b.input("image", {2, 4}).constant("w", normal({8, 16}, 76)).constant("flat", Tensor::integers({1}, {-1}));
  b.node("Reshape", {"image", "flat"}, "vector").node("MatMul", {"vector", "w"}, "logits");
  Session session(b.build("logits"));
  const auto x = normal({2, 4}, 77);
  const auto expected = scores_of(session.logits(x), 2, Target::unit(0));
  CHECK(session.score(x, Target::unit(0)) == expected);
  CHECK(session.back(x, Target::unit(0)).score == expected);
}

TEST_CASE("rows alone and rows together give the same bits") {
  Session session(small_network());
  const auto batch = normal({5, 2, 8, 8}, 21);
  const auto together = session.back(batch, Target::unit(0));
  for (std::int64_t row = 0; row < 5; ++row) {
    const auto alone = session.back(batch.row(row), Target::unit(0));
    CHECK(alone.score[0] == together.score[static_cast<std::size_t>(row)]);
    const auto expected = together.signal.row(row);
    CHECK(std::equal(alone.signal.real().begin(), alone.signal.real().end(), expected.real().begin()));
  }
}

TEST_CASE("a batch too large for one run is cut, and nothing changes") {
  GraphBuilder b;
  b.input("x", {-1, 1, 256, 256}).constant("w", normal({16, 1, 3, 3}, 1));
  b.node("Conv", {"x", "w"}, "conv", {{"pads", Integers{1, 1, 1, 1}}});
  b.node("Sigmoid", {"conv"}, "act");
  b.node("GlobalAveragePool", {"act"}, "pool");
  b.node("Flatten", {"pool"}, "y");
  Session session(b.build("y"));
  const auto batch = normal({24, 1, 256, 256}, 2);
  const auto all = session.attribute(batch, Target::unit(3));
  const auto last = session.attribute(batch.row(23), Target::unit(3));
  const auto expected = all.row(23);
  CHECK(std::equal(last.real().begin(), last.real().end(), expected.real().begin()));
}

TEST_CASE("fusing and merging change nothing but the memory") {
  const auto x = normal({1, 2, 8, 8}, 22);
  Session fused(small_network());
  Session kept(small_network(), {{"conv1", "norm1", "relu1", "conv2", "sum"}});
  CHECK(distance(fused.logits(x), kept.logits(x)) < near_enough);
  CHECK(distance(fused.attribute(x, Target::unit(1)), kept.attribute(x, Target::unit(1))) < near_enough);
}

TEST_CASE("a layer that was fused away can be asked for") {
  Session session(small_network());
  const auto x = normal({1, 2, 8, 8}, 23);
  const auto before = session.logits(x);
  const auto pass = session.back(x, Target::unit(0), {}, "norm1");
  CHECK(pass.activation.shape() == Shape{1, 4, 8, 8});
  const auto values = pass.activation.real();
  CHECK(std::any_of(values.begin(), values.end(), [](Real value) { return value < 0; }));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] < 0) CHECK(pass.signal.real()[i] == 0);
  CHECK(distance(session.logits(x), before) < near_enough);
  CHECK_THROWS_WITH(session.activation(x, "nowhere"), Catch::Contains("there is no value named 'nowhere'"));
}

TEST_CASE("the gradient at a layer is that of the rest of the network") {
  Session session(small_network());
  const auto x = normal({1, 2, 8, 8}, 24);
  const auto pass = session.back(x, Target::unit(2), {}, "flat");
  // The last layer is linear: its gradient is the row of the weights.
  const auto weights = normal({3, 4}, 8);
  for (std::size_t i = 0; i < 4; ++i) CHECK(pass.signal.real()[i] == Approx(weights.real()[8 + i]));
}

TEST_CASE("logits are explained where the model ends in a softmax") {
  const auto x = normal({1, 2, 8, 8}, 25);
  Session plain(small_network());
  Session with_softmax(small_network(true, true));
  CHECK(with_softmax.output_name() == "logits");
  CHECK(distance(with_softmax.logits(x), plain.run(x)) < near_enough);
  const auto probabilities = with_softmax.run(x);
  Real sum = 0;
  for (const auto value : probabilities.real()) sum += value;
  CHECK(sum == Approx(1));
  CHECK(distance(with_softmax.attribute(x, Target::unit(1)), plain.attribute(x, Target::unit(1))) < near_enough);
}

TEST_CASE("a baseline's remembered output is that of the baseline asked for") {
  Session session(small_network());
  const auto a = normal({1, 2, 8, 8}, 40), b = normal({1, 2, 8, 8}, 41);
  for (const auto* row : {&a, &a, &b, &a})
    for (const int unit : {0, 2})
      CHECK(session.baseline_score(*row, Target::unit(unit)) == session.score(*row, Target::unit(unit))[0]);
  session.compute_directly(true);
  CHECK(session.baseline_score(a, Target::unit(1)) == session.score(a, Target::unit(1))[0]);
  auto changed = a.clone();
  session.baseline_score(changed, Target::unit(1));
  changed.real()[5] += 1;
  CHECK(session.baseline_score(changed, Target::unit(1)) == session.score(changed, Target::unit(1))[0]);
}

TEST_CASE("a signal asked for alone is that of a whole way back, whatever the network ends in") {
  const auto ends_in = [](const std::string& op) {
    GraphBuilder b;
    b.input("x", {-1, 4}).constant("v", normal({4, 6}, 5)).constant("w", normal({6, 3}, 6));
    b.node("MatMul", {"x", "v"}, "before").node("Relu", {"before"}, "hidden").node("MatMul", {"hidden", "w"}, "sums");
    if (op.empty()) return b.build("sums");
    b.node(op, {"sums"}, "y");
    return b.build("y");
  };
  for (const std::string op : {"", "Softmax", "Relu", "Sigmoid", "Exp", "Neg"}) {
    INFO(op);
    Session whole(ends_in(op)), alone(ends_in(op));
    for (const int stream : {30, 31, 32}) {  // what an earlier batch left behind must not count
      const auto x = normal({2, 4}, static_cast<std::uint64_t>(stream));
      CHECK(
          std::ranges::equal(alone.attribute(x, Target::unit(1)).real(), whole.back(x, Target::unit(1)).signal.real()));
    }
  }
}

TEST_CASE("guided backpropagation and deconvolution let only positive signals through a Relu") {
  GraphBuilder b;
  b.input("x", {-1, 2}).constant("w1", Tensor({2, 2}, {1, 0, 0, 1})).constant("w2", Tensor({2, 2}, {1, -1, -1, 1}));
  b.node("Gemm", {"x", "w1"}, "h").node("Relu", {"h"}, "r").node("Gemm", {"r", "w2"}, "y");
  const auto graph = b.build("y");
  Session session(graph);
  const Tensor x({1, 2}, {Real(-1), Real(2)});
  const auto values = [&](const Backward& how) {
    const auto signal = session.attribute(x, Target::unit(0), how);
    return std::vector<Real>(signal.real().begin(), signal.real().end());
  };
  CHECK(values(gradient()) == std::vector<Real>{0, -1});
  CHECK(values(guided_backprop()) == std::vector<Real>{0, 0});
  CHECK(values(deconvnet()) == std::vector<Real>{1, 0});
}

TEST_CASE("input that does not fit is refused in one sentence, and the session goes on") {
  Session session(small_network());
  const auto good = normal({1, 2, 8, 8}, 26);
  const auto before = session.logits(good);
  CHECK_THROWS_WITH(session.run(normal({1, 3, 8, 8}, 1)), "input 'image': expects Nx2x8x8, found 1x3x8x8");
  CHECK_THROWS_WITH(session.run(normal({2, 8, 8}, 1)), "input 'image': expects Nx2x8x8, found 2x8x8");
  CHECK_THROWS_WITH(session.score(good, Target::unit(3)), "target: must be from 0 to 2, found 3");
  CHECK(distance(session.logits(good), before) == 0);
}

TEST_CASE("a model describes itself") {
  Session session(small_network());
  CHECK(session.units() == 3);
  CHECK(session.last_feature_map() == "conv2");
  CHECK(session.cost() > 4 * 2 * 9 * 64);
  const auto layers = session.layers();
  CHECK(std::any_of(layers.begin(), layers.end(), [](const auto& layer) { return layer.first == "relu1"; }));
}
