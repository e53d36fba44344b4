#include <cmath>

#include "metrics/table.hpp"

namespace whylight {

namespace {

constexpr Option options[] = {baseline_option};

// Sundararajan et al. 2017, Bach et al. 2015: |sum of the map - (f(x) - f(baseline))| as a share of that difference.
Job<Score> make(Session&, const MetricProblem& problem) {
  const auto baseline = make_fill(problem.settings.text("baseline"), problem.input, problem.seed, problem.injected);
  Job<Score> job;
  job.run = [=](Session& session, int) {
    return Partial{session.score(problem.input, problem.target)[0], session.score(baseline, problem.target)[0]};
  };
  job.finish = [sum = sum_of(problem.attribution)](Session&, std::span<const Partial> partials) {
    const double change = static_cast<double>(partials[0][0]) - partials[0][1];
    Score score;
    score.evaluations = 2;
    score.facts = {{"sum", sum, "all values of the map added up"},
                   {"change", change, "the output less that of the baseline"}};
    if (std::abs(change) < 1e-8)
      score.missing = "the output is the same for the baseline, so there is nothing to share out";
    else
      score.value = std::abs(sum - change) / std::abs(change);
    return score;
  };
  return job;
}

}  // namespace

const Metric completeness_metric{
    .name = "completeness",
    .title = "Completeness",
    .family = MetricFamily::axiomatic,
    .paper = "Sundararajan, Taly and Yan 2017; Bach et al. 2015 (conservation)",
    .summary = "How far the map's sum is from the output's change against the baseline, as a share of that change.",
    .better = Better::lower,
    .range = "0 and up",
    .options = options,
    .injects = "baseline [input]",
    .make = make,
};

}  // namespace whylight
