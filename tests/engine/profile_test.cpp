#include "engine/profile.hpp"

#include <numeric>

#include "engine/session.hpp"
#include "support/catch.hpp"
#include "support/graph_builder.hpp"

using namespace whylight;
using namespace whylight::test;

namespace {

double sum(const std::vector<double>& times) { return std::accumulate(times.begin(), times.end(), 0.0); }

// A convolution with a ReLU, and a product; large enough that a clock sees it.
std::shared_ptr<const Graph> network() {
  GraphBuilder b;
  b.input("x", {-1, 3, 48, 48}).constant("w", normal({16, 3, 5, 5}, 1)).constant("m", normal({16, 4}, 2));
  b.node("Conv", {"x", "w"}, "conv", {{"pads", Integers{2, 2, 2, 2}}});
  b.node("Relu", {"conv"}, "act");
  b.node("GlobalAveragePool", {"act"}, "pool");
  b.node("Flatten", {"pool"}, "flat");
  b.node("MatMul", {"flat", "m"}, "y");
  return b.build("y");
}

const StepFacts* find(const Profile& profile, std::string_view op) {
  for (const auto& step : profile.steps)
    if (step.op == op) return &step;
  return nullptr;
}

}  // namespace

TEST_CASE("a profile names every step, with its work") {
  Session session(network());
  const auto how = gradient();
  const auto profile = session.profile(normal({2, 3, 48, 48}, 3), &how);
  REQUIRE(profile.rows == 2);
  REQUIRE(profile.forward.size() == profile.steps.size());
  REQUIRE(profile.backward.size() == profile.steps.size());
  const auto* conv = find(profile, "Conv");
  REQUIRE(conv);
  CHECK(conv->name == "conv_node");
  CHECK(conv->shape == Shape{2, 16, 48, 48});
  CHECK(conv->layout == Layout::channels_last);
  CHECK(conv->forward == 2 * 16 * 48 * 48 * 3 * 5 * 5);
  CHECK(conv->backward == conv->forward);
  CHECK(conv->flows);
  const auto* product = find(profile, "MatMul");
  REQUIRE(product);
  CHECK(product->forward == 2 * 16 * 4);
  CHECK_FALSE(find(profile, "Relu"));  // fused
  const auto* pool = find(profile, "GlobalAveragePool");
  REQUIRE(pool);
  CHECK(pool->forward == 0);
}

TEST_CASE("the work of all steps is the session's cost, as far as they are weighted sums") {
  Session session(network());
  const auto profile = session.profile(normal({1, 3, 48, 48}, 3), nullptr);
  std::int64_t work = 0;
  for (const auto& step : profile.steps) work += step.forward;
  CHECK(work <= session.cost());
  CHECK(work > session.cost() * 9 / 10);
}

TEST_CASE("times are not negative, add up to something, and only the passes asked for have them") {
  Session session(network());
  const auto x = normal({1, 3, 48, 48}, 3);
  const auto how = gradient();
  double forward = 0, backward = 0;
  for (int round = 0; round < 20; ++round) {
    const auto profile = session.profile(x, &how);
    for (const auto& pass : {profile.forward, profile.backward})
      for (const double time : pass) CHECK(time >= 0);
    forward += sum(profile.forward);
    backward += sum(profile.backward);
    CHECK(sum(session.profile(x, nullptr).backward) == 0);
  }
  CHECK(forward > 0);
  CHECK(backward > 0);
}

TEST_CASE("a profile changes nothing for what is computed afterwards") {
  const auto x = normal({1, 3, 48, 48}, 3);
  Session plain(network());
  Session profiled(network());
  const auto how = gradient();
  profiled.profile(x, &how);
  const auto expected = plain.attribute(x, Target::unit(1));
  const auto found = profiled.attribute(x, Target::unit(1));
  CHECK(std::equal(expected.real().begin(), expected.real().end(), found.real().begin()));
}

TEST_CASE("a batch that does not fit the model is refused, and the session goes on") {
  Session session(network());
  const auto how = gradient();
  CHECK_THROWS(session.profile(normal({1, 2, 48, 48}, 3), &how));
  CHECK(session.profile(normal({1, 3, 48, 48}, 3), &how).rows == 1);
}
