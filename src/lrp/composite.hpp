#pragma once
#include <span>
#include <string_view>

#include "engine/session.hpp"
#include "lrp/rule.hpp"

namespace whylight {

// What a composite's rules take from the user.
struct RuleOptions {
  Real epsilon = Real(1e-6);  // of the epsilon rule; stabilises the other rules' denominators at 1e-6 always
  Real alpha = 2;
  Real beta = 1;
  // False leaves biases out of all denominators, so that relevance is conserved (zennit's zero_params='bias'); true
  // lets them absorb their share, which over many layers with merged batch norm may be nearly all.
  bool keep_bias = true;
};

// Which rule each kind of layer gets; sums, averages and pools always take the epsilon rule on their inputs ("Norm" in
// zennit).
struct Composite {
  std::string_view name;
  std::string_view title;
  Rule (*convolution)(const RuleOptions&);
  Rule (*dense)(const RuleOptions&);
};

std::span<const Composite> composites();
// Throws Error listing the names when there is no such composite.
const Composite& find_composite(std::string_view name);

// Layer-wise relevance propagation by a composite. Batch norm is merged by the session; activations pass relevance on;
// a product of two activations gives half to each (Achtibat et al. 2024, AttnLRP). Packed modified weights are kept in
// the session, so a layer that is asked for must be kept (Session::keep) before.
Backward lrp(Session& session, const Composite& composite, const RuleOptions& options);

}  // namespace whylight
