#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <xtl/xoptional.hpp>

#include "attribution/method.hpp"

namespace whylight {

// A line to plot: x is what was done (share of features perturbed, say), y what came of it.
struct Curve {
  std::string name;
  std::string x_label;
  std::string y_label;
  std::vector<double> x;
  std::vector<double> y;
};

// What a metric says of one attribution.
struct Score {
  xtl::xoptional<double> value;  // missing when it is undefined here
  std::string missing;           // why it is missing, one sentence
  std::vector<Curve> curves;
  std::vector<Fact> facts;       // further numbers (chance level, several areas …)
  std::int64_t evaluations = 0;  // passes through the network, forward or back
};

// What a metric is asked about one input row.
struct MetricProblem {
  Tensor input;  // one row, batch of 1
  Tensor
      attribution;  // same shape as the input, or with a single channel, or any shape whose spatial size is the input's
  Tensor mask;      // the input's spatial shape, non-zero where the object is; absent when not given
  Target target;
  Settings settings;
  std::uint64_t seed = 0;
  std::map<std::string, Tensor> injected;
  // Explains another input of the same shape with the same target and method; empty when no method was named.
  std::function<Tensor(Session&, const Tensor& row)> explain;
};

enum class Better : std::uint8_t { higher, lower };
enum class MetricFamily : std::uint8_t { faithfulness, robustness, localisation, complexity, axiomatic };

// One metric: everything the catalogue says of it, and how to make its job.
struct Metric {
  std::string_view name;
  std::string_view title;
  MetricFamily family;
  std::string_view paper;
  std::string_view summary;  // what it measures, one sentence
  Better better;
  std::string_view range;  // "0 to 1", "0 and up", …
  std::span<const Option> options = {};
  std::string_view injects = {};
  bool needs_mask = false;
  bool needs_method = false;  // re-explains: MetricProblem::explain is required
  Job<Score> (*make)(Session&, const MetricProblem&) = nullptr;
};

std::span<const Metric> metrics();
const Metric& find_metric(std::string_view name);

// One attribution scored, all in this thread.
Score evaluate(Session& session, std::string_view metric, const MetricProblem& problem);

// The input with the first `share` (0 to 1) of its features perturbed in the order that the deletion (or insertion)
// metric uses: what a person sees when scrubbing its curve.
Tensor perturbed(Session& session, std::string_view metric, const MetricProblem& problem, double share);

}  // namespace whylight
