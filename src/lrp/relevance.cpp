#include <algorithm>
#include <map>
#include <tuple>

#include "lrp/composite.hpp"

namespace whylight {

namespace {

// A layer's constant input after a Map, and what the operator packed from it; made once and kept with the session.
struct Modified {
  Tensor weights;
  Tensor bias;
  std::shared_ptr<const Prepared> prepared;
};
using ModifiedWeights = std::map<std::tuple<const Node*, Map, Map>, Modified>;

Real apply(Map map, Real value) {
  switch (map) {
    case Map::all:
      return value;
    case Map::positive:
      return std::max(value, Real(0));
    case Map::negative:
      return std::min(value, Real(0));
    case Map::none:
      break;
  }
  return 0;
}

void apply(Map map, std::span<const Real> from, std::span<Real> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = apply(map, from[i]);
}

Tensor apply(Map map, const View& constant) {
  if (!constant.present()) return {};
  Tensor result(constant.shape);
  apply(map, constant.real(), result.real());
  return result;
}

ValueInfo known(const View& view, const Tensor& constant) { return {view.shape, view.type, constant, view.present()}; }

const Modified& modified(ModifiedWeights& cache, const Call& call, const Term& term) {
  auto [entry, made] = cache.try_emplace({&call.node, term.w, term.b});
  auto& result = entry->second;
  if (!made) return result;
  const View bias = call.x.size() > 2 ? call.x[2] : View();
  result.weights = apply(term.w, call.x[1]);
  result.bias = apply(term.b, bias);
  std::vector<ValueInfo> inputs{known(call.x[0], {}), known(call.x[1], result.weights)};
  if (call.x.size() > 2) inputs.push_back(known(bias, result.bias));
  if (call.node.op->prepare) result.prepared = call.node.op->prepare(call.node, inputs);
  return result;
}

// One term of a rule ready to run: the layer's inputs after their maps.
struct Run {
  std::vector<View> x;
  const Prepared* prepared;
};

Run run_of(ModifiedWeights& cache, const Call& call, const Term& term) {
  Run run{{call.x.begin(), call.x.end()}, call.prepared};
  if (term.x != Map::all) {
    run.x[0] = call.scratch->view(call.x[0].shape, call.x[0].layout);
    apply(term.x, call.x[0].real(), run.x[0].real());
  }
  if (term.w == Map::all && term.b == Map::all) return run;
  const auto& weights = modified(cache, call, term);
  run.x[1] = View(weights.weights);
  if (weights.bias.present()) run.x[2] = View(weights.bias);
  run.prepared = weights.prepared.get();
  return run;
}

bool all_zero(const View& view) {
  const auto values = view.real();
  return std::all_of(values.begin(), values.end(), [](Real value) { return value == 0; });
}

// share * relevance / (z + sign(z) epsilon), written over z.
void divide(std::span<const Real> relevance, std::span<Real> z, Real share, Real epsilon) {
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = share * relevance[i] / (z[i] + (z[i] < 0 ? -epsilon : epsilon));
}

void add(std::span<const Real> from, std::span<Real> into) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] += from[i];
}

void add_product(std::span<const Real> a, std::span<const Real> b, std::span<Real> into) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] += a[i] * b[i];
}

// z of a group: the sum of its terms' outputs before any clamp.
View outputs_of(const Call& call, const Group& group, const std::vector<Run>& runs) {
  auto z = call.scratch->view(call.y[0].shape, call.y[0].layout);
  auto extra = group.terms.size() > 1 ? call.scratch->view(call.y[0].shape, call.y[0].layout) : View();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    // A term without input and bias adds nothing; after a Relu that is every term of negative inputs.
    if (i > 0 && group.terms[i].b == Map::none && all_zero(runs[i].x[0])) continue;
    auto& target = i == 0 ? z : extra;
    call.node.op->forward(Call{call.node, runs[i].x, {&target, 1}, {}, {}, Clamp{}, runs[i].prepared, call.scratch});
    if (i > 0) add(extra.real(), z.real());
  }
  return z;
}

// A layer with constant weights: in each group, x ⊙ op'(R / z) summed over the terms.
void layer(ModifiedWeights& cache, const Rule& rule, const Call& call) {
  const auto& into = call.gx[0];
  std::fill(into.real().begin(), into.real().end(), Real(0));
  for (const auto& group : rule.groups) {
    const Scratch::Frame frame(*call.scratch);
    std::vector<Run> runs;
    for (const auto& term : group.terms) runs.push_back(run_of(cache, call, term));
    auto ratio = outputs_of(call, group, runs);
    divide(call.gy[0].real(), ratio.real(), group.share, rule.epsilon);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (i > 0 && all_zero(runs[i].x[0])) continue;
      const Scratch::Frame inner(*call.scratch);
      std::vector<View> gx(call.x.size());
      gx[0] = call.scratch->view(into.shape, into.layout);
      const Call term{call.node, runs[i].x, call.y, {&ratio, 1}, gx, Clamp{}, runs[i].prepared, call.scratch};
      call.node.op->backward(term);
      add_product(runs[i].x[0].real(), gx[0].real(), into.real());
    }
  }
}

// How many inputs depend on the data.
std::ptrdiff_t data_inputs(const Call& call) {
  return std::count_if(call.gx.begin(), call.gx.end(), [](const View& view) { return view.present(); });
}

// The epsilon rule on all data inputs at once, without weights: sums, averages, pools, and products of two matrices of
// activations (each of which then gets `share`).
void norm(const Call& call, Real share) {
  const Scratch::Frame frame(*call.scratch);
  auto ratio = call.scratch->view(call.y[0].shape, call.y[0].layout);
  if (call.clamp.active())
    call.node.op->forward(Call{call.node, call.x, {&ratio, 1}, {}, {}, Clamp{}, call.prepared, call.scratch});
  else
    copy(call.y[0], ratio);
  divide(call.gy[0].real(), ratio.real(), share, Real(1e-6));
  call.node.op->backward(Call{call.node, call.x, call.y, {&ratio, 1}, call.gx, Clamp{}, call.prepared, call.scratch});
  for (std::size_t i = 0; i < call.gx.size(); ++i) {
    if (!call.gx[i].present()) continue;
    const auto x = call.x[i].real();
    const auto gx = call.gx[i].real();
    for (std::size_t k = 0; k < gx.size(); ++k) gx[k] *= x[k];
  }
}

// Element by element, relevance goes through unchanged to the first data input; further ones (slopes, bounds) get none.
void pass(const Call& call) {
  const auto first = std::find_if(call.gx.begin(), call.gx.end(), [](const View& view) { return view.present(); });
  for (std::size_t i = 0; i < call.gx.size(); ++i) {
    if (!call.gx[i].present()) continue;
    if (&call.gx[i] == &*first && call.gx[i].shape == call.gy[0].shape)
      copy(call.gy[0], call.gx[i]);
    else
      std::fill(call.gx[i].real().begin(), call.gx[i].real().end(), Real(0));
  }
}

// x * y of two activations: each gets half (Achtibat et al. 2024, proposition 3.3); of an activation and a constant: it
// gets all; x / y: x gets all. What broadcasts collects the relevance of all its copies, as backward does with a factor
// of one.
void product(const Call& call) {
  const bool both = data_inputs(call) > 1;
  const bool divides = call.node.op->name == "Div";
  const Scratch::Frame frame(*call.scratch);
  std::vector<View> ones{call.scratch->view(call.x[0].shape, call.x[0].layout),
                         call.scratch->view(call.x[1].shape, call.x[1].layout)};
  for (const auto& one : ones) std::fill(one.real().begin(), one.real().end(), Real(1));
  auto relevance = call.scratch->view(call.gy[0].shape, call.gy[0].layout);
  const auto share = both && !divides ? Real(0.5) : Real(1);
  for (std::size_t i = 0; i < relevance.real().size(); ++i) relevance.real()[i] = share * call.gy[0].real()[i];
  call.node.op->backward(Call{call.node, ones, call.y, {&relevance, 1}, call.gx, Clamp{}, nullptr, call.scratch});
  if (both && divides) std::fill(call.gx[1].real().begin(), call.gx[1].real().end(), Real(0));
}

bool is_sum_with_constant(const Call& call) {
  const auto& name = call.node.op->name;
  return (name == "Add" || name == "Sub") && data_inputs(call) == 1;
}

// What kind of sum a `rule` operator is, by name: which function hands its relevance on.
enum class Sum { convolution, dense, product, pass, norm };
struct SumRow {
  std::string_view name;
  Sum sum;
};
constexpr SumRow sums[] = {
    {"Conv", Sum::convolution},
    {"ConvTranspose", Sum::convolution},
    {"Gemm", Sum::dense},
    {"MatMul", Sum::dense},
    {"Mul", Sum::product},
    {"Div", Sum::product},
    {"BatchNormalization", Sum::pass},
};

Sum sum_of(const Node& node) {
  for (const auto& row : sums)
    if (row.name == node.op->name) return row.sum;
  return Sum::norm;
}

// A layer's own rule applies where input 0 is data and the rest constant. Where two matrices of activations are
// multiplied each gets half; where only the second is data, all.
void weighted(ModifiedWeights& cache, const Rule& rule, const Call& call) {
  const auto data = data_inputs(call);
  if (data == 1 && call.gx[0].present()) return layer(cache, rule, call);
  norm(call, Real(1) / static_cast<Real>(data));
}

// The rules of one propagation.
struct Rules {
  Rule convolution;
  Rule dense;
  bool keep_bias;
};

void rule_node(ModifiedWeights& cache, const Rules& rules, const Call& call) {
  switch (sum_of(call.node)) {
    case Sum::convolution:
      return weighted(cache, rules.convolution, call);
    case Sum::dense:
      return weighted(cache, rules.dense, call);
    case Sum::product:
      return product(call);
    case Sum::pass:
      return pass(call);
    case Sum::norm:  // an activation plus a constant is a bias
      return !rules.keep_bias && is_sum_with_constant(call) ? pass(call) : norm(call, 1);
  }
}

}  // namespace

Backward lrp(Session& session, const Composite& composite, const RuleOptions& options) {
  const auto cache = session.cached<ModifiedWeights>("lrp");
  Rules rules{composite.convolution(options), composite.dense(options), options.keep_bias};
  if (!options.keep_bias) rules = {without_bias(rules.convolution), without_bias(rules.dense), false};
  Backward how;
  how.starts_from_value = true;
  how.clamp = [](const Node&, const View&, const View&) {};
  how.node = [cache, rules](const Call& call) {
    switch (call.node.op->relevance) {
      case Relevance::rule:
        return rule_node(*cache, rules, call);
      case Relevance::pass:
        return pass(call);
      case Relevance::gradient:
      case Relevance::none:
        return call.node.op->backward(call);
    }
  };
  return how;
}

}  // namespace whylight
