#include "tensor/elementary.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <span>

namespace whylight {

namespace {

// ln 2 in two parts: the upper one has so few digits that its products with exponents are exact.
constexpr double ln2_high = 0x1.62e42fefap-1;
constexpr double ln2_low = 0x1.cf79abc9e3b39p-40;

// c[0] + c[1] x + …, in two chains that do not wait for each other.
double polynomial(std::span<const double> c, double x) {
  const double square = x * x;
  double even = 0, odd = 0;
  auto i = c.size();
  if (i % 2) even = c[--i];
  for (; i > 0; i -= 2) {
    odd = odd * square + c[i - 1];
    even = even * square + c[i - 2];
  }
  return even + odd * x;
}

constexpr double inverse_factorial(int n) { return n < 2 ? 1.0 : inverse_factorial(n - 1) / n; }

// cos and sin(x) / x by Taylor's series in -x^2, and exp in x.
constexpr double cosine[] = {1,
                             inverse_factorial(2),
                             inverse_factorial(4),
                             inverse_factorial(6),
                             inverse_factorial(8),
                             inverse_factorial(10),
                             inverse_factorial(12),
                             inverse_factorial(14),
                             inverse_factorial(16)};
constexpr double sine[] = {1,
                           inverse_factorial(3),
                           inverse_factorial(5),
                           inverse_factorial(7),
                           inverse_factorial(9),
                           inverse_factorial(11),
                           inverse_factorial(13),
                           inverse_factorial(15),
                           inverse_factorial(17)};
constexpr double exponential[] = {1,
                                  1,
                                  inverse_factorial(2),
                                  inverse_factorial(3),
                                  inverse_factorial(4),
                                  inverse_factorial(5),
                                  inverse_factorial(6),
                                  inverse_factorial(7),
                                  inverse_factorial(8),
                                  inverse_factorial(9),
                                  inverse_factorial(10),
                                  inverse_factorial(11),
                                  inverse_factorial(12),
                                  inverse_factorial(13)};
// artanh(x) / x in x^2.
constexpr double area_tangent[] = {1,        1 / 3.0,  1 / 5.0,  1 / 7.0,  1 / 9.0,  1 / 11.0,
                                   1 / 13.0, 1 / 15.0, 1 / 17.0, 1 / 19.0, 1 / 21.0, 1 / 23.0};

// high + low, twice as many digits as a double has.
struct Pair {
  double high, low;
};

// Dekker 1971, "A floating-point technique for extending the available precision".
Pair product(Pair a, Pair b) {
  const auto upper_half = [](double x) {
    const double large = 0x1.0000002p27 * x;
    return large - (large - x);
  };
  const double a_upper = upper_half(a.high), a_lower = a.high - a_upper;
  const double b_upper = upper_half(b.high), b_lower = b.high - b_upper;
  const double high = a.high * b.high;
  const double rest = ((a_upper * b_upper - high) + a_upper * b_lower + a_lower * b_upper) + a_lower * b_lower;
  const double low = rest + (a.high * b.low + a.low * b.high);
  return {high + low, high - (high + low) + low};
}

}  // namespace

double exp_of(double x) {
  if (std::isnan(x)) return x;
  if (x > 709.79) return std::numeric_limits<double>::infinity();
  if (x < -745.2) return 0;
  const double power = std::nearbyint(x * std::numbers::log2e);
  const double rest = x - power * ln2_high - power * ln2_low;
  return std::ldexp(polynomial(exponential, rest), static_cast<int>(power));
}

double log_of(double x) {
  int power = 0;
  double part = std::frexp(x, &power);
  if (part < std::numbers::sqrt2 / 2) {
    part *= 2;
    --power;
  }
  const double s = (part - 1) / (part + 1);
  return power * ln2_high + (2 * s * polynomial(area_tangent, s * s) + power * ln2_low);
}

double cos_of_turns(double turns) {
  const double quarters = 4 * (turns - std::floor(turns));
  const double nearest = std::nearbyint(quarters);
  const double angle = (quarters - nearest) * (std::numbers::pi / 2);
  const int quadrant = static_cast<int>(nearest) % 4;
  const bool odd = quadrant % 2 != 0;
  const double size = polynomial(odd ? sine : cosine, -angle * angle) * (odd ? angle : 1);
  return quadrant == 1 || quadrant == 2 ? -size : size;
}

double power_of_ten(int exponent) {
  Pair result{1, 0};
  for (Pair base{10, 0}; exponent > 0; base = product(base, base), exponent /= 2)
    if (exponent % 2) result = product(result, base);
  return result.high;
}

}  // namespace whylight
