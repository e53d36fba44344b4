#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ops/op.hpp"

namespace whylight::test {

// One use of an operator whose derivative is checked, as data.
struct OpCase {
  std::string op;
  int opset = 13;  // chooses the row, as in a model
  std::map<std::string, Attribute, std::less<>> attributes = {};
  std::vector<Tensor> inputs = {};       // an absent tensor is an input not given
  std::set<std::size_t> constants = {};  // real inputs that are constants: plain in every layout, their values known to
                                         // `infer` (inputs that are not real always are)
  std::set<std::size_t> fixed = {};      // real inputs that have no derivative to check
  int outputs = 1;
  std::string without =
      {};  // why there is no derivative to check (say, integer output); the case then only covers its row
  std::string domain = "";
};

// Numbers that stay apart from one another and from zero by more than the step of a finite difference, in random order
// within
// [-2, 2]; `offset` and `scale` are applied last.
Tensor spread(const Shape& shape, std::uint64_t seed = 1, Real offset = 0, Real scale = 1);

// Compares `backward` with central differences of `forward` for every real input not fixed, all real outputs taking
// part, in every layout the row takes, and forward in these layouts with one another. Reports through Catch's checks.
void check_case(const OpCase& test);

}  // namespace whylight::test
