#include "attribution/table.hpp"

namespace whylight {

namespace {

Job<Attribution> one_pass(Session& session, const Problem& problem, Backward (*backward)()) {
  const auto layer = session.entry(problem.input);
  const auto run = [=](Session& worker) {
    auto pass = worker.back(problem.input, problem.target, backward(), layer);
    return Single{pass.score[0], pass.signal};
  };
  return single(run, [layer](Attribution& attribution, double) { attribution.layer = layer; });
}

Job<Attribution> make_guided(Session& session, const Problem& problem) {
  return one_pass(session, problem, guided_backprop);
}
Job<Attribution> make_deconvnet(Session& session, const Problem& problem) {
  return one_pass(session, problem, deconvnet);
}

}  // namespace

const Method guided_backprop_method{
    .name = "guided-backprop",
    .title = "Guided backpropagation",
    .family = Family::gradient,
    .paper = "Springenberg, Dosovitskiy, Brox and Riedmiller 2014, Striving for simplicity",
    .summary =
        "The gradient with every negative signal dropped at each ReLU: sharp edges, but little of the class in them.",
    .make = make_guided,
};

const Method deconvnet_method{
    .name = "deconvnet",
    .title = "Deconvolution",
    .family = Family::gradient,
    .paper = "Zeiler and Fergus 2013, Visualizing and understanding convolutional networks",
    .summary = "The gradient with ReLU applied to the signal on its way back, whatever came in on the way forward.",
    .make = make_deconvnet,
};

}  // namespace whylight
