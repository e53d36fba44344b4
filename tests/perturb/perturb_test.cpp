#include <algorithm>

#include "perturb/features.hpp"
#include "perturb/fill.hpp"
#include "support/catch.hpp"
#include "support/graph_builder.hpp"

using namespace whylight;
using namespace whylight::test;

TEST_CASE("positions and channels are found in pictures of both orders, signals and tables") {
  const Features picture({1, 3, 8, 6});
  CHECK(picture.space == Shape{8, 6});
  CHECK(picture.at(7, 2) == 2 * 48 + 7);
  const Features keras({1, 8, 6, 3});
  CHECK(keras.space == Shape{8, 6});
  CHECK(keras.at(7, 2) == 7 * 3 + 2);
  CHECK(Features({1, 4, 200}).positions == 200);
  const Features table({1, 13});
  CHECK(table.positions == 13);
  CHECK(table.channels == 1);
}

TEST_CASE("equal values keep their order") {
  CHECK(most_relevant_first({1, 3, 3, 2, 3}) == std::vector<std::int64_t>{1, 2, 4, 3, 0});
}

TEST_CASE("an array with other positions is refused") {
  CHECK_THROWS_WITH(sum_channels("mask", Tensor({4, 4}), {8, 8}),
                    "mask: must have the input's positions 8x8, found 4x4");
}

TEST_CASE("fills are what they say") {
  const auto x = normal({1, 2, 12, 10}, 5, 1, 2);
  const auto zero = make_fill("zero", x, 0, {});
  CHECK(std::all_of(zero.real().begin(), zero.real().end(), [](Real v) { return v == 0; }));

  const auto mean = make_fill("mean", x, 0, {});
  double sum = 0;
  for (std::size_t i = 0; i < 120; ++i) sum += x.real()[i] / 120;
  CHECK(mean.real()[3] == Approx(sum));
  CHECK(mean.real()[3] == mean.real()[100]);
  CHECK(mean.real()[3] != mean.real()[130]);

  const auto blurred = make_fill("blur", mean, 0, {});
  CHECK(blurred.real()[55] == Approx(mean.real()[55]));  // a constant picture stays as it is
  const auto soft = make_fill("blur", x, 0, {});
  const auto spread = [](const Tensor& t) {
    const auto [low, high] = std::minmax_element(t.real().begin(), t.real().end());
    return *high - *low;
  };
  CHECK(spread(soft) < spread(x) / 2);

  const auto random = make_fill("uniform", x, 9, {});
  CHECK(spread(random) <= spread(x));
  CHECK(spread(random) > 0);
  const auto again = make_fill("uniform", x, 9, {});
  CHECK(std::equal(random.real().begin(), random.real().end(), again.real().begin()));

  const auto given = make_fill("zero", x, 0, {{"baseline", mean}});
  CHECK(given.real()[0] == mean.real()[0]);
  CHECK_THROWS_WITH(make_fill("zero", x, 0, {{"baseline", Tensor({3})}}),
                    Catch::Contains("must have the input's shape"));
  CHECK_THROWS_WITH(make_fill("paint", x, 0, {}), "baseline: must be one of zero|mean|blur|uniform, found 'paint'");
}

TEST_CASE("a picture in Keras's order is filled as the same picture in ONNX's") {
  const auto x = normal({1, 3, 9, 7}, 6);
  Tensor turned({1, 9, 7, 3});
  for (std::size_t p = 0; p < 63; ++p)
    for (std::size_t c = 0; c < 3; ++c) turned.real()[p * 3 + c] = x.real()[c * 63 + p];
  const auto kind = GENERATE(as<std::string>{}, "mean", "blur");
  const auto plain = make_fill(kind, x, 0, {});
  const auto last = make_fill(kind, turned, 0, {});
  for (std::size_t p = 0; p < 63; ++p)
    for (std::size_t c = 0; c < 3; ++c) CHECK(last.real()[p * 3 + c] == Approx(plain.real()[c * 63 + p]).margin(1e-6));
}
