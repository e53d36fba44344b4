#include "support/call.hpp"
#include "support/catch.hpp"

namespace whylight::test {

namespace {

using Ints = std::vector<std::int64_t>;
using Reals = std::vector<Real>;

Reals reals(const Tensor& tensor) { return {tensor.real().begin(), tensor.real().end()}; }

}  // namespace

TEST_CASE("a max pool gives its gradient to the first of equal inputs") {
  OpRun pool({.op = "MaxPool",
              .attributes = {{"kernel_shape", Ints{3}}},
              .inputs = {Tensor({1, 1, 4}, {2, 5, 5, 1})},
              .outputs = 2});
  const auto y = pool.forward();
  CHECK(reals(y[0]) == Reals{5, 5});
  CHECK(y[1].i64()[0] == 1);
  CHECK(reals(pool.backward({Tensor({1, 1, 2}, {3, 4})})[0]) == Reals{0, 7, 0, 0});
}

TEST_CASE("a window may not start in the padding at the end") {
  // Rounding up gives three windows, the third over padding alone.
  OpRun pool({.op = "MaxPool",
              .attributes = {{"kernel_shape", Ints{2}},
                             {"strides", Ints{3}},
                             {"pads", Ints{0, 1}},
                             {"ceil_mode", std::int64_t{1}}},
              .inputs = {Tensor({1, 1, 6}, {1, 2, 3, 4, 5, 6})}});
  CHECK(reals(pool.forward()[0]) == Reals{2, 5});
}

TEST_CASE("an average counts padding only when told to") {
  Case test{.op = "AveragePool",
            .attributes = {{"kernel_shape", Ints{3}}, {"pads", Ints{1, 1}}},
            .inputs = {Tensor({1, 1, 3}, {3, 6, 12})}};
  CHECK(reals(OpRun(test).forward()[0]) == Reals{Real(4.5), 7, 9});
  test.attributes["count_include_pad"] = std::int64_t{1};
  CHECK(reals(OpRun(test).forward()[0]) == Reals{3, 7, 6});
}

TEST_CASE(
    "a pool of norms takes the norm of each window, padding not counted, and passes nothing back where it is zero") {
  Case test{.op = "LpPool",
            .attributes = {{"kernel_shape", Ints{2}}, {"strides", Ints{2}}, {"pads", Ints{0, 1}}},
            .inputs = {Tensor({1, 1, 5}, {3, -4, 0, 0, -2})}};
  OpRun root(test);
  CHECK(reals(root.forward()[0]) == Reals{5, 0, 2});
  const auto gradient = reals(root.backward({Tensor({1, 1, 3}, {5, 1, 3})})[0]);
  const Reals wanted{3, -4, 0, 0, -3};
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(gradient[i] == Approx(wanted[i]));
  test.attributes["p"] = std::int64_t{1};
  CHECK(reals(OpRun(test).forward()[0]) == Reals{7, 0, 2});
  test.attributes["p"] = std::int64_t{0};
  CHECK_THROWS_WITH(OpRun(test), "LpPool 'test': p must be at least 1, found 0");
  OpRun global({.op = "GlobalLpPool", .inputs = {Tensor({1, 2, 2, 1}, {3, 4, -6, 8})}});
  CHECK(reals(global.forward()[0]) == Reals{5, 10});
}

TEST_CASE("what a pool cannot do is said when shapes are worked out") {
  const Tensor x({1, 1, 4});
  CHECK_THROWS_WITH(OpRun({.op = "MaxPool", .inputs = {x}}), "MaxPool 'test': kernel_shape is missing");
  CHECK_THROWS_WITH(OpRun({.op = "MaxPool", .attributes = {{"kernel_shape", Ints{9}}}, .inputs = {x}}),
                    "MaxPool 'test': the window must fit into the padded input, found 9 over 4");
  CHECK_THROWS_WITH(
      OpRun({.op = "AveragePool", .attributes = {{"kernel_shape", Ints{2}}, {"strides", Ints{0}}}, .inputs = {x}}),
      "AveragePool 'test': strides must be at least 1, found 0");
}

}  // namespace whylight::test
