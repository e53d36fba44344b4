#include <algorithm>
#include <cmath>

#include "attribution/table.hpp"
#include "tensor/random.hpp"

namespace whylight {

namespace {

constexpr Option options[] = {
    {.name = "samples",
     .kind = OptionKind::integer,
     .fallback = "25",
     .low = 1,
     .high = 1000,
     .help = "noisy copies of the input"},
    {.name = "sigma",
     .kind = OptionKind::number,
     .fallback = "0.15",
     .low = 0,
     .high = 100,
     .help = "standard deviation of the noise"},
    {.name = "scale",
     .kind = OptionKind::choice,
     .fallback = "range",
     .choices = "range|absolute",
     .help = "sigma as a share of the input's range, or in the input's own units"},
    {.name = "statistic",
     .kind = OptionKind::choice,
     .fallback = "mean",
     .choices = "mean|square|variance",
     .help = "mean gradient (SmoothGrad), mean square, or variance (VarGrad)"},
};

double deviation(const Problem& problem) {
  const auto sigma = problem.settings.number("sigma");
  if (problem.settings.text("scale") == "absolute") return sigma;
  const auto [low, high] = std::minmax_element(problem.input.real().begin(), problem.input.real().end());
  return sigma * (static_cast<double>(*high) - *low);
}

// A chunk's mean and sum of squared deviations for each value, one after the other, so that chunks join without loss
// (Chan, Golub and LeVeque 1983). One row deviates from nothing: it is handed on alone.
Partial moments(const Tensor& signal, std::size_t size) {
  const auto rows = static_cast<std::size_t>(signal.size()) / size;
  const Real* values = signal.real().data();
  if (rows == 1) return Partial(values, values + size);
  Partial result(2 * size);
  for (std::size_t i = 0; i < size; ++i) {
    double mean = 0;
    double squares = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      const double value = values[row * size + i];
      const double change = value - mean;
      mean += change / static_cast<double>(row + 1);
      squares += change * (value - mean);
    }
    result[i] = static_cast<Real>(mean);
    result[size + i] = static_cast<Real>(squares);
  }
  return result;
}

struct Moments {
  std::vector<double> mean;
  std::vector<double> squares;
};

Moments join(const Cut& cut, std::span<const Partial> partials, std::size_t size) {
  Moments all{std::vector<double>(size), std::vector<double>(size)};
  double seen = 0;
  for (std::size_t chunk = 0; chunk < partials.size(); ++chunk) {
    const auto rows = static_cast<double>(cut.size(static_cast<int>(chunk)));
    const auto total = seen + rows;
    const auto share = rows / total, spread = seen * rows / total;
    const Real* partial = partials[chunk].data();
    const Real* within = partials[chunk].size() > size ? partial + size : nullptr;
    double *mean = all.mean.data(), *squares = all.squares.data();
    for (std::size_t i = 0; i < size; ++i) {
      const double change = partial[i] - mean[i];
      mean[i] += change * share;
      squares[i] += (within ? within[i] : 0) + change * change * spread;
    }
    seen = total;
  }
  return all;
}

double statistic(const std::string& name, double mean, double variance) {
  if (name == "square") return mean * mean + variance;
  return name == "variance" ? variance : mean;
}

Attribution finish(const Problem& problem, const Cut& cut, std::span<const Partial> partials) {
  const auto size = static_cast<std::size_t>(problem.input.size());
  const auto all = join(cut, partials.first(partials.size() - 1), size);
  const auto samples = static_cast<double>(cut.total);
  const auto& name = problem.settings.text("statistic");
  Attribution attribution;
  attribution.values = Tensor(problem.input.shape());
  for (std::size_t i = 0; i < size; ++i)
    attribution.values.real()[i] = static_cast<Real>(statistic(name, all.mean[i], all.squares[i] / samples));
  attribution.facts.push_back(target_fact(partials.back()[0]));
  if (name != "mean" || samples < 2) return attribution;
  attribution.standard_error = Tensor(problem.input.shape());
  for (std::size_t i = 0; i < size; ++i)
    attribution.standard_error.real()[i] = static_cast<Real>(std::sqrt(all.squares[i] / (samples - 1) / samples));
  return attribution;
}

// Smilkov et al. 2017: the gradient averaged over noisy copies; Adebayo et al. 2018 for the variance.
Job<Attribution> make(Session& session, const Problem& problem) {
  const auto samples = problem.settings.integer("samples");
  auto noise_shape = problem.input.shape();
  noise_shape[0] = samples;
  const auto noise = injected(problem, "noise", noise_shape);
  const Cut cut{samples, rows_per_chunk(session, true)};
  const auto sigma = deviation(problem);
  Job<Attribution> job;
  job.chunks = cut.chunks() + 1;  // the last one is the target's value, so that workers share this too
  job.run = [=](Session& worker, int chunk) {
    if (chunk == cut.chunks()) return Partial{worker.score(problem.input, problem.target)[0]};
    const auto x = problem.input.real();
    const auto fill = [&](std::int64_t sample, std::span<Real> values) {
      if (noise.present())
        std::copy_n(noise.real().begin() + sample * problem.input.size(), values.size(), values.begin());
      else
        Random(problem.seed, static_cast<std::uint64_t>(sample)).fill_normal(values, 0, static_cast<Real>(sigma));
      for (std::size_t i = 0; i < values.size(); ++i) values[i] += x[i];
    };
    const auto batch = make_batch(problem.input, cut.first(chunk), cut.size(chunk), fill);
    return moments(worker.attribute(batch, problem.target), x.size());
  };
  job.finish = [=](Session&, std::span<const Partial> partials) { return finish(problem, cut, partials); };
  return job;
}

}  // namespace

const Method smoothgrad_method{
    .name = "smoothgrad",
    .title = "SmoothGrad",
    .family = Family::gradient,
    .paper = "Smilkov, Thorat, Kim, Viégas and Wattenberg 2017, SmoothGrad: removing noise by adding noise",
    .summary = "The gradient averaged over many copies of the picture with a little noise.",
    .options = options,
    .injects = "noise [samples, input]: added to the input as it is",
    .make = make,
};

}  // namespace whylight
