#include "lrp/composite.hpp"

#include <string>

#include "tensor/fail.hpp"

namespace whylight {

namespace {

constexpr Real stabiliser = Real(1e-6);  // zennit's default

Rule epsilon(const RuleOptions& options) { return epsilon_rule(options.epsilon); }
Rule z_plus(const RuleOptions&) { return z_plus_rule(stabiliser); }
Rule alpha_beta(const RuleOptions& options) { return alpha_beta_rule(options.alpha, options.beta, stabiliser); }

// Montavon et al. 2019, "Layer-wise relevance propagation: an overview"; Anders et al. 2021 for the names.
constexpr Composite table[] = {
    {"epsilon-plus", "Epsilon-plus: z-plus in convolutions, epsilon in dense layers", z_plus, epsilon},
    {"epsilon-alpha-beta", "Alpha-beta in convolutions, epsilon in dense layers", alpha_beta, epsilon},
    {"epsilon", "Epsilon everywhere", epsilon, epsilon},
    {"z-plus", "Z-plus everywhere", z_plus, z_plus},
};

}  // namespace

std::span<const Composite> composites() { return table; }

const Composite& find_composite(std::string_view name) {
  std::string names;
  for (const auto& composite : table) {
    if (composite.name == name) return composite;
    names += (names.empty() ? "" : ", ") + std::string(composite.name);
  }
  fail("composite", "must be one of ", names, ", found '", name, "'");
}

}  // namespace whylight
