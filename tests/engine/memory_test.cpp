#include <algorithm>

#include "engine/session.hpp"
#include "lrp/composite.hpp"
#include "support/catch.hpp"
#include "support/graph_builder.hpp"

using namespace whylight;
using namespace whylight::test;

namespace {

// A network in which clamped values are read once, twice, by products, maxima and sums, in every form of convolution:
// with channels that come in eights and not, depthwise with stride, in groups, scattered, and transposed.
std::shared_ptr<const Graph> varied_network() {
  GraphBuilder b;
  const Integers one{1, 1, 1, 1}, two{2, 2, 2, 2}, twice{2, 2};
  b.input("image", {-1, 3, 22, 22});
  b.constant("zero", Tensor({}, {0})).constant("six", Tensor({}, {2}));
  std::uint64_t seed = 1;
  using Attributes = std::map<std::string, Attribute, std::less<>>;
  const auto conv = [&](const std::string& from, const std::string& to, const Shape& weights, Attributes attributes) {
    b.constant("w_" + to, normal(weights, ++seed, Real(1) / static_cast<Real>(weights[2] + 1)));
    b.constant("b_" + to, normal({weights[0]}, ++seed, Real(0.3)));
    b.node("Conv", {from, "w_" + to, "b_" + to}, to, std::move(attributes));
  };
  conv("image", "stem", {16, 3, 3, 3}, {{"pads", one}, {"strides", twice}});
  b.node("Clip", {"stem", "zero", "six"}, "stem6");
  conv("stem6", "spread", {16, 1, 3, 3}, {{"pads", one}, {"group", std::int64_t{16}}});
  b.node("Clip", {"spread", "zero", "six"}, "spread6");
  conv("spread6", "narrow", {16, 16, 1, 1}, {});
  b.node("Add", {"narrow", "stem6"}, "sum");
  b.node("Relu", {"sum"}, "sum_up");
  conv("sum_up", "grouped", {32, 8, 3, 3}, {{"pads", one}, {"group", std::int64_t{2}}});
  b.node("Relu", {"grouped"}, "grouped_up");
  conv("grouped_up", "strided", {32, 1, 5, 5}, {{"pads", two}, {"strides", twice}, {"group", std::int64_t{32}}});
  b.node("Relu", {"strided"}, "strided_up");
  conv("strided_up", "odd", {12, 32, 1, 1}, {});
  b.node("Relu", {"odd"}, "odd_up");
  b.node("Sigmoid", {"odd_up"}, "gate");
  b.node("Mul", {"gate", "odd_up"}, "gated");
  b.node("MaxPool", {"gated"}, "most", {{"kernel_shape", Integers{2, 2}}, {"strides", twice}});
  b.constant("w_back", normal({12, 8, 2, 2}, 90, 0.4F));
  b.node("ConvTranspose", {"most", "w_back"}, "back", {{"strides", twice}});
  b.node("Relu", {"back"}, "back_up");
  conv("back_up", "last", {8, 8, 3, 3}, {{"pads", one}});
  b.node("Relu", {"last"}, "last_up");
  b.node("GlobalAveragePool", {"last_up"}, "mean");
  b.node("Flatten", {"mean"}, "flat");
  b.constant("w_out", normal({8, 5}, 91)).constant("b_out", normal({5}, 92));
  b.node("Gemm", {"flat", "w_out", "b_out"}, "logits");
  return b.build("logits");
}

void check_same(const Tensor& found, const Tensor& wanted) {
  REQUIRE(found.shape() == wanted.shape());
  CHECK(std::equal(found.real().begin(), found.real().end(), wanted.real().begin()));
}

void check_same(const Pass& found, const Pass& wanted) {
  CHECK(found.score == wanted.score);
  check_same(found.activation, wanted.activation);
  check_same(found.signal, wanted.signal);
}

bool all_zero(const Tensor& tensor) {
  return std::ranges::all_of(tensor.real(), [](Real value) { return value == 0; });
}

const char* const layers[] = {"", "stem6", "sum", "sum_up", "grouped_up", "gate", "odd_up", "back_up", "flat"};

SessionOptions limited(std::size_t bytes) {
  SessionOptions options;
  options.memory_limit = bytes;
  return options;
}

}  // namespace

TEST_CASE("a gradient from bits is that from all activations, at every layer") {
  const auto x = normal({3, 3, 22, 22}, 50);
  // Not empty, so that the session takes it for something that reads everything.
  const Backward from_activations{.node = [](const Call& call) { call.node.op->backward(call); }};
  for (const std::string layer : layers) {
    INFO("layer '" << layer << "'");
    Session bits(varied_network()), everything(varied_network());
    const auto pass = bits.back(x, Target::unit(2), {}, layer);
    CHECK(!all_zero(pass.signal));
    check_same(pass, everything.back(x, Target::unit(2), from_activations, layer));
    CHECK(bits.memory() < everything.memory());
  }
}

TEST_CASE("a memory limit changes what is kept, and no bit of a result") {
  const auto x = normal({3, 3, 22, 22}, 51);
  Session free(varied_network());
  const auto composite = find_composite("epsilon-plus");
  for (const std::string layer : layers) {
    INFO("layer '" << layer << "'");
    free.keep(layer);
    const auto logits = free.logits(x);
    const auto gradient = free.back(x, Target::unit(1), {}, layer);
    const auto guided = free.back(x, Target::unit(1), guided_backprop(), layer);
    const auto relevance = free.back(x, Target::unit(1), lrp(free, composite, {}), layer);
    for (const std::size_t limit : {std::size_t{1}, std::size_t{60000}, std::size_t{200000}}) {
      Session tight(varied_network(), limited(limit));
      tight.keep(layer);
      check_same(tight.back(x, Target::unit(1), {}, layer), gradient);
      check_same(tight.back(x, Target::unit(1), guided_backprop(), layer), guided);
      check_same(tight.back(x, Target::unit(1), lrp(tight, composite, {}), layer), relevance);
      check_same(tight.logits(x), logits);
    }
  }
}

TEST_CASE("a memory limit that a deep network exceeds is kept by computing again") {
  GraphBuilder b;
  b.input("image", {-1, 8, 32, 32}).constant("w", normal({8, 8, 3, 3}, 1, 0.12F));
  std::string value = "image";
  for (int i = 0; i < 40; ++i) {
    const auto name = std::to_string(i);
    b.node("Conv", {value, "w"}, "conv" + name, {{"pads", Integers{1, 1, 1, 1}}});
    b.node("Tanh", {"conv" + name}, "tanh" + name);
    value = "tanh" + name;
  }
  const auto graph = b.build(value);
  const auto x = normal({1, 8, 32, 32}, 52);
  Session free(graph), tight(graph, limited(std::size_t{24} * 8 * 32 * 32 * sizeof(Real)));
  check_same(tight.attribute(x, Target::unit(7)), free.attribute(x, Target::unit(7)));
  CHECK(free.memory() > std::size_t{80} * 8 * 32 * 32 * sizeof(Real));
  CHECK(tight.memory() <= std::size_t{24} * 8 * 32 * 32 * sizeof(Real));
}
