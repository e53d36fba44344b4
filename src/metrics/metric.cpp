#include "metrics/metric.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "metrics/curve.hpp"
#include "metrics/table.hpp"
#include "tensor/elementary.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

// To add a metric: its row here, and its file.
const std::array rows{&deletion_metric,
                      &insertion_metric,
                      &pixel_flipping_metric,
                      &infidelity_metric,
                      &max_sensitivity_metric,
                      &sparseness_metric,
                      &complexity_metric,
                      &completeness_metric,
                      &relevance_mass_accuracy_metric,
                      &relevance_rank_accuracy_metric};

std::vector<Metric> copy_rows() {
  std::vector<Metric> table;
  for (const auto* row : rows) table.push_back(*row);
  return table;
}

Real share_of(std::span<const Real> row, std::int64_t unit) {
  const double top = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (const auto value : row) sum += exp_of(value - top);
  return static_cast<Real>(exp_of(row[static_cast<std::size_t>(unit)] - top) / sum);
}

}  // namespace

std::span<const Metric> metrics() {
  static const std::vector<Metric> table = copy_rows();
  return table;
}

const Metric& find_metric(std::string_view name) {
  std::string names;
  for (const auto& metric : metrics()) {
    if (metric.name == name) return metric;
    names += (names.empty() ? "" : ", ") + std::string(metric.name);
  }
  fail("metric", "there is no metric '", name, "', there are ", names);
}

Score evaluate(Session& session, std::string_view metric, const MetricProblem& problem) {
  const auto& row = find_metric(metric);
  if (row.needs_mask && !problem.mask.present()) fail(metric, "needs a mask of where the object is, none was given");
  if (row.needs_method && !problem.explain) fail(metric, "explains again, so it needs a method, none was given");
  return row.make(session, problem).all(session);
}

std::vector<Real> follow(const Tensor& logits, std::int64_t number, const Target& target, const std::string& output) {
  auto values = scores_of(logits, number, target);
  if (output == "score" || target.terms.size() != 1 || !target.hidden.empty()) return values;
  const auto units = logits.real().size() / values.size();
  for (std::size_t row = 0; row < values.size(); ++row)
    values[row] = share_of(logits.real().subspan(row * units, units), target.terms[0].first);
  return values;
}

Job<Score> immediate(std::function<Score()> run) {
  Job<Score> job;
  job.chunks = 0;
  job.finish = [run = std::move(run)](Session&, std::span<const Partial>) { return run(); };
  return job;
}

std::vector<double> sizes(const MetricProblem& problem) {
  auto values = sum_channels("attribution", problem.attribution, Features(problem.input.shape()).space);
  for (auto& value : values) value = std::abs(value);
  return values;
}

Tensor perturbed(Session&, std::string_view metric, const MetricProblem& problem, double share) {
  find_metric(metric);
  const Flip flip(metric, problem);
  return flip.after(
      static_cast<std::int64_t>(std::llround(std::clamp(share, 0.0, 1.0) * static_cast<double>(flip.positions()))));
}

}  // namespace whylight
