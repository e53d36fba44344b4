#include <algorithm>
#include <cmath>

#include "metrics/table.hpp"
#include "tensor/fail.hpp"
#include "tensor/random.hpp"

namespace whylight {

namespace {

constexpr Option options[] = {
    {.name = "samples",
     .kind = OptionKind::integer,
     .fallback = "10",
     .low = 1,
     .high = 1000,
     .help = "slightly changed inputs that are explained again"},
    {.name = "radius",
     .kind = OptionKind::number,
     .fallback = "0.02",
     .low = 0,
     .high = 100,
     .help = "largest change of a value"},
    {.name = "scale",
     .kind = OptionKind::choice,
     .fallback = "range",
     .choices = "range|absolute",
     .help = "radius as a share of the input's range, or in the input's own units"},
};

double radius_of(const MetricProblem& problem) {
  const auto radius = problem.settings.number("radius");
  if (problem.settings.text("scale") == "absolute") return radius;
  const auto [low, high] = std::minmax_element(problem.input.real().begin(), problem.input.real().end());
  return radius * (static_cast<double>(*high) - *low);
}

Tensor noisy(const MetricProblem& problem, const Tensor& noise, double radius, std::int64_t sample) {
  auto result = problem.input.clone();
  const auto values = result.real();
  std::vector<Real> change(values.size());
  if (noise.present())
    std::copy_n(noise.real().begin() + sample * problem.input.size(), values.size(), change.begin());
  else
    Random(problem.seed, static_cast<std::uint64_t>(sample))
        .fill_uniform(change, static_cast<Real>(-radius), static_cast<Real>(radius));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += change[i];
  return result;
}

double norm(std::span<const Real> values) {
  double sum = 0;
  for (const auto value : values) sum += static_cast<double>(value) * value;
  return std::sqrt(sum);
}

Tensor noise_of(const MetricProblem& problem) {
  const auto found = problem.injected.find("noise");
  if (found == problem.injected.end()) return {};
  if (found->second.size() != problem.settings.integer("samples") * problem.input.size())
    fail("injected noise", "must be ", problem.settings.integer("samples"), " arrays of the input's shape, found ",
         to_text(found->second.shape()));
  return found->second;
}

Score finish(std::span<const Partial> partials, double original) {
  Score score;
  score.evaluations = static_cast<std::int64_t>(partials.size());
  if (!(original > 0)) {
    score.missing = "the map is zero everywhere";
    return score;
  }
  double largest = 0;
  double mean = 0;
  for (const auto& partial : partials) {
    largest = std::max(largest, partial[0] / original);
    mean += partial[0] / original / static_cast<double>(partials.size());
  }
  score.value = largest;
  score.facts.push_back({"mean", mean, "the mean change, in place of the largest (average sensitivity)"});
  return score;
}

// Yeh et al. 2019, definition 3.1, divided by the norm of the map as Captum and Quantus do; each chunk explains one
// copy.
Job<Score> make(Session&, const MetricProblem& problem) {
  const auto noise = noise_of(problem);
  const auto radius = radius_of(problem);
  Job<Score> job;
  job.chunks = static_cast<int>(problem.settings.integer("samples"));
  job.run = [=](Session& session, int chunk) {
    auto again = problem.explain(session, noisy(problem, noise, radius, chunk)).clone();
    const auto values = again.real();
    const auto original = problem.attribution.real();
    if (values.size() != original.size())
      fail("max-sensitivity", "the method's map must have the attribution's shape ",
           to_text(problem.attribution.shape()), ", found ", to_text(again.shape()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= original[i];
    return Partial{static_cast<Real>(norm(values))};
  };
  job.finish = [original = norm(problem.attribution.real())](Session&, std::span<const Partial> partials) {
    return finish(partials, original);
  };
  return job;
}

}  // namespace

const Metric max_sensitivity_metric{
    .name = "max-sensitivity",
    .title = "Max-sensitivity",
    .family = MetricFamily::robustness,
    .paper = "Yeh, Hsieh, Suggala, Inouye and Ravikumar 2019, On the (in)fidelity and sensitivity of explanations",
    .summary = "How much the map changes when the picture changes too little to see: the largest change found.",
    .better = Better::lower,
    .range = "0 and up",
    .options = options,
    .injects = "noise [samples, input]: added to the input as it is",
    .needs_method = true,
    .make = make,
};

}  // namespace whylight
