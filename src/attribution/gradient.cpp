#include <cmath>

#include "attribution/table.hpp"

namespace whylight {

namespace {

constexpr Option options[] = {absolute_option};

// Simonyan, Vedaldi and Zisserman 2013: the derivative of the target with respect to each input value.
Job<Attribution> make(Session& session, const Problem& problem) {
  const auto layer = session.entry(problem.input);
  const bool absolute = problem.settings.flag("absolute");
  const auto run = [=](Session& worker) {
    auto pass = worker.back(problem.input, problem.target, {}, layer);
    if (absolute)
      for (auto& value : pass.signal.real()) value = std::abs(value);
    return Single{pass.score[0], pass.signal};
  };
  return single(run, [layer](Attribution& attribution, double) { attribution.layer = layer; });
}

}  // namespace

const Method gradient_method{
    .name = "gradient",
    .title = "Gradient (saliency)",
    .family = Family::gradient,
    .paper = "Simonyan, Vedaldi and Zisserman 2013, Deep inside convolutional networks",
    .summary = "How much the output would change if a pixel changed a little.",
    .options = options,
    .make = make,
};

}  // namespace whylight
