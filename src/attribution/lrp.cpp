#include <cmath>

#include "attribution/table.hpp"
#include "lrp/composite.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

constexpr Option options[] = {
    {.name = "composite",
     .kind = OptionKind::choice,
     .fallback = "epsilon-plus",
     .choices = "epsilon-plus|epsilon-alpha-beta|epsilon|z-plus",
     .help = "which rule each kind of layer gets"},
    {.name = "bias",
     .kind = OptionKind::choice,
     .fallback = "absorb",
     .choices = "absorb|ignore",
     .help = "whether biases take their share of the relevance on its way (as in zennit) or leave it to the inputs"},
    {.name = "epsilon",
     .kind = OptionKind::number,
     .fallback = "1e-6",
     .low = 1e-12,
     .high = 1e3,
     .help = "absorbs weak and contradictory relevance"},
    {.name = "alpha",
     .kind = OptionKind::number,
     .fallback = "2",
     .low = 1,
     .high = 100,
     .help = "weight of what speaks for it; only of use in epsilon-alpha-beta"},
    {.name = "beta",
     .kind = OptionKind::number,
     .fallback = "1",
     .low = 0,
     .high = 99,
     .help = "weight of what speaks against it: alpha - 1; only of use in epsilon-alpha-beta"},
};

// Bach et al. 2015; the relevance that starts is the target's value.
Job<Attribution> make(Session& session, const Problem& problem) {
  const auto& settings = problem.settings;
  const auto& composite = find_composite(settings.text("composite"));
  const RuleOptions rules{static_cast<Real>(settings.number("epsilon")), static_cast<Real>(settings.number("alpha")),
                          static_cast<Real>(settings.number("beta")), settings.text("bias") == "absorb"};
  composite.convolution(rules);  // refuses alpha and beta that do not fit before any work
  const auto layer = session.entry(problem.input);
  const auto run = [problem, layer, &composite, rules](Session& worker) {
    auto pass = worker.back(problem.input, problem.target, lrp(worker, composite, rules), layer);
    return Single{pass.score[0], pass.signal};
  };
  return single(run, [layer](Attribution& attribution, double score) {
    attribution.layer = layer;
    const auto sum = add_completeness(
        attribution, score,
        "the output itself; biases, stabilisers and units without support absorb their share on the way, in "
        "a deep network nearly all, and then the pattern of the map counts and not its size");
    if (!std::isfinite(sum))
      fail("lrp",
           "relevance grew beyond all numbers, since it was divided by sums near zero: take a larger epsilon, or "
           "another "
           "composite");
  });
}

}  // namespace

const Method lrp_method{
    .name = "lrp",
    .title = "Layer-wise relevance propagation",
    .family = Family::relevance,
    .paper = "Bach et al. 2015, On pixel-wise explanations; Montavon et al. 2019 for the composites",
    .summary = "Hands the output back layer by layer in proportion to what each neuron contributed.",
    .options = options,
    .complete = true,
    .make = make,
};

}  // namespace whylight
