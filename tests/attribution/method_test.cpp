#include "attribution/method.hpp"

#include <cmath>
#include <set>

#include "support/catch.hpp"
#include "support/graph_builder.hpp"

using namespace whylight;
using namespace whylight::test;

namespace {

double fact(const Attribution& attribution, const std::string& name) {
  for (const auto& f : attribution.facts)
    if (f.name == name) return f.value;
  FAIL("no fact " << name);
  return 0;
}

Problem problem(const char* method, const Tensor& x, const std::map<std::string, std::string>& settings = {}) {
  return {x, Target::unit(1), Settings(method, find_method(method).options, settings), 3, {}};
}

// y = x w: what every method should say is known.
struct Linear {
  Tensor x = normal({1, 6}, 60);
  Tensor w = normal({6, 2}, 61);
  std::shared_ptr<const Graph> graph() const {
    GraphBuilder b;
    b.input("x", {-1, 6}).constant("w", w);
    return b.node("Gemm", {"x", "w"}, "y").build("y");
  }
  double weight(std::size_t i) const { return w.real()[i * 2 + 1]; }
  double product(std::size_t i) const { return weight(i) * x.real()[i]; }
};

enum class Gives { weights, products, nothing };
struct LinearCase {
  const char* method;
  std::map<std::string, std::string> settings;
  Gives gives;
};
// On a linear model a method gives the weights or weights times input; methods that need a feature map cannot run.
const LinearCase linear_cases[] = {
    {"gradient", {}, Gives::weights},
    {"gradient-x-input", {}, Gives::products},
    {"integrated-gradients", {}, Gives::products},
    {"smoothgrad", {}, Gives::weights},
    {"guided-backprop", {}, Gives::weights},
    {"deconvnet", {}, Gives::weights},
    {"occlusion", {{"window", "1"}, {"stride", "1"}}, Gives::products},
    {"lrp", {{"composite", "epsilon"}}, Gives::products},
    {"grad-cam", {}, Gives::nothing},
};

}  // namespace

TEST_CASE("every method gives what is right on a linear model") {
  const Linear linear;
  Session session(linear.graph());
  std::set<std::string_view> seen;
  for (const auto& c : linear_cases) {
    CAPTURE(c.method);
    seen.insert(c.method);
    if (c.gives == Gives::nothing) {
      CHECK_THROWS_WITH(explain(session, c.method, problem(c.method, linear.x, c.settings)),
                        "grad-cam: needs a convolution's feature map, the model has none");
      continue;
    }
    const auto got = explain(session, c.method, problem(c.method, linear.x, c.settings));
    for (std::size_t i = 0; i < 6; ++i)
      CHECK(got.values.real()[i] ==
            Approx(c.gives == Gives::weights ? linear.weight(i) : linear.product(i)).margin(1e-5));
  }
  for (const auto& method : methods()) {
    CAPTURE(method.name);
    CHECK(seen.contains(method.name));
  }
}

TEST_CASE("every row of the method table says what a person needs") {
  std::set<std::string_view> names;
  for (const auto& method : methods()) {
    CAPTURE(method.name);
    CHECK(names.insert(method.name).second);
    CHECK(!method.title.empty());
    CHECK(method.paper.size() > 10);
    CHECK(method.summary.back() == '.');
    for (const auto& option : method.options) {
      CAPTURE(option.name);
      CHECK(!option.help.empty());
      // The default must be a value that the check lets through.
      CHECK_NOTHROW(Settings(method.name, method.options, {{std::string(option.name), std::string(option.fallback)}}));
    }
  }
}

TEST_CASE("methods that promise completeness keep it") {
  Session session(small_network());
  const auto x = normal({1, 2, 8, 8}, 62);
  const auto ig = explain(session, "integrated-gradients", problem("integrated-gradients", x, {{"steps", "300"}}));
  CHECK(fact(ig, "completeness-error-share") < 0.02);
  Session free(small_network(false));
  const auto relevance = explain(free, "lrp", problem("lrp", x, {{"composite", "epsilon"}}));
  CHECK(fact(relevance, "completeness-error-share") < 1e-3);
}

TEST_CASE("Gauss-Legendre needs few steps for a polynomial") {
  // y = x³ for each of two features through Mul: three points integrate its derivative without error.
  GraphBuilder b;
  b.input("x", {-1, 2}).node("Mul", {"x", "x"}, "square").node("Mul", {"square", "x"}, "y");
  Session session(b.build("y"));
  const Tensor x({1, 2}, {Real(2), Real(-1.5)});
  const auto got = explain(session, "integrated-gradients", problem("integrated-gradients", x, {{"steps", "3"}}));
  CHECK(got.values.real()[1] == Approx(-3.375));
  CHECK(got.values.real()[0] == Approx(0).margin(1e-6));
}

TEST_CASE("chunks may be run in any order and by any session") {
  Session first(small_network());
  Session second(small_network());
  const auto x = normal({1, 2, 8, 8}, 63);
  const auto name = GENERATE(as<std::string>{}, "integrated-gradients", "smoothgrad", "occlusion", "lrp", "grad-cam");
  CAPTURE(name);
  const std::map<std::string, std::string> many{{"integrated-gradients", "200"}, {"smoothgrad", "200"}};
  std::map<std::string, std::string> settings;
  if (name == "integrated-gradients") settings["steps"] = "200";
  if (name == "smoothgrad") settings["samples"] = "200";
  const auto p = problem(name.c_str(), x, settings);
  const auto expected = explain(first, name, p);
  const auto job = find_method(name).make(second, p);
  std::vector<Partial> partials(static_cast<std::size_t>(job.chunks));
  for (int chunk = job.chunks; chunk-- > 0;)
    partials[static_cast<std::size_t>(chunk)] = job.run(chunk % 2 ? first : second, chunk);
  const auto got = job.finish(second, partials);
  CHECK(std::equal(got.values.real().begin(), got.values.real().end(), expected.values.real().begin()));
  if (name == "integrated-gradients") CHECK(job.chunks > 1);
}

TEST_CASE("SmoothGrad takes injected noise as it is, gives a standard error, and depends on the seed") {
  Session session(small_network());
  const auto x = normal({1, 2, 8, 8}, 64);
  auto p = problem("smoothgrad", x, {{"samples", "4"}});
  const auto noise = normal({4, 2, 8, 8}, 65, Real(0.2));
  p.injected["noise"] = noise;
  const auto got = explain(session, "smoothgrad", p);
  auto shifted = noise.clone();
  for (std::size_t i = 0; i < shifted.real().size(); ++i) shifted.real()[i] += x.real()[i % x.real().size()];
  const auto gradients = session.attribute(shifted, Target::unit(1));
  for (std::size_t i = 0; i < x.real().size(); ++i) {
    double mean = 0;
    for (std::size_t k = 0; k < 4; ++k) mean += gradients.real()[k * 128 + i] / 4;
    CHECK(got.values.real()[i] == Approx(mean).margin(1e-5));
  }
  CHECK(got.standard_error.shape() == x.shape());
  p.injected["noise"] = Tensor({3, 2, 8, 8});
  CHECK_THROWS_WITH(explain(session, "smoothgrad", p), "injected noise: must have shape 4x2x8x8, found 3x2x8x8");

  auto a = problem("smoothgrad", x);
  auto b = problem("smoothgrad", x);
  b.seed = 4;
  const auto once = explain(session, "smoothgrad", a);
  const auto twice = explain(session, "smoothgrad", a);
  const auto other = explain(session, "smoothgrad", b);
  CHECK(std::equal(once.values.real().begin(), once.values.real().end(), twice.values.real().begin()));
  CHECK(!std::equal(once.values.real().begin(), once.values.real().end(), other.values.real().begin()));
}

TEST_CASE("targets are parsed and checked") {
  Session session(small_network());
  const auto x = normal({1, 2, 8, 8}, 66);
  CHECK(parse_target(session, x, "2").terms.size() == 1);
  const auto contrast = parse_target(session, x, "2:0");
  CHECK(contrast.terms[1].second == -1);
  const auto logits = session.logits(x);
  const auto top = parse_target(session, x, "top").terms[0].first;
  for (const auto value : logits.real()) CHECK(logits.real()[static_cast<std::size_t>(top)] >= value);
  CHECK_THROWS_WITH(parse_target(session, x, "3"), "target: must be from 0 to 2, found 3");
  CHECK_THROWS_WITH(parse_target(session, x, "cat"), Catch::Contains("found 'cat'"));
  CHECK_THROWS_WITH(parse_target(session, x, "1:"), Catch::Contains("found ''"));
  CHECK_THROWS_WITH(parse_target(session, x, "1:2:0"), Catch::Contains("found '2:0'"));
  CHECK_THROWS_WITH(parse_target(session, x, "@1"), Catch::Contains("found '@1'"));
}

TEST_CASE("units inside the network are sums over what a place leaves open") {
  const auto graph = small_network();
  Session session(graph, {.explained = "conv2"});
  const auto x = normal({1, 2, 8, 8}, 66);
  CHECK(session.unit_shape(x) == Shape{4, 8, 8});
  Session whole(graph, {.layers = {"conv2"}});
  const auto layer = whole.activation(x, "conv2");
  const auto at = [&](std::size_t c, std::size_t i, std::size_t j) -> double {
    return layer.real()[(c * 8 + i) * 8 + j];
  };
  const auto score = [&](const char* text) -> double { return session.score(x, parse_target(session, x, text))[0]; };
  double channels[4] = {}, row = 0, column = 0;
  for (std::size_t c = 0; c < 4; ++c)
    for (std::size_t i = 0; i < 64; ++i) channels[c] += at(c, i / 8, i % 8);
  for (std::size_t i = 0; i < 8; ++i) {
    row += at(2, 5, i);
    column += at(2, i, 5);
  }
  CHECK(score("conv2@2,5,3") == Approx(at(2, 5, 3)));
  CHECK(score("conv2@2,5") == Approx(row));
  CHECK(score("conv2@2,5,*") == Approx(row));
  CHECK(score("conv2@2,*,5") == Approx(column));
  CHECK(score("conv2@2") == Approx(channels[2]));
  CHECK(score("conv2@2:0") == Approx(channels[2] - channels[0]));
  CHECK(score("conv2@2,5,3:1,0,0") == Approx(at(2, 5, 3) - at(1, 0, 0)));
  CHECK(score("conv2@*") == Approx(channels[0] + channels[1] + channels[2] + channels[3]));
  const auto top = parse_target(session, x, "conv2@top");
  CHECK(top.hidden == "conv2@" + std::to_string(std::ranges::max_element(channels) - channels));
  CHECK(layer_of_target("a@b@3,4") == "a@b");
  CHECK(layer_of_target("281") == "");
  CHECK_THROWS_WITH(score("conv2@4"), "target: must be from 0 to 3, found 4");
  CHECK_THROWS_WITH(score("conv2@1,2,3,4"), Catch::Contains("found '3,4'"));
  CHECK_THROWS_WITH(score("conv2@"), Catch::Contains("found ''"));
  CHECK_THROWS_WITH(score("conv1@1"), Catch::Contains("is in 'conv1'"));
  CHECK_THROWS_WITH(Session(graph, {.explained = "nothing"}), Catch::Contains("nothing"));
  CHECK_THROWS_WITH(Session(graph, {.explained = "image"}), Catch::Contains("'image' is not computed from the input"));
  CHECK_THROWS_WITH(session.activation(x, "flat"), Catch::Contains("before the target"));
}

// Every method explains a hidden unit; for those that promise to be complete this is checked.
TEST_CASE("every method explains a hidden unit, and keeps its promise") {
  const auto graph = small_network(false);
  for (const char* target : {"sum@3", "relu1@2,4", "pool@1:0"}) {
    const std::string text = target;
    Session session(graph, {.explained = layer_of_target(text)});
    const auto x = normal({1, 2, 8, 8}, 67);
    for (const auto& method : methods()) {
      CAPTURE(text, method.name);
      auto asked = problem(method.name.data(), x);
      asked.target = parse_target(session, x, text);
      if (method.name == "integrated-gradients")
        asked.settings = Settings(method.name, method.options, {{"steps", "200"}});
      if (method.name == "lrp") asked.settings = Settings(method.name, method.options, {{"composite", "epsilon"}});
      const auto map = explain(session, method.name, asked);
      CHECK(std::ranges::any_of(map.values.real(), [](Real value) { return value != 0; }));
      CHECK(fact(map, "target-value") == Approx(session.score(x, asked.target)[0]));
      if (method.name == "integrated-gradients") CHECK(fact(map, "completeness-error-share") < 0.02);
      if (method.name == "lrp") CHECK(fact(map, "completeness-error-share") < 0.02);
    }
  }
}

TEST_CASE("settings are checked against their rows") {
  const auto& options = find_method("integrated-gradients").options;
  const auto make = [&](const char* name, const char* value) { return Settings("ig", options, {{name, value}}); };
  CHECK_THROWS_WITH(make("step", "5"), Catch::Contains("there is no option 'step', there are steps, rule"));
  CHECK_THROWS_WITH(make("steps", "5.5"), "ig: option steps must be a whole number, found '5.5'");
  CHECK_THROWS_WITH(make("steps", "0"), "ig: option steps must be from 1 to 1000, found 0");
  CHECK_THROWS_WITH(make("steps", ""), Catch::Contains("must be a whole number"));
  CHECK_THROWS_WITH(make("rule", "simpson"), Catch::Contains("must be one of gauss-legendre|"));
  CHECK_THROWS_WITH(make("multiply", "yes"), Catch::Contains("must be true or false"));
  CHECK_THROWS_WITH(find_method("magic"), Catch::Contains("there is no method 'magic', there are gradient"));
}
