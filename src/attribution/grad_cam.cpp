#include <algorithm>
#include <cmath>

#include "attribution/table.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

constexpr Option options[] = {
    {.name = "layer",
     .kind = OptionKind::layer,
     .fallback = "",
     .help = "the feature map that is weighted; the last one by default"},
    {.name = "relu", .kind = OptionKind::flag, .fallback = "true", .help = "keep only what speaks for the target"},
    {.name = "resize",
     .kind = OptionKind::choice,
     .fallback = "linear",
     .choices = "linear|nearest|none",
     .help = "how the map is brought to the input's size"},
};

// Where output position i lies among `from` input positions (half-pixel centres), as a lower index and the share of the
// next.
struct Place {
  std::int64_t index;
  Real share;
};

Place place(std::int64_t i, std::int64_t from, std::int64_t to, bool nearest) {
  if (nearest) return {i * from / to, 0};
  const double at =
      std::max((static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5, 0.0);
  const auto index = std::min(static_cast<std::int64_t>(at), from - 1);
  return {index, index + 1 < from ? static_cast<Real>(at - static_cast<double>(index)) : Real(0)};
}

// Resizes one axis of a plain array.
Tensor resize_axis(const Tensor& from, std::size_t axis, std::int64_t size, bool nearest) {
  auto shape = from.shape();
  const auto old = shape[axis];
  shape[axis] = size;
  Tensor result(shape);
  const auto inner = dense_strides(shape)[axis];
  const auto outer = result.size() / std::max<std::int64_t>(inner * size, 1);
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t i = 0; i < size; ++i) {
      const auto [index, share] = place(i, old, size, nearest);
      const auto* low = from.real().data() + (o * old + index) * inner;
      const auto* high = share > 0 ? low + inner : low;
      auto* to = result.real().data() + (o * size + i) * inner;
      for (std::int64_t k = 0; k < inner; ++k) to[k] = (1 - share) * low[k] + share * high[k];
    }
  return result;
}

// Sum over channels of the activation times its mean gradient; shape [1, 1, space…].
Tensor weigh_channels(const Pass& pass) {
  auto shape = pass.activation.shape();
  const auto channels = shape[1];
  shape[1] = 1;
  Tensor map(shape);
  const auto space = static_cast<std::size_t>(map.size());
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    const auto at = static_cast<std::size_t>(channel) * space;
    double sum = 0;
    for (const auto value : pass.signal.real().subspan(at, space)) sum += value;
    const auto weight = static_cast<Real>(sum / static_cast<double>(space));
    const auto activation = pass.activation.real().subspan(at, space);
    for (std::size_t i = 0; i < space; ++i) map.real()[i] += weight * activation[i];
  }
  return map;
}

// Selvaraju et al. 2017, eq. 1 and 2.
Job<Attribution> make(Session& session, const Problem& problem) {
  auto layer = problem.settings.text("layer");
  if (layer.empty()) layer = session.last_feature_map();
  if (layer.empty()) fail("grad-cam", "needs a convolution's feature map, the model has none");
  const bool relu = problem.settings.flag("relu");
  const auto resize = problem.settings.text("resize");
  const auto run = [=](Session& worker) {
    const auto pass = worker.back(problem.input, problem.target, {}, layer);
    if (pass.activation.shape().size() < 3)
      fail("grad-cam", "layer '", layer, "' must have channels and positions, found ",
           to_text(pass.activation.shape()));
    auto map = weigh_channels(pass);
    for (auto& value : map.real())
      if (relu) value = std::max(value, Real(0));
    const bool fits = map.shape().size() == problem.input.shape().size();
    for (std::size_t axis = 2; resize != "none" && fits && axis < map.shape().size(); ++axis)
      map = resize_axis(map, axis, problem.input.shape()[axis], resize == "nearest");
    return Single{pass.score[0], map};
  };
  return single(run, [layer](Attribution& attribution, double) { attribution.layer = layer; });
}

}  // namespace

const Method grad_cam_method{
    .name = "grad-cam",
    .title = "Grad-CAM",
    .family = Family::cam,
    .paper = "Selvaraju et al. 2017, Grad-CAM: visual explanations from deep networks",
    .summary = "Which regions of the last feature map speak for the class: coarse, but hard to fool.",
    .options = options,
    .make = make,
};

}  // namespace whylight
