#include "attribution/job.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tensor/fail.hpp"

namespace whylight {

namespace {

// Multiply-adds that a chunk may hold: a tenth to a quarter of a second at 5 to 15 thousand million a second.
constexpr double chunk_cost = 1.5e9;
constexpr double most_rows = 64;

}  // namespace

std::int64_t rows_per_chunk(Session& session, bool backward) {
  const auto cost = static_cast<double>(session.cost()) * (backward ? 3 : 1);
  return static_cast<std::int64_t>(std::clamp(std::floor(chunk_cost / std::max(cost, 1.0)), 1.0, most_rows));
}

Job<Attribution> single(std::function<Single(Session&)> run, std::function<void(Attribution&, double)> describe) {
  Job<Attribution> job;
  job.chunks = 0;
  job.finish = [run = std::move(run), describe = std::move(describe)](Session& session, std::span<const Partial>) {
    const auto [score, values] = run(session);
    Attribution attribution;
    attribution.values = values;
    attribution.facts.push_back(target_fact(score));
    describe(attribution, score);
    return attribution;
  };
  return job;
}

Tensor make_batch(const Tensor& row, std::int64_t first, std::int64_t rows,
                  const std::function<void(std::int64_t, std::span<Real>)>& fill) {
  auto shape = row.shape();
  shape[0] = rows;
  Tensor batch(shape);
  const auto each = static_cast<std::size_t>(row.size());
  for (std::int64_t i = 0; i < rows; ++i)
    fill(first + i, batch.real().subspan(static_cast<std::size_t>(i) * each, each));
  return batch;
}

// Four sums side by side: one after the other, additions wait for each other.
double sum_of(const Tensor& values) {
  const auto all = values.real();
  double sums[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= all.size(); i += 4)
    for (std::size_t k = 0; k < 4; ++k) sums[k] += all[i + k];
  for (; i < all.size(); ++i) sums[0] += all[i];
  return sums[0] + sums[1] + sums[2] + sums[3];
}

Partial with_work(std::vector<Real> numbers, const Changed& changed) {
  numbers.push_back(static_cast<Real>(changed.whole_work > 0 ? changed.work / changed.whole_work : 1));
  return numbers;
}

std::span<const Real> without_work(const Partial& partial) { return std::span(partial).first(partial.size() - 1); }

Fact saved_fact(std::span<const Partial> partials) {
  double spent = 0, rows = 0;
  for (const auto& partial : partials) {
    const auto size = static_cast<double>(partial.size() - 1);
    spent += size * partial.back();
    rows += size;
  }
  return {"work-saved-share", 1 - spent / std::max(rows, 1.0),
          "of the multiply-adds: what a change cannot reach was not computed again"};
}

Fact target_fact(double value) { return {"target-value", value, "the output that is explained"}; }

double add_completeness(Attribution& attribution, double expected, std::string_view promise) {
  const auto sum = sum_of(attribution.values);
  const auto error = sum - expected;
  attribution.facts.push_back({"sum", sum, "all values of the map added up"});
  attribution.facts.push_back({"completeness-error", error, "the sum less what it should be: " + std::string(promise)});
  const auto scale = std::max(std::abs(expected), 1e-12);
  attribution.facts.push_back(
      {"completeness-error-share", std::abs(error) / scale, "that error as a share of what the sum should be"});
  return sum;
}

Tensor injected(const Problem& problem, const std::string& name, const Shape& shape) {
  const auto found = problem.injected.find(name);
  if (found == problem.injected.end()) return {};
  if (found->second.size() != count(shape))
    fail("injected " + name, "must have shape ", to_text(shape), ", found ", to_text(found->second.shape()));
  return found->second.reshaped(shape);
}

}  // namespace whylight
