#pragma once
#include <string_view>

#include "metrics/table.hpp"

namespace whylight {

// Positions of an input replaced one after the other in the order of an attribution, and what the network then says:
// the common ground of deletion, insertion and pixel flipping.
class Flip {
 public:
  // `metric` names the row: insertion starts from the baseline and puts the input back, the others take it away. Throws
  // Error for a metric without such a curve, or an attribution whose positions are not the input's.
  Flip(std::string_view metric, const MetricProblem& problem);

  std::int64_t positions() const { return static_cast<std::int64_t>(order_.size()); }
  // The input after the first `changed` positions of the order.
  Tensor after(std::int64_t changed) const;
  // How many positions have changed at each step of the curve, from 0 to all.
  const std::vector<std::int64_t>& counts() const { return counts_; }
  // Rows for steps `first`… of the curve.
  Tensor batch(std::int64_t first, std::int64_t rows) const;

 private:
  void change(std::int64_t changed, std::span<Real> values) const;

  Features features_;
  Tensor from_;
  Tensor to_;
  std::vector<std::int64_t> order_;
  std::vector<std::int64_t> counts_;
};

// The curve and its area, in chunks; `name` is the metric's.
Job<Score> curve_job(Session& session, std::string_view name, const MetricProblem& problem);

}  // namespace whylight
