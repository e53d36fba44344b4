#include <algorithm>
#include <cmath>

#include "attribution/table.hpp"
#include "kernels/kernels.hpp"
#include "tensor/elementary.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

constexpr Option options[] = {
    {.name = "steps",
     .kind = OptionKind::integer,
     .fallback = "20",
     .low = 1,
     .high = 1000,
     .help = "points on the path"},
    {.name = "rule",
     .kind = OptionKind::choice,
     .fallback = "gauss-legendre",
     .choices = "gauss-legendre|midpoint|left|right|trapezoid|captum-trapezoid|inclusive",
     .help = "how the integral along the path is approximated"},
    baseline_option,
    {.name = "multiply",
     .kind = OptionKind::flag,
     .fallback = "true",
     .help = "multiply the mean gradient by the difference from the baseline"},
};

struct Point {
  double at;      // 0 at the baseline, 1 at the input
  double weight;  // in the sum of gradients
};

// Roots of the Legendre polynomial by Newton's method (Golub and Welsch 1969 give the same), mapped from [-1, 1] to [0,
// 1].
std::vector<Point> gauss_legendre(int steps) {
  std::vector<Point> points;
  for (int k = 0; k < steps; ++k) {
    double x = -cos_of_turns((k + 0.75) / (2 * steps + 1));
    double slope = 1;
    for (int round = 0; round < 100; ++round) {
      double last = 1;
      double value = x;
      for (int n = 2; n <= steps; ++n) {
        const double next = ((2 * n - 1) * x * value - (n - 1) * last) / n;
        last = value;
        value = next;
      }
      slope = steps == 1 ? 1 : steps * (x * value - last) / (x * x - 1);
      const double change = value / slope;
      x -= change;
      if (std::abs(change) < 1e-15) break;
    }
    points.push_back({(1 + x) / 2, 1 / ((1 - x * x) * slope * slope)});
  }
  return points;
}

// n points first, first + 1 / n …, equally weighted.
std::vector<Point> riemann(int steps, double first) {
  std::vector<Point> points;
  for (int k = 0; k < steps; ++k) points.push_back({(k + first) / steps, 1.0 / steps});
  return points;
}

// n points from 0 to 1, both included; `ends` is the weight of the two ends against the others.
std::vector<Point> inclusive(int steps, double ends, double weight) {
  if (steps == 1) return {{1, 1}};
  std::vector<Point> points;
  for (int k = 0; k < steps; ++k) {
    const bool end = k == 0 || k == steps - 1;
    points.push_back({static_cast<double>(k) / (steps - 1), weight * (end ? ends : 1)});
  }
  return points;
}

struct RuleRow {
  std::string_view name;
  std::vector<Point> (*points)(int steps);
};
// Captum's trapezoid divides by n where the rule has n - 1 intervals, so its sum falls short by (n - 1) / n;
// "inclusive" is the plain mean over linspace(0, 1, n) of PAIR saliency and TruLens.
constexpr RuleRow rules[] = {
    {"gauss-legendre", gauss_legendre},
    {"midpoint", [](int n) { return riemann(n, 0.5); }},
    {"left", [](int n) { return riemann(n, 0); }},
    {"right", [](int n) { return riemann(n, 1); }},
    {"trapezoid", [](int n) { return inclusive(n, 0.5, 1.0 / std::max(n - 1, 1)); }},
    {"captum-trapezoid", [](int n) { return inclusive(n, 0.5, 1.0 / n); }},
    {"inclusive", [](int n) { return inclusive(n, 1, 1.0 / n); }},
};

std::vector<Point> points_of(const Settings& settings) {
  for (const auto& rule : rules)
    if (rule.name == settings.text("rule")) return rule.points(static_cast<int>(settings.integer("steps")));
  fail("integrated-gradients", "there is no rule '", settings.text("rule"), "'");
}

// Where the points lie between.
struct Path {
  Tensor baseline;
  Tensor difference;  // the input less the baseline
};

// The weighted gradients of one chunk, added up.
Partial gradients(Session& session, const Problem& problem, const Path& path, std::span<const Point> points) {
  const auto size = static_cast<Index>(problem.input.size());
  const auto batch =
      make_batch(problem.input, 0, static_cast<std::int64_t>(points.size()), [&](std::int64_t row, auto values) {
        std::ranges::copy(path.baseline.real(), values.begin());
        const auto at = static_cast<Real>(points[static_cast<std::size_t>(row)].at);
        kernels().axpy(at, path.difference.real().data(), values.data(), size);
      });
  const auto signal = session.attribute(batch, problem.target);
  Partial sum(static_cast<std::size_t>(size), Real(0));
  const Real* each = signal.real().data();
  for (const auto& point : points) {
    kernels().axpy(static_cast<Real>(point.weight), each, sum.data(), size);
    each += size;
  }
  return sum;
}

Attribution finish(const Problem& problem, const Path& path, std::span<const Partial> partials) {
  Attribution attribution;
  attribution.values = Tensor(problem.input.shape());
  Real* values = attribution.values.real().data();
  const auto size = static_cast<Index>(problem.input.size());
  for (const auto& partial : partials.first(partials.size() - 2)) kernels().add(values, partial.data(), values, size);
  const bool multiply = problem.settings.flag("multiply");
  if (multiply) kernels().multiply(values, path.difference.real().data(), values, size);
  const auto target = partials[partials.size() - 2][0], nothing = partials.back()[0];
  attribution.facts = {target_fact(target), {"baseline-value", nothing, "the same output for the baseline"}};
  attribution.baseline = problem.injected.contains("baseline") ? "given" : problem.settings.text("baseline");
  if (multiply)
    add_completeness(attribution, static_cast<double>(target) - nothing, "the output's difference from the baseline's");
  return attribution;
}

// Sundararajan, Taly and Yan 2017, eq. 1 and 3.
Job<Attribution> make(Session& session, const Problem& problem) {
  const auto points = points_of(problem.settings);
  Path path{make_fill(problem.settings.text("baseline"), problem.input, problem.seed, problem.injected),
            problem.input.clone()};
  kernels().axpy(-1, path.baseline.real().data(), path.difference.real().data(),
                 static_cast<Index>(path.difference.size()));
  const Cut cut{static_cast<std::int64_t>(points.size()), rows_per_chunk(session, true)};
  Job<Attribution> job;
  job.chunks = cut.chunks() + 2;  // the last two are the target's values at the ends, so that workers share these too
  job.run = [=](Session& worker, int chunk) {
    if (chunk == cut.chunks()) return Partial{worker.score(problem.input, problem.target)[0]};
    if (chunk > cut.chunks()) return Partial{static_cast<Real>(worker.baseline_score(path.baseline, problem.target))};
    const std::span<const Point> all = points;
    return gradients(
        worker, problem, path,
        all.subspan(static_cast<std::size_t>(cut.first(chunk)), static_cast<std::size_t>(cut.size(chunk))));
  };
  job.finish = [=](Session&, std::span<const Partial> partials) { return finish(problem, path, partials); };
  return job;
}

}  // namespace

const Method integrated_gradients_method{
    .name = "integrated-gradients",
    .title = "Integrated gradients",
    .family = Family::gradient,
    .paper = "Sundararajan, Taly and Yan 2017, Axiomatic attribution for deep networks",
    .summary = "Gradients collected on the way from a baseline to the input: the values add up to the output's change.",
    .options = options,
    .injects = "baseline [input]",
    .complete = true,
    .make = make,
};

}  // namespace whylight
