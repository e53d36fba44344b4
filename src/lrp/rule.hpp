#pragma once
#include <string_view>
#include <vector>

#include "tensor/tensor.hpp"

namespace whylight {

// What is done to a factor before a layer is run with it: its positive part, its square, nothing at all …
enum class Map : std::uint8_t { all, positive, negative, none, absolute, negated };

// One modified run of a layer: op(x(input), w(weights), b(bias)).
struct Term {
  Map x = Map::all;
  Map w = Map::all;
  Map b = Map::all;
};

// Terms that share one denominator, and the share of the relevance they pass on.
struct Group {
  Real share = 1;
  std::vector<Term> terms;
};

// How relevance at a weighted sum goes to its inputs: in each group in proportion to z, the sum over its terms; as a
// list of modified passes (Anders et al. 2021, zennit). The denominator is z + sign(z) epsilon, with sign(0) = 1.
struct Rule {
  std::vector<Group> groups;
  Real epsilon = Real(1e-6);
};

Rule epsilon_rule(Real epsilon);  // Bach et al. 2015, eq. 58; epsilon near 0 is LRP-0
Rule z_plus_rule(Real epsilon);   // Montavon et al. 2017, for inputs of both signs as in zennit
Rule alpha_beta_rule(Real alpha, Real beta,
                     Real epsilon);  // Bach et al. 2015, eq. 60; throws Error unless alpha - beta = 1

Rule without_bias(Rule rule);

}  // namespace whylight
