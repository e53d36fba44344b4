#include <cmath>

#include "metrics/table.hpp"

namespace whylight {

namespace {

constexpr Option options[] = {{.name = "sign",
                               .kind = OptionKind::choice,
                               .fallback = "positive",
                               .choices = "positive|absolute|signed",
                               .help = "which part of the map counts"}};

struct Masked {
  std::vector<double> values;
  std::vector<bool> inside;
  std::int64_t size = 0;  // positions inside
};

double keep(const std::string& sign, double value) {
  if (sign == "positive") return std::max(value, 0.0);
  return sign == "absolute" ? std::abs(value) : value;
}

Masked masked(const MetricProblem& problem) {
  const auto& space = Features(problem.input.shape()).space;
  Masked result;
  result.values = sum_channels("attribution", problem.attribution, space);
  for (auto& value : result.values) value = keep(problem.settings.text("sign"), value);
  for (const auto value : sum_channels("mask", problem.mask, space)) {
    result.inside.push_back(value != 0);
    result.size += value != 0;
  }
  return result;
}

Score mass(const MetricProblem& problem) {
  const auto map = masked(problem);
  double inside = 0;
  double all = 0;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    all += map.values[i];
    if (map.inside[i]) inside += map.values[i];
  }
  Score score;
  score.facts.push_back({"chance", static_cast<double>(map.size) / static_cast<double>(map.values.size()),
                         "the mask's share of the picture"});
  if (map.size == 0)
    score.missing = "the mask is empty";
  else if (all == 0)
    score.missing = "the map adds up to zero";
  else
    score.value = inside / all;
  return score;
}

Score rank(const MetricProblem& problem) {
  const auto map = masked(problem);
  Score score;
  score.facts.push_back({"chance", static_cast<double>(map.size) / static_cast<double>(map.values.size()),
                         "the mask's share of the picture"});
  if (map.size == 0) {
    score.missing = "the mask is empty";
    return score;
  }
  const auto order = most_relevant_first(map.values);
  std::int64_t hits = 0;
  for (std::int64_t i = 0; i < map.size; ++i)
    hits += map.inside[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
  score.value = static_cast<double>(hits) / static_cast<double>(map.size);
  return score;
}

// Arras, Osman and Samek 2022, section 3: the mask's share of the relevance; of as many positions as the mask has,
// those of highest relevance that lie in it.
Job<Score> make_mass(Session&, const MetricProblem& problem) {
  return immediate([problem] { return mass(problem); });
}
Job<Score> make_rank(Session&, const MetricProblem& problem) {
  return immediate([problem] { return rank(problem); });
}

}  // namespace

const Metric relevance_mass_accuracy_metric{
    .name = "relevance-mass-accuracy",
    .title = "Relevance mass accuracy",
    .family = MetricFamily::localisation,
    .paper = "Arras, Osman and Samek 2022, CLEVR-XAI",
    .summary = "Which share of the map lies on the object that the mask marks.",
    .better = Better::higher,
    .range = "0 to 1",
    .options = options,
    .needs_mask = true,
    .make = make_mass,
};

const Metric relevance_rank_accuracy_metric{
    .name = "relevance-rank-accuracy",
    .title = "Relevance rank accuracy",
    .family = MetricFamily::localisation,
    .paper = "Arras, Osman and Samek 2022, CLEVR-XAI",
    .summary = "Of the most relevant pixels, as many as the mask has, the share that lies in the mask.",
    .better = Better::higher,
    .range = "0 to 1",
    .options = options,
    .needs_mask = true,
    .make = make_rank,
};

}  // namespace whylight
