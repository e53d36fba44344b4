#include "tensor/tensor.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "tensor/fail.hpp"
#include "tensor/random.hpp"

using namespace whylight;

TEST_CASE("shapes broadcast by NumPy's rule and say when they do not") {
  CHECK(broadcast("here", {3, 1, 5}, {4, 1}) == Shape{3, 4, 5});
  CHECK(broadcast("here", {}, {2, 3}) == Shape{2, 3});
  CHECK_THROWS_WITH(broadcast("here", {2, 3}, {4, 3}), "here: shapes do not broadcast, found 2x3 and 4x3");
  CHECK_THROWS_AS(count({1 << 30, 1 << 30}), Error);
  CHECK_THROWS_AS(count({2, -1}), Error);
}

TEST_CASE("strides follow the layout") {
  CHECK(dense_strides({2, 3, 4, 5}) == Shape{60, 20, 5, 1});
  CHECK(dense_strides({2, 3, 4, 5}, Layout::channels_last) == Shape{60, 1, 15, 3});
  CHECK(dense_strides({2, 3}, Layout::channels_last) == Shape{3, 1});
}

TEST_CASE("copying between layouts and back changes nothing") {
  const Shape shape = GENERATE(Shape{2, 3, 4, 5}, Shape{1, 7, 3}, Shape{2, 1, 2, 2, 3}, Shape{4}, Shape{});
  Tensor tensor(shape);
  for (std::size_t i = 0; i < tensor.real().size(); ++i) tensor.real()[i] = static_cast<Real>(i);
  Tensor turned(shape);
  Tensor back(shape);
  const View channels_last(shape, Layout::channels_last, Type::real, turned.bytes());
  copy(View(tensor), channels_last);
  copy(channels_last, View(back));
  CHECK(std::equal(tensor.real().begin(), tensor.real().end(), back.real().begin()));
  if (shape == Shape{2, 3, 4, 5}) CHECK(turned.real()[1] == 20);  // channel 1 of position 0
}

TEST_CASE("Philox gives the authors' known answers") {
  // Salmon et al. 2011, kat_vectors of Random123: counter and key zero.
  CHECK(Random(0, 0).bits(0) == 0x6627e8d5);
}

TEST_CASE("normal numbers have the moments of a normal distribution, and streams differ") {
  constexpr int samples = 20000;
  const Random random(7, 3);
  double mean = 0;
  double square = 0;
  double fourth = 0;
  for (int i = 0; i < samples; ++i) {
    const auto value = random.normal(static_cast<std::uint64_t>(i));
    mean += value / samples;
    square += value * value / samples;
    fourth += std::pow(value, 4) / samples;
  }
  CHECK(mean == Approx(0).margin(0.03));
  CHECK(square == Approx(1).margin(0.05));
  CHECK(fourth == Approx(3).margin(0.3));
  CHECK(Random(7, 4).bits(0) != random.bits(0));
  CHECK(Random(8, 3).bits(0) != random.bits(0));
}
