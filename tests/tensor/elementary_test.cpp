#include "tensor/elementary.hpp"

#include <cmath>
#include <numbers>

#include "support/catch.hpp"
#include "tensor/random.hpp"

using namespace whylight;

// Against the C library's, which is right to about one unit of the last place.
TEST_CASE("elementary functions are right to a few units of the last place") {
  const Random random(4, 7);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const double u = random.uniform(i);
    const double x = 1400 * u - 700;
    CHECK(std::abs(exp_of(x) / std::exp(x) - 1) < 1e-15);
    CHECK(std::abs(log_of(u) / std::log(u) - 1) < 1e-15);
    CHECK(std::abs(log_of(std::exp(x)) - x) < 1e-13);
    CHECK(std::abs(log_of(1 + u * 1e-3) / std::log(1 + u * 1e-3) - 1) < 1e-15);
    CHECK(std::abs(cos_of_turns(u) - std::cos(2 * std::numbers::pi * u)) < 1e-15);
    CHECK(std::abs(cos_of_turns(u - 3) - cos_of_turns(u)) < 4e-15);
  }
}

TEST_CASE("elementary functions at their ends") {
  CHECK(exp_of(0) == 1);
  CHECK(exp_of(-746) == 0);
  CHECK(exp_of(-744) == std::exp(-744.0));
  CHECK(std::isinf(exp_of(710)));
  CHECK(std::isnan(exp_of(std::nan(""))));
  CHECK(log_of(1) == 0);
  CHECK(log_of(5e-324) == Approx(std::log(5e-324)));
  CHECK(cos_of_turns(0) == 1);
  CHECK(cos_of_turns(0.25) == 0);
  CHECK(cos_of_turns(0.5) == -1);
  CHECK(cos_of_turns(0.75) == 0);
  CHECK(cos_of_turns(1) == 1);
  for (int n = 0; n <= 22; ++n) CHECK(power_of_ten(n) == std::pow(10.0, n));
  for (int n = 23; n <= 308; ++n) CHECK(std::abs(power_of_ten(n) / std::pow(10.0, n) - 1) < 3e-16);
}
