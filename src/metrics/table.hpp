#pragma once
#include "attribution/job.hpp"
#include "metrics/metric.hpp"
#include "perturb/features.hpp"
#include "perturb/fill.hpp"

namespace whylight {

// The rows, each in the file of its metric.
extern const Metric deletion_metric;
extern const Metric insertion_metric;
extern const Metric pixel_flipping_metric;
extern const Metric infidelity_metric;
extern const Metric max_sensitivity_metric;
extern const Metric sparseness_metric;
extern const Metric complexity_metric;
extern const Metric completeness_metric;
extern const Metric relevance_mass_accuracy_metric;
extern const Metric relevance_rank_accuracy_metric;

// Options that mean the same everywhere.
inline constexpr Option output_option{.name = "output",
                                      .kind = OptionKind::choice,
                                      .fallback = "probability",
                                      .choices = "probability|score",
                                      .help = "follow the class's probability or its raw score"};

// The target for each of the `number` rows that gave these logits: its raw score, or (for one unit) its share in the
// softmax over all units.
std::vector<Real> follow(const Tensor& logits, std::int64_t number, const Target& target, const std::string& output);

// A metric that needs no pass through the network.
Job<Score> immediate(std::function<Score()> run);

// Sizes of the attribution at each position (sum over channels, then absolute), as most complexity metrics take it.
std::vector<double> sizes(const MetricProblem& problem);

}  // namespace whylight
