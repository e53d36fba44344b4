#include "attribution/table.hpp"

namespace whylight {

namespace {

// Shrikumar et al. 2016: x times the derivative; the share of each value where the network is linear.
Job<Attribution> make(Session& session, const Problem& problem) {
  const auto layer = session.entry(problem.input);
  const auto run = [=](Session& worker) {
    auto pass = worker.back(problem.input, problem.target, {}, layer);
    const auto values = pass.signal.real();
    const auto x = pass.activation.real();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= x[i];
    return Single{pass.score[0], pass.signal};
  };
  return single(run, [layer](Attribution& attribution, double) {
    attribution.layer = layer;
    attribution.baseline = "zero";
  });
}

}  // namespace

const Method gradient_x_input_method{
    .name = "gradient-x-input",
    .title = "Gradient × input",
    .family = Family::gradient,
    .paper = "Shrikumar, Greenside, Shcherbina and Kundaje 2016, Not just a black box",
    .summary = "The gradient times the value: what each pixel adds if the network were linear.",
    .make = make,
};

}  // namespace whylight
