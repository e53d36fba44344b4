#include "metrics/curve.hpp"

namespace whylight {

namespace {

constexpr Option order_option{.name = "order",
                              .kind = OptionKind::choice,
                              .fallback = "morf",
                              .choices = "morf|lerf|random",
                              .help = "most relevant first, least relevant first, or by chance"};
constexpr Option steps_option{.name = "steps",
                              .kind = OptionKind::integer,
                              .fallback = "20",
                              .low = 1,
                              .high = 100000,
                              .help = "points on the curve after the first; never more than there are positions"};

constexpr Option with_baseline(std::string_view fallback) {
  auto option = baseline_option;
  option.fallback = fallback;
  return option;
}

constexpr Option deletion_options[] = {steps_option, with_baseline("mean"), order_option, output_option};
constexpr Option insertion_options[] = {steps_option, with_baseline("blur"), order_option, output_option};
constexpr Option flipping_options[] = {steps_option, with_baseline("zero"), order_option, output_option};

// Petsiuk, Das and Saenko 2018, algorithm 1; features are pixels with all their channels.
Job<Score> make_deletion(Session& session, const MetricProblem& problem) {
  return curve_job(session, "deletion", problem);
}
Job<Score> make_insertion(Session& session, const MetricProblem& problem) {
  return curve_job(session, "insertion", problem);
}
// Bach et al. 2015, section "pixel flipping"; Samek et al. 2017.
Job<Score> make_flipping(Session& session, const MetricProblem& problem) {
  return curve_job(session, "pixel-flipping", problem);
}

}  // namespace

const Metric deletion_metric{
    .name = "deletion",
    .title = "Deletion",
    .family = MetricFamily::faithfulness,
    .paper = "Petsiuk, Das and Saenko 2018, RISE",
    .summary = "Takes away the most relevant pixels first: a faithful map makes the output fall at once.",
    .better = Better::lower,
    .range = "0 to 1",
    .options = deletion_options,
    .injects = "baseline [input]",
    .make = make_deletion,
};

const Metric insertion_metric{
    .name = "insertion",
    .title = "Insertion",
    .family = MetricFamily::faithfulness,
    .paper = "Petsiuk, Das and Saenko 2018, RISE",
    .summary =
        "Puts the most relevant pixels into a blurred picture first: a faithful map makes the output rise at once.",
    .better = Better::higher,
    .range = "0 to 1",
    .options = insertion_options,
    .injects = "baseline [input]",
    .make = make_insertion,
};

const Metric pixel_flipping_metric{
    .name = "pixel-flipping",
    .title = "Pixel flipping",
    .family = MetricFamily::faithfulness,
    .paper = "Bach et al. 2015, On pixel-wise explanations; Samek et al. 2017",
    .summary = "Sets the most relevant pixels to zero one after the other; the area under the output's fall.",
    .better = Better::lower,
    .range = "0 to 1",
    .options = flipping_options,
    .injects = "baseline [input]",
    .make = make_flipping,
};

}  // namespace whylight
