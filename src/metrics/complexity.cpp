#include <numeric>

#include "metrics/table.hpp"
#include "tensor/elementary.hpp"

namespace whylight {

namespace {

// Bhatt, Weller and Moura 2020: the entropy of each pixel's share in the map, in nats.
Job<Score> make(Session&, const MetricProblem& problem) {
  return immediate([problem] {
    const auto values = sizes(problem);
    const auto total = std::accumulate(values.begin(), values.end(), 0.0);
    Score score;
    if (!(total > 0)) {
      score.missing = "the map is zero everywhere";
      return score;
    }
    double entropy = 0;
    for (const auto value : values)
      if (value > 0) entropy -= value / total * log_of(value / total);
    score.value = entropy;
    score.facts.push_back(
        {"most", log_of(static_cast<double>(values.size())), "the entropy if all pixels counted alike"});
    return score;
  });
}

}  // namespace

const Metric complexity_metric{
    .name = "complexity",
    .title = "Complexity",
    .family = MetricFamily::complexity,
    .paper = "Bhatt, Weller and Moura 2020, Evaluating and aggregating feature-based model explanations",
    .summary = "How spread out the map is (entropy of the pixels' shares): a simple map has a low value.",
    .better = Better::lower,
    .range = "0 and up",
    .make = make,
};

}  // namespace whylight
