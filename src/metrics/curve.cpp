#include "metrics/curve.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tensor/fail.hpp"
#include "tensor/random.hpp"

namespace whylight {

namespace {

std::vector<std::int64_t> shuffled(std::size_t size, std::uint64_t seed) {
  std::vector<std::int64_t> order(size);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const Random random(seed, 0x666c6970);
  for (auto i = size; i > 1; --i) std::swap(order[i - 1], order[random.below(i, static_cast<std::uint32_t>(i))]);
  return order;
}

std::vector<std::int64_t> order_of(const MetricProblem& problem, const Features& features) {
  const auto& kind = problem.settings.text("order");
  if (kind == "random") return shuffled(static_cast<std::size_t>(features.positions), problem.seed);
  auto values = sum_channels("attribution", problem.attribution, features.space);
  if (kind == "lerf")
    for (auto& value : values) value = -value;
  return most_relevant_first(values);
}

// The mean of neighbouring heights, so that the area is in units of the output whatever the steps.
double area(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (std::size_t i = 1; i < x.size(); ++i) sum += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  return sum;
}

}  // namespace

Flip::Flip(std::string_view metric, const MetricProblem& problem) : features_(problem.input.shape()) {
  if (!problem.settings.has("order")) fail(metric, "has no curve of changed inputs");
  const auto baseline = make_fill(problem.settings.text("baseline"), problem.input, problem.seed, problem.injected);
  const bool inserts = metric == insertion_metric.name;
  from_ = inserts ? baseline : problem.input;
  to_ = inserts ? problem.input : baseline;
  order_ = order_of(problem, features_);
  const auto steps = std::min(problem.settings.integer("steps"), positions());
  for (std::int64_t step = 0; step <= steps; ++step)
    counts_.push_back(positions() * step / std::max<std::int64_t>(steps, 1));
}

void Flip::change(std::int64_t changed, std::span<Real> values) const {
  std::copy_n(from_.real().begin(), values.size(), values.begin());
  for (std::int64_t i = 0; i < changed; ++i)
    copy_position(features_, order_[static_cast<std::size_t>(i)], to_.real(), values);
}

Tensor Flip::after(std::int64_t changed) const {
  Tensor result(from_.shape());
  change(changed, result.real());
  return result;
}

Tensor Flip::batch(std::int64_t first, std::int64_t rows) const {
  return make_batch(from_, first, rows, [&](std::int64_t step, std::span<Real> values) {
    change(counts_[static_cast<std::size_t>(step)], values);
  });
}

Job<Score> curve_job(Session& session, std::string_view name, const MetricProblem& problem) {
  const Flip flip(name, problem);
  const auto output = problem.settings.text("output");
  const Cut cut{static_cast<std::int64_t>(flip.counts().size()), rows_per_chunk(session, false)};
  Job<Score> job;
  job.chunks = cut.chunks();
  job.run = [=, target = problem.target, start = flip.after(0)](Session& worker, int chunk) {
    const auto rows = cut.size(chunk);
    const auto changed = worker.changed(start, flip.batch(cut.first(chunk), rows));
    return with_work(follow(changed.output, rows, target, output), changed);
  };
  job.finish = [=, title = std::string(name)](Session&, std::span<const Partial> partials) {
    Curve curve{title,
                title == insertion_metric.name ? "share of positions put in" : "share of positions taken away",
                output,
                {},
                {}};
    for (const auto& partial : partials)
      for (const auto value : without_work(partial)) curve.y.push_back(value);
    for (const auto changed : flip.counts())
      curve.x.push_back(static_cast<double>(changed) / static_cast<double>(flip.positions()));
    Score score;
    score.value = area(curve.x, curve.y);
    score.facts = {{"start", curve.y.front(), "the output before anything changes"},
                   {"end", curve.y.back(), "the output at the end"},
                   saved_fact(partials)};
    score.evaluations = cut.total;
    score.curves.push_back(std::move(curve));
    return score;
  };
  return job;
}

}  // namespace whylight
