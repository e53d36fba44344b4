#include <cmath>

#include "lrp/rule.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {
const std::vector<Term> excitation{{Map::positive, Map::positive, Map::positive},
                                   {Map::negative, Map::negative, Map::none}};
const std::vector<Term> inhibition{{Map::positive, Map::negative, Map::negative},
                                   {Map::negative, Map::positive, Map::none}};
}  // namespace

Rule epsilon_rule(Real epsilon) { return {{{1, {Term{}}}}, epsilon}; }

Rule z_plus_rule(Real epsilon) { return {{{1, excitation}}, epsilon}; }

Rule alpha_beta_rule(Real alpha, Real beta, Real epsilon) {
  if (std::abs(alpha - beta - 1) > Real(1e-6) || beta < 0)
    fail("alpha-beta rule", "alpha - beta must be 1 and beta at least 0, found alpha ", alpha, " and beta ", beta);
  if (beta == 0) return {{{alpha, excitation}}, epsilon};
  return {{{alpha, excitation}, {-beta, inhibition}}, epsilon};
}

Rule without_bias(Rule rule) {
  for (auto& group : rule.groups)
    for (auto& term : group.terms) term.b = Map::none;
  return rule;
}

}  // namespace whylight
