#include <limits>

#include "support/call.hpp"
#include "support/catch.hpp"

namespace whylight::test {

namespace {

using Ints = std::vector<std::int64_t>;
using Reals = std::vector<Real>;

Reals reals(const Tensor& tensor) { return {tensor.real().begin(), tensor.real().end()}; }
Ints ints(const Tensor& tensor) { return {tensor.i64().begin(), tensor.i64().end()}; }

// Gradient of a sum of outputs in input 0.
Reals slopes(const Case& test) {
  OpRun run(test);
  auto ones = run.forward()[0].clone();
  for (auto& value : ones.real()) value = 1;
  return reals(run.backward({ones})[0]);
}

}  // namespace

TEST_CASE("at their kinks slopes are PyTorch's") {
  CHECK(slopes({.op = "Relu", .inputs = {Tensor({3}, {-1, 0, 1})}}) == Reals{0, 0, 1});
  CHECK(slopes({.op = "Abs", .inputs = {Tensor({3}, {-1, 0, 1})}}) == Reals{-1, 0, 1});
  CHECK(slopes({.op = "Clip",
                .attributes = {{"min", 0.0}, {"max", 6.0}},
                .inputs = {Tensor({5}, {-1, 0, 3, 6, 7})},
                .opset = 10}) == Reals{0, 0, 1, 0, 0});
  CHECK(slopes({.op = "HardSwish", .inputs = {Tensor({2}, {-3, 3})}}) == Reals{0, 1});
  CHECK(slopes({.op = "Max", .inputs = {Tensor({2}, {1, 2}), Tensor({2}, {1, 1})}}) == Reals{Real(0.5), 1});
  CHECK(slopes({.op = "ReduceMax", .inputs = {Tensor({3}, {4, 4, 1})}}) == Reals{Real(0.5), Real(0.5), 0});
  CHECK(slopes({.op = "ReduceProd", .inputs = {Tensor({3}, {0, 3, 2})}}) == Reals{6, 0, 0});
}

TEST_CASE("a fused clamp is honoured where the row says so") {
  const Tensor a({3}, {-4, 2, 5});
  CHECK(reals(OpRun({.op = "Add", .inputs = {a, a}, .clamp = {0, 6}}).forward()[0]) == Reals{0, 4, 6});
  const Tensor one({1}, {1});
  const Tensor zero({1}, {0});
  CHECK(reals(OpRun({.op = "BatchNormalization",
                     .attributes = {{"epsilon", 0.0}},
                     .inputs = {Tensor({3, 1}, {-4, 2, 9}), one, zero, zero, one},
                     .clamp = {0, 6}})
                  .forward()[0]) == Reals{0, 2, 6});
}

TEST_CASE("integers are divided towards zero and wrap around") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  const auto run = [](const char* op, const Ints& a, const Ints& b) {
    const Shape shape{static_cast<std::int64_t>(a.size())};
    return ints(OpRun({.op = op, .inputs = {Tensor::integers(shape, a), Tensor::integers(shape, b)}}).forward()[0]);
  };
  CHECK(run("Div", {7, -7, least}, {2, 2, -1}) == Ints{3, -3, least});
  CHECK(run("Mod", {7, -7, 7}, {3, 3, -3}) == Ints{1, 2, -2});
  CHECK(run("Add", {least}, {-1}) == Ints{std::numeric_limits<std::int64_t>::max()});
  CHECK_THROWS_WITH(run("Div", {1}, {0}), "Div: integers cannot be divided by zero, found 1 / 0");
}

TEST_CASE("operands that do not fit are named") {
  CHECK_THROWS_WITH(OpRun({.op = "Add", .inputs = {Tensor({2, 3}), Tensor({2})}}),
                    "Add 'test': shapes do not broadcast, found 2x3 and 2");
  CHECK_THROWS_WITH(OpRun({.op = "Mul", .inputs = {Tensor({2}), Tensor::integers({2}, {1, 2})}}),
                    "Mul 'test': inputs must be real, found int64");
  // Integers with bounds that are attributes, which are real: a bound could lie outside all integers.
  CHECK_THROWS_WITH(
      OpRun({.op = "Clip", .attributes = {{"min", 6e26}}, .inputs = {Tensor::integers({2}, {1, 2})}, .opset = 6}),
      "Clip 'test': input must be real, found int64");
  CHECK_THROWS_WITH(OpRun({.op = "Mod", .inputs = {Tensor({2}), Tensor({2})}}),
                    "Mod 'test': real inputs need fmod = 1, found 0");
}

}  // namespace whylight::test
