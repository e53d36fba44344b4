#include <algorithm>

#include "attribution/table.hpp"
#include "perturb/features.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

constexpr Option options[] = {
    {.name = "window",
     .kind = OptionKind::integer,
     .fallback = "0",
     .low = 0,
     .high = 4096,
     .help = "side of the square that is covered; 0 takes a seventh of the shorter side"},
    {.name = "stride",
     .kind = OptionKind::integer,
     .fallback = "0",
     .low = 0,
     .high = 4096,
     .help = "step between squares; 0 takes half the window"},
    baseline_option,
};

// The positions of a window along the axes that it moves on; all channels are covered together.
struct Windows {
  Features features;
  std::int64_t window;
  std::int64_t stride;
  Shape positions;

  std::int64_t total() const { return whylight::count(positions); }
};

// As in Captum: ceil((size - window) / stride) + 1 positions, the last cut off at the border.
Windows windows_of(const Problem& problem) {
  Windows result{Features(problem.input.shape()), 0, 0, {}};
  const auto& space = result.features.space;
  if (space.empty())
    fail("occlusion", "needs an input with an axis beside the batch, found ", to_text(problem.input.shape()));
  const auto shorter = *std::min_element(space.begin(), space.end());
  result.window = problem.settings.integer("window");
  if (result.window == 0) result.window = std::max<std::int64_t>(1, shorter / 7);
  result.stride = problem.settings.integer("stride");
  if (result.stride == 0) result.stride = std::max<std::int64_t>(1, result.window / 2);
  if (result.window > shorter)
    fail("occlusion", "window must fit the input's shorter side ", shorter, ", found ", result.window);
  if (result.stride > result.window)
    fail("occlusion", "stride must not exceed the window ", result.window, ", found ", result.stride);
  for (const auto size : space)
    result.positions.push_back((size - result.window + result.stride - 1) / result.stride + 1);
  return result;
}

// Calls use(index) for each position that window `number` covers, as an index into one channel.
template <class Use>
void for_covered(const Windows& windows, std::int64_t number, const Use& use) {
  const auto rank = windows.features.space.size();
  Shape low(rank);
  Shape high(rank);
  for (std::size_t axis = rank; axis-- > 0;) {
    low[axis] = number % windows.positions[axis] * windows.stride;
    high[axis] = std::min(low[axis] + windows.window, windows.features.space[axis]);
    number /= windows.positions[axis];
  }
  const auto strides = dense_strides(windows.features.space);
  auto at = low;
  while (true) {
    std::int64_t index = 0;
    for (std::size_t axis = 0; axis < rank; ++axis) index += at[axis] * strides[axis];
    use(index);
    auto axis = rank;
    while (axis > 0 && ++at[axis - 1] == high[axis - 1]) {
      at[axis - 1] = low[axis - 1];
      --axis;
    }
    if (axis == 0) return;
  }
}

Tensor covered_batch(const Problem& problem, const Tensor& baseline, const Windows& windows, std::int64_t first,
                     std::int64_t rows) {
  return make_batch(problem.input, first, rows, [&](std::int64_t number, std::span<Real> values) {
    std::copy_n(problem.input.real().begin(), values.size(), values.begin());
    for_covered(windows, number,
                [&](std::int64_t position) { copy_position(windows.features, position, baseline.real(), values); });
  });
}

Attribution finish(Session& session, const Problem& problem, const Windows& windows,
                   std::span<const Partial> partials) {
  const auto target = session.score(problem.input, problem.target)[0];
  std::vector<double> sums(static_cast<std::size_t>(windows.features.positions));
  std::vector<double> times(sums.size());
  std::int64_t number = 0;
  for (const auto& partial : partials)
    for (const auto score : without_work(partial))
      for_covered(windows, number++, [&](std::int64_t position) {
        const auto at = static_cast<std::size_t>(position);
        sums[at] += static_cast<double>(target) - score;
        times[at] += 1;
      });
  Attribution attribution;
  attribution.values = Tensor(problem.input.shape());
  const auto values = attribution.values.real();
  for (std::int64_t position = 0; position < windows.features.positions; ++position) {
    const auto at = static_cast<std::size_t>(position);
    for (std::int64_t channel = 0; channel < windows.features.channels; ++channel)
      values[static_cast<std::size_t>(windows.features.at(position, channel))] =
          static_cast<Real>(sums[at] / std::max(times[at], 1.0));
  }
  attribution.facts = {target_fact(target),
                       {"windows", static_cast<double>(windows.total()), "squares covered, one after the other"},
                       saved_fact(partials)};
  attribution.baseline = problem.injected.contains("baseline") ? "given" : problem.settings.text("baseline");
  return attribution;
}

// Zeiler and Fergus 2013; each position gets the mean drop of the windows over it, as in Captum.
Job<Attribution> make(Session& session, const Problem& problem) {
  const auto windows = windows_of(problem);
  const auto baseline = make_fill(problem.settings.text("baseline"), problem.input, problem.seed, problem.injected);
  const Cut cut{windows.total(), rows_per_chunk(session, false)};
  Job<Attribution> job;
  job.chunks = cut.chunks();
  job.run = [=](Session& worker, int chunk) {
    const auto rows = cut.size(chunk);
    const auto batch = covered_batch(problem, baseline, windows, cut.first(chunk), rows);
    const auto changed = worker.changed(problem.input, batch);
    return with_work(scores_of(changed.output, rows, problem.target), changed);
  };
  job.finish = [=](Session& worker, std::span<const Partial> partials) {
    return finish(worker, problem, windows, partials);
  };
  return job;
}

}  // namespace

const Method occlusion_method{
    .name = "occlusion",
    .title = "Occlusion",
    .family = Family::perturbation,
    .paper = "Zeiler and Fergus 2013, Visualizing and understanding convolutional networks",
    .summary = "Covers the picture square by square and shows where the output drops.",
    .options = options,
    .injects = "baseline [input]",
    .make = make,
};

}  // namespace whylight
