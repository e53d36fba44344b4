#include "engine/program.hpp"
#include "engine/session.hpp"
#include "lrp/composite.hpp"
#include "support/catch.hpp"
#include "support/graph_builder.hpp"

using namespace whylight;
using namespace whylight::test;

namespace {

const Tensor& vector() {
  static const Tensor values = normal({4}, 2);
  return values;
}

// relu(x w + b), with the sum's inputs in either order.
GraphBuilder dense(bool bias_first, Tensor bias) {
  GraphBuilder b;
  b.input("x", {-1, 5, 3}).constant("w", normal({3, 4}, 1)).constant("b", std::move(bias));
  b.node("MatMul", {"x", "w"}, "product");
  if (bias_first)
    b.node("Add", {"b", "product"}, "sum");
  else
    b.node("Add", {"product", "b"}, "sum");
  b.node("Relu", {"sum"}, "y");
  return b;
}

std::size_t steps(const std::shared_ptr<const Graph>& graph, const std::set<std::string>& layers = {}) {
  return make_program(*graph, layers).graph.nodes.size();
}

void check_same(const Tensor& found, const Tensor& wanted) {
  REQUIRE(found.shape() == wanted.shape());
  for (std::size_t i = 0; i < found.real().size(); ++i) CHECK(found.real()[i] == Approx(wanted.real()[i]).margin(1e-5));
}

}  // namespace

TEST_CASE("a product and the sum with a constant vector are one step, and give what they gave apart") {
  const auto x = normal({2, 5, 3}, 3);
  for (const bool bias_first : {false, true}) {
    const auto graph = dense(bias_first, vector()).build("y");
    CHECK(steps(graph) == 1);
    CHECK(steps(graph, {"product"}) == 2);  // asked for, it stays
    Session joined(graph), apart(graph, {.layers = {"product"}});
    check_same(joined.run(x), apart.run(x));
    check_same(joined.attribute(x, Target::unit(3)), apart.attribute(x, Target::unit(3)));
  }
}

TEST_CASE("a sum that is no bias stays as it is") {
  CHECK(steps(dense(false, normal({5, 4}, 4)).build("y")) == 2);     // another one for each row
  CHECK(steps(dense(false, normal({1, 1, 4}, 4)).build("y")) == 2);  // may add axes
  CHECK(steps(dense(false, normal({1}, 4)).build("y")) == 2);
  auto b = dense(false, vector());
  b.node("Add", {"y", "product"}, "z");  // the product is read again
  CHECK(steps(b.build("z")) == 3);
  GraphBuilder computed;
  computed.input("x", {4, 4}).constant("b", vector()).node("MatMul", {"x", "x"}, "square");
  CHECK(steps(computed.node("Add", {"square", "b"}, "y").build("y")) == 2);
}

TEST_CASE("relevance treats a product with a bias behind it as the dense layer that it is") {
  const auto w = normal({3, 4}, 1);
  GraphBuilder b;
  b.input("x", {-1, 3}).constant("w", w).constant("b", vector());
  b.constant("v", normal({4, 2}, 5)).constant("c", normal({2}, 6));
  const auto make = [&](GraphBuilder builder, bool gemm) {
    if (gemm) {
      builder.node("Gemm", {"x", "w", "b"}, "h").node("Relu", {"h"}, "r").node("Gemm", {"r", "v", "c"}, "y");
    } else {
      builder.node("MatMul", {"x", "w"}, "p").node("Add", {"p", "b"}, "h").node("Relu", {"h"}, "r");
      builder.node("MatMul", {"r", "v"}, "q").node("Add", {"q", "c"}, "y");
    }
    return builder.build("y");
  };
  const auto x = normal({1, 3}, 7);
  Session gemm(make(b, true)), product(make(b, false));
  for (const auto* name : {"epsilon-plus", "epsilon", "z-plus"})
    for (const bool keep_bias : {true, false}) {
      INFO(name << (keep_bias ? "" : " without biases"));
      const auto relevance = [&](Session& session) {
        return session.attribute(x, Target::unit(1), lrp(session, find_composite(name), {.keep_bias = keep_bias}));
      };
      check_same(relevance(product), relevance(gemm));
    }
}

TEST_CASE("nodes whose outputs have no names are no part of any step") {
  for (const auto* op : {"Add", "Relu"}) {
    GraphBuilder b;
    b.input("x", {-1, 5, 3}).constant("w", normal({3, 4}, 1)).constant("b", vector()).node("MatMul", {"x", "w"}, "p");
    b.node(op, op == std::string("Add") ? std::vector<std::string>{"p", "b"} : std::vector<std::string>{"p"}, "y");
    auto graph = std::make_shared<Graph>(*b.node("MatMul", {"x", "w"}, "z").build("z"));
    graph->nodes[1].outputs[0] = absent;
    CHECK(Session(graph).run(normal({1, 5, 3}, 3)).shape() == Shape{1, 5, 4});
  }
}
