#pragma once
#include <algorithm>

#include "attribution/method.hpp"
#include "perturb/fill.hpp"

namespace whylight {

// How many rows one chunk should hold so that it takes a fraction of a second on a slow machine, whatever the model; a
// pass back and forth counts three passes forth.
std::int64_t rows_per_chunk(Session& session, bool backward);

// Chunks of rows_per_chunk over `total` rows.
struct Cut {
  std::int64_t total;
  std::int64_t each;
  int chunks() const { return static_cast<int>((total + each - 1) / each); }
  std::int64_t first(int chunk) const { return chunk * each; }
  std::int64_t size(int chunk) const { return std::min(each, total - chunk * each); }
};

// What one pass gives: the target's value and the map.
struct Single {
  double score;
  Tensor values;
};

// A method that is one pass, run where it is finished. `describe` adds facts and texts to what `run` gave.
Job<Attribution> single(std::function<Single(Session&)> run, std::function<void(Attribution&, double score)> describe);

// A batch of `rows` rows like `row`, each filled by `fill(index, values of that row)`.
Tensor make_batch(const Tensor& row, std::int64_t first, std::int64_t rows,
                  const std::function<void(std::int64_t index, std::span<Real> values)>& fill);

// An option that methods and metrics share.
inline constexpr Option baseline_option{.name = "baseline",
                                        .kind = OptionKind::choice,
                                        .fallback = "zero",
                                        .choices = fill_kinds,
                                        .help = "what stands for a feature that is not there"};
double sum_of(const Tensor& values);
// What jobs over rows that are changed in parts have as their partials: a number for each row, then the share of a
// whole pass's work that these rows took.
Partial with_work(std::vector<Real> numbers, const Changed& changed);
std::span<const Real> without_work(const Partial& partial);
// "work-saved-share": what all rows of such partials together were spared.
Fact saved_fact(std::span<const Partial> partials);
// "target-value": what is explained.
Fact target_fact(double value);
// "sum", "completeness-error" and "completeness-error-share" of values that should add up to `expected`;
// gives the sum.
double add_completeness(Attribution& attribution, double expected, std::string_view promise);

// An array injected under `name`, checked against the shape; absent when there is none.
Tensor injected(const Problem& problem, const std::string& name, const Shape& shape);

}  // namespace whylight
