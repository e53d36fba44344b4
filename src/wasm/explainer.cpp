#include "wasm/explainer.hpp"

#include <algorithm>
#include <set>

#include "lrp/composite.hpp"
#include "onnx/load.hpp"
#include "tensor/clock.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

std::string text_of(const Target& target) {
  if (!target.hidden.empty()) return target.hidden;
  std::string text = std::to_string(target.terms.at(0).first);
  if (target.terms.size() > 1) text += ":" + std::to_string(target.terms[1].first);
  return text;
}

// What the settings give for the row's option of kind layer; empty when it has none or has the default.
std::string layer_of(std::span<const Option> options, const Settings& settings) {
  for (const Option& option : options)
    if (option.kind == OptionKind::layer) return settings.text(option.name);
  return {};
}

Given all_of(const Settings& settings) { return {settings.all().begin(), settings.all().end()}; }

// Weights as the model's maker counts them: quantised ones count, their scales and zero points do not.
std::int64_t count_parameters(const Graph& graph) {
  std::set<int> weights;
  std::set<int> scales;
  for (const Node& node : graph.nodes) {
    if (node.op->name != "DequantizeLinear") continue;
    weights.insert(node.inputs[0]);
    scales.insert(node.inputs.begin() + 1, node.inputs.end());
  }
  std::int64_t sum = 0;
  for (int i = 0; i < static_cast<int>(graph.values.size()); ++i) {
    const Tensor& constant = graph.values[static_cast<std::size_t>(i)].constant;
    const bool counts = constant.present() && (constant.type() == Type::real || weights.contains(i));
    if (counts && !scales.contains(i)) sum += constant.size();
  }
  return sum;
}

void check_row(const std::string& where, const Tensor& row) {
  if (!row.present() || row.shape().empty() || row.shape()[0] != 1)
    fail(where, "takes one row at a time, found an input of shape ", to_text(row.shape()));
}

}  // namespace

Explainer::Explainer(std::span<const std::byte> model, const Shape& input_shape)
    : Explainer(MemorySource(model), input_shape) {}

Explainer::Explainer(const ByteSource& model, const Shape& input_shape)
    : graph_(std::make_shared<const Graph>(load_onnx(model))), plain_(graph_) {
  if (!input_shape.empty()) plain_.run(Tensor(input_shape));
}

Description Explainer::describe() {
  const Graph& graph = *graph_;
  Description result;
  result.producer = graph.producer;
  result.opset = graph.opset;
  result.parameters = count_parameters(graph);
  const auto name_of_first = [&](const std::vector<int>& values) {
    return values.empty() ? std::string() : graph.values[static_cast<std::size_t>(values[0])].name;
  };
  result.input_name = name_of_first(graph.inputs);
  result.input_shape = plain_.input_shape();
  result.output_name = name_of_first(graph.outputs);
  result.explained = plain_.output_name();
  for (const Node& node : graph.nodes) ++result.operators[std::string(node.op->name)];
  if (std::ranges::any_of(result.input_shape, [](std::int64_t size) { return size < 0; })) return result;
  result.cost = plain_.cost();
  result.units = plain_.units();
  result.layers = plain_.layers();
  result.graph = plain_.outline();
  result.last_feature_map = plain_.last_feature_map();
  return result;
}

Tensor Explainer::predict(const Tensor& batch) { return plain_.run(batch); }

Tensor Explainer::activations(const Tensor& batch, const std::string& layer) {
  Tensor result = session({layer, {}}).activation(batch, layer);
  if (result.type() != Type::real)
    fail("layer", "'", layer, "' must hold real numbers, found ", name_of(result.type()));
  return result;
}

void Explainer::compute_directly(bool direct) {
  direct_ = direct;
  plain_.compute_directly(direct);
  if (aimed_) aimed_->compute_directly(direct);
}

void Explainer::limit_memory(double megabytes) {
  constexpr double most = 1024;  // more than a plan may take
  if (!(megabytes > 0)) fail("memory limit", "must be above 0 MB, found ", megabytes);
  memory_limit_ = static_cast<std::size_t>(std::min(megabytes, most) * (1 << 20));
  plain_.limit_memory(memory_limit_);
  if (aimed_) aimed_->limit_memory(memory_limit_);
}

std::string Explainer::resolve(const Tensor& row, const std::string& target) {
  check_row("target", row);
  return text_of(parse_target(session({{}, layer_of_target(target)}), row, target));
}

Session& Explainer::session(Aim aim) {
  if (!aim.layer.empty() && plain_.knows(aim.layer)) aim.layer.clear();
  if (aim.target == plain_.output_name()) aim.target.clear();
  if (aim == Aim()) return plain_;
  if (aim != aim_ || !aimed_) {
    SessionOptions options{.direct = direct_, .memory_limit = memory_limit_, .explained = aim.target};
    if (!aim.layer.empty()) options.layers = {aim.layer};
    aimed_.emplace(graph_, std::move(options));
    aim_ = aim;
  }
  return *aimed_;
}

Begun Explainer::begin_explain(const Tensor& row, const Request& request) {
  const Method& method = find_method(request.name);
  check_row(request.name, row);
  const Settings settings(method.name, method.options, request.settings);
  const Aim aim{layer_of(method.options, settings), layer_of_target(request.target)};
  Session& where = session(aim);
  const Target target = parse_target(where, row, request.target);
  Job<Attribution> job = method.make(where, {row, target, settings, request.seed, request.injected});
  const int chunks = job.chunks;
  return {keep(aim, std::move(job), chunks), chunks, text_of(target), all_of(settings)};
}

MetricProblem Explainer::problem(Session& where, const Metric& metric, const Tensor& row,
                                 const Evaluation& evaluation) {
  MetricProblem result;
  result.input = row;
  result.attribution = evaluation.attribution;
  result.mask = evaluation.mask;
  result.target = parse_target(where, row, evaluation.target);
  result.settings = Settings(metric.name, metric.options, evaluation.settings);
  result.seed = evaluation.seed;
  result.injected = evaluation.injected;
  if (evaluation.method.empty()) return result;
  const Method& method = find_method(evaluation.method);
  const Settings settings(method.name, method.options, evaluation.method_settings);
  result.explain = [name = method.name, settings, target = result.target, seed = evaluation.seed](Session& session,
                                                                                                  const Tensor& other) {
    return explain(session, name, {other, target, settings, seed, {}}).values;
  };
  return result;
}

Begun Explainer::begin_evaluate(const Tensor& row, const Evaluation& evaluation) {
  const Metric& metric = find_metric(evaluation.name);
  check_row(evaluation.name, row);
  if (metric.needs_method && evaluation.method.empty())
    fail(metric.name, "explains again and again and so needs a method, found none");
  if (metric.needs_mask && !evaluation.mask.present())
    fail(metric.name, "needs a mask of where the object is, found none");
  std::string layer = layer_of(metric.options, Settings(metric.name, metric.options, evaluation.settings));
  if (layer.empty() && !evaluation.method.empty()) {
    const Method& method = find_method(evaluation.method);
    layer = layer_of(method.options, Settings(method.name, method.options, evaluation.method_settings));
  }
  const Aim aim{layer, layer_of_target(evaluation.target)};
  Session& where = session(aim);
  const MetricProblem asked = problem(where, metric, row, evaluation);
  Job<Score> job = metric.make(where, asked);
  const int chunks = job.chunks;
  return {keep(aim, std::move(job), chunks), chunks, text_of(asked.target), all_of(asked.settings)};
}

int Explainer::keep(const Aim& aim, Work work, int chunks) {
  jobs_.emplace(next_job_, Running{aim, std::move(work), std::vector<Partial>(static_cast<std::size_t>(chunks))});
  return next_job_++;
}

Explainer::Running& Explainer::running(int job) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) fail("job", "there is none with this number, found ", job);
  return found->second;
}

// What a chunk gave, which is run first where that is not there.
Partial& Explainer::kept(int job, int chunk) {
  auto& found = running(job);
  if (chunk < 0 || chunk >= std::ssize(found.kept))
    fail("job", "has ", found.kept.size(), " chunks, found chunk ", chunk);
  auto& partial = found.kept[static_cast<std::size_t>(chunk)];
  if (partial.empty())
    partial = std::visit([&](const auto& work) { return work.run(session(found.aim), chunk); }, found.work);
  return partial;
}

void Explainer::run_chunk(int job, int chunk) { kept(job, chunk); }

Partial Explainer::take_chunk(int job, int chunk) { return std::move(kept(job, chunk)); }

std::vector<Partial> Explainer::gather(int job, std::vector<Partial> elsewhere) {
  const auto chunks = running(job).kept.size();
  if (elsewhere.size() > chunks)
    fail("finish", "the job has ", chunks, " chunks, found ", elsewhere.size(), " results");
  elsewhere.resize(chunks);
  for (int chunk = 0; auto& partial : elsewhere) {
    if (partial.empty()) partial = take_chunk(job, chunk);
    ++chunk;
  }
  return elsewhere;
}

Attribution Explainer::finish_explain(int job, std::vector<Partial> elsewhere) {
  Running& found = running(job);
  const auto* work = std::get_if<Job<Attribution>>(&found.work);
  if (!work) fail("job", "does not explain, found ", job);
  const auto partials = gather(job, std::move(elsewhere));
  return work->finish(session(found.aim), partials);
}

Score Explainer::finish_evaluate(int job, std::vector<Partial> elsewhere) {
  Running& found = running(job);
  const auto* work = std::get_if<Job<Score>>(&found.work);
  if (!work) fail("job", "does not evaluate, found ", job);
  const auto partials = gather(job, std::move(elsewhere));
  return work->finish(session(found.aim), partials);
}

void Explainer::end(int job) { jobs_.erase(job); }

Rounds Explainer::profile(const Tensor& batch, const std::string& way, int rounds, double milliseconds) {
  if (way != "none" && way != "gradient" && way != "lrp")
    fail("profile", "knows the ways none, gradient and lrp, found ", way);
  const Backward backward = way == "lrp" ? lrp(plain_, find_composite("epsilon-plus"), {}) : gradient();
  const double begin = clock_milliseconds();
  const auto late = [&] { return clock_milliseconds() - begin >= milliseconds; };
  Rounds result;
  do {
    Profile profile = plain_.profile(batch, way == "none" ? nullptr : &backward);
    result.rows = profile.rows;
    result.steps = std::move(profile.steps);
    for (const auto& pass : {profile.forward, profile.backward})
      for (const double time : pass) result.times.push_back(static_cast<Real>(time));
  } while (--rounds > 0 && !late());
  return result;
}

Tensor Explainer::perturbed(const Tensor& row, const Evaluation& evaluation, double share) {
  const Metric& metric = find_metric(evaluation.name);
  check_row(evaluation.name, row);
  Session& where = session({{}, layer_of_target(evaluation.target)});
  return whylight::perturbed(where, metric.name, problem(where, metric, row, evaluation), share);
}

}  // namespace whylight
