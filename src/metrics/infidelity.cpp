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
     .fallback = "50",
     .low = 1,
     .high = 10000,
     .help = "changes tried"},
    {.name = "change",
     .kind = OptionKind::choice,
     .fallback = "square",
     .choices = "square|noise",
     .help = "take a random square away (to the baseline), or subtract Gaussian noise"},
    {.name = "sigma",
     .kind = OptionKind::number,
     .fallback = "0.1",
     .low = 0,
     .high = 100,
     .help = "noise as a share of the input's range"},
    baseline_option,
    {.name = "normalise",
     .kind = OptionKind::flag,
     .fallback = "true",
     .help = "scale the map to fit best first, so that maps in different units compare"},
};

// I of Yeh et al.: what is subtracted from the input. A square's side is drawn between an eighth and a half of the
// shorter side.
void take_square(const MetricProblem& problem, const Tensor& baseline, const Random& random, std::span<Real> change) {
  const Features features(problem.input.shape());
  const auto shorter = *std::min_element(features.space.begin(), features.space.end());
  const auto least = std::max<std::int64_t>(1, shorter / 8);
  const auto side =
      least + random.below(0, static_cast<std::uint32_t>(std::max<std::int64_t>(1, shorter / 2 - least + 1)));
  Shape low;
  for (std::size_t axis = 0; axis < features.space.size(); ++axis)
    low.push_back(random.below(axis + 1, static_cast<std::uint32_t>(features.space[axis] - side + 1)));
  const auto strides = dense_strides(features.space);
  for (std::int64_t position = 0; position < features.positions; ++position) {
    bool inside = true;
    for (std::size_t axis = 0; axis < low.size(); ++axis) {
      const auto at = position / strides[axis] % features.space[axis];
      inside = inside && at >= low[axis] && at < low[axis] + side;
    }
    for (std::int64_t channel = 0; inside && channel < features.channels; ++channel) {
      const auto at = static_cast<std::size_t>(features.at(position, channel));
      change[at] = problem.input.real()[at] - baseline.real()[at];
    }
  }
}

struct Changes {
  MetricProblem problem;
  Tensor baseline;
  Tensor given;

  void fill(std::int64_t sample, std::span<Real> change) const {
    if (given.present()) {
      std::copy_n(given.real().begin() + sample * problem.input.size(), change.size(), change.begin());
      return;
    }
    const Random random(problem.seed, static_cast<std::uint64_t>(sample));
    if (problem.settings.text("change") == "square") return take_square(problem, baseline, random, change);
    const auto [low, high] = std::minmax_element(problem.input.real().begin(), problem.input.real().end());
    random.fill_normal(change, 0,
                       static_cast<Real>(problem.settings.number("sigma") * (static_cast<double>(*high) - *low)));
  }
};

// The map in the input's shape: one value a position is shared evenly by the channels.
Tensor spread(const MetricProblem& problem) {
  if (problem.attribution.size() == problem.input.size()) return problem.attribution.reshaped(problem.input.shape());
  const Features features(problem.input.shape());
  const auto sums = sum_channels("attribution", problem.attribution, features.space);
  Tensor result(problem.input.shape());
  for (std::int64_t position = 0; position < features.positions; ++position)
    for (std::int64_t channel = 0; channel < features.channels; ++channel)
      result.real()[static_cast<std::size_t>(features.at(position, channel))] =
          static_cast<Real>(sums[static_cast<std::size_t>(position)] / static_cast<double>(features.channels));
  return result;
}

// For each change: what the map says it takes away, then the output of the changed input.
Partial measure(Session& session, const Changes& changes, const Tensor& map, std::int64_t first, std::int64_t rows) {
  const auto x = changes.problem.input.real();
  Partial partial;
  const auto batch = make_batch(changes.problem.input, first, rows, [&](std::int64_t sample, std::span<Real> values) {
    changes.fill(sample, values);
    double said = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      said += static_cast<double>(values[i]) * map.real()[i];
      values[i] = x[i] - values[i];
    }
    partial.push_back(static_cast<Real>(said));
  });
  for (const auto score : session.score(batch, changes.problem.target)) partial.push_back(score);
  return partial;
}

Score finish(std::span<const Partial> partials, double original, bool normalise) {
  double said_squares = 0;
  double products = 0;
  double done_squares = 0;
  double samples = 0;
  for (const auto& partial : partials) {
    const auto rows = partial.size() / 2;
    for (std::size_t i = 0; i < rows; ++i) {
      const double said = partial[i];
      const double done = original - partial[rows + i];
      said_squares += said * said;
      products += said * done;
      done_squares += done * done;
      samples += 1;
    }
  }
  const double scale = normalise && said_squares > 0 ? products / said_squares : 1;
  Score score;
  score.value = std::max((scale * scale * said_squares - 2 * scale * products + done_squares) / samples, 0.0);
  score.facts = {{"scale", scale, "what the map was multiplied by to fit best"},
                 {"zero-map", done_squares / samples, "the infidelity of a map that is zero everywhere"}};
  score.evaluations = static_cast<std::int64_t>(samples) + 1;
  return score;
}

// Yeh et al. 2019, definition 2.1: E[(I·map - (f(x) - f(x - I)))²]; the best scale as in their proposition 2.1's
// remark.
Job<Score> make(Session& session, const MetricProblem& problem) {
  const auto samples = problem.settings.integer("samples");
  Changes changes{
      problem, make_fill(problem.settings.text("baseline"), problem.input, problem.seed, problem.injected), {}};
  if (const auto found = problem.injected.find("perturbation"); found != problem.injected.end()) {
    if (found->second.size() != samples * problem.input.size())
      fail("injected perturbation", "must be ", samples, " arrays of the input's shape, found ",
           to_text(found->second.shape()));
    changes.given = found->second;
  }
  const auto map = spread(problem);
  const Cut cut{samples, rows_per_chunk(session, false)};
  Job<Score> job;
  job.chunks = cut.chunks();
  job.run = [=](Session& worker, int chunk) {
    return measure(worker, changes, map, cut.first(chunk), cut.size(chunk));
  };
  job.finish = [=](Session& worker, std::span<const Partial> partials) {
    return finish(partials, worker.score(problem.input, problem.target)[0], problem.settings.flag("normalise"));
  };
  return job;
}

}  // namespace

const Metric infidelity_metric{
    .name = "infidelity",
    .title = "Infidelity",
    .family = MetricFamily::faithfulness,
    .paper = "Yeh, Hsieh, Suggala, Inouye and Ravikumar 2019, On the (in)fidelity and sensitivity of explanations",
    .summary = "How badly the map predicts what happens when parts of the picture are taken away (mean squared error).",
    .better = Better::lower,
    .range = "0 and up",
    .options = options,
    .injects = "perturbation [samples, input]: subtracted from the input; baseline [input]",
    .make = make,
};

}  // namespace whylight
