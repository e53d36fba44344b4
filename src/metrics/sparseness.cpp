#include <algorithm>

#include "metrics/table.hpp"

namespace whylight {

namespace {

// Chalasani et al. 2020: the Gini index of the sizes, sum_i (2 i - n - 1) v_i / (n sum v) over rising v.
Job<Score> make(Session&, const MetricProblem& problem) {
  return immediate([problem] {
    auto values = sizes(problem);
    std::sort(values.begin(), values.end());
    const auto n = static_cast<double>(values.size());
    double total = 0;
    double weighted = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      total += values[i];
      weighted += (2 * static_cast<double>(i + 1) - n - 1) * values[i];
    }
    Score score;
    if (total > 0)
      score.value = weighted / (n * total);
    else
      score.missing = "the map is zero everywhere";
    return score;
  });
}

}  // namespace

const Metric sparseness_metric{
    .name = "sparseness",
    .title = "Sparseness",
    .family = MetricFamily::complexity,
    .paper = "Chalasani et al. 2020, Concise explanations of neural networks using adversarial training",
    .summary = "How few pixels carry the map (Gini index): 0 when all count alike, near 1 when a handful does.",
    .better = Better::higher,
    .range = "0 to 1",
    .make = make,
};

}  // namespace whylight
