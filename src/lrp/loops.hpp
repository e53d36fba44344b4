#pragma once
#include <span>

#include "lrp/rule.hpp"

namespace whylight {

// The loops over all elements of a layer, on their own so that they are compiled for speed.

// Whether there are values below and above zero.
struct Signs {
  bool negative = false;
  bool positive = false;
};
Signs signs_of(std::span<const Real> values);

// The map of every element; `to` may be `from`.
void apply(Map map, std::span<const Real> from, std::span<Real> to);

// What the denominators of a rule are made from.
struct Divisor {
  Real share;
  Real epsilon;
};
// ratio = share * relevance / (z + sign(z) epsilon), with sign(0) = 1; ratio may be z.
void divide(std::span<const Real> relevance, std::span<const Real> z, const Divisor& by, std::span<Real> ratio);

// The relevance of both operands of a sum a + b: for_a = ratio * a, for_b = ratio * b, with z = a + b.
void divide_sum(std::span<const Real> relevance, std::span<const Real> a, std::span<const Real> b, const Divisor& by,
                std::span<Real> for_a, std::span<Real> for_b);

void multiply(std::span<const Real> factors, std::span<Real> into);
void add_product(std::span<const Real> a, std::span<const Real> b, std::span<Real> into);

}  // namespace whylight
