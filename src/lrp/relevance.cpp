#include <algorithm>
#include <map>
#include <tuple>

#include "kernels/bring.hpp"
#include "lrp/composite.hpp"
#include "lrp/loops.hpp"
#include "lrp/rows.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

// A layer's constant input after a Map, and what the operator packed from it; made once and kept with the session.
struct Modified {
  Tensor weights;
  Tensor bias;
  std::shared_ptr<const Prepared> prepared;
};
using ModifiedWeights = std::map<std::tuple<const Node*, Map, Map>, Modified>;

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
  if (call.node.op->prepare && !call.node.held_once) result.prepared = call.node.op->prepare(call.node, inputs);
  return result;
}

// One term of a rule ready to run: the layer's inputs after their maps.
struct Run {
  std::vector<View> x;
  const Prepared* prepared;
  bool has_input;      // false when the term's input is zero everywhere, so that only its bias counts
  bool direct = true;  // Call::direct
};

bool keeps_something(Map map, const Signs& signs) {
  return map == Map::all || map == Map::absolute || (map == Map::positive && signs.positive) ||
         (map == Map::negative && signs.negative);
}

// Whether a map changes nothing about values of these signs.
bool keeps_all(Map map, const Signs& signs) {
  return map == Map::all || (map == Map::negative && !signs.positive) ||
         ((map == Map::positive || map == Map::absolute) && !signs.negative);
}

// Without a map of x where that is not read.
Run run_of(ModifiedWeights& cache, const Call& call, const Term& term, const Signs& signs, bool reads_input = true) {
  Run run{{call.x.begin(), call.x.end()}, call.prepared, keeps_something(term.x, signs)};
  if (reads_input && !keeps_all(term.x, signs)) {
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

bool is(const Term& term, Map x, Map w) { return term.x == x && term.w == w; }

// z-plus for inputs of both signs: what is positive of x times w.
bool is_excitation(const Group& group) {
  return group.terms.size() == 2 && is(group.terms[0], Map::positive, Map::positive) &&
         is(group.terms[1], Map::negative, Map::negative) && group.terms[1].b == Map::none;
}

// The terms of a group that add anything: after a Relu, those of negative inputs do not.
std::vector<Run> runs_of(ModifiedWeights& cache, const Call& call, const Group& group, const Signs& signs,
                         bool read_input) {
  std::vector<Run> runs;
  for (const auto& term : group.terms)
    if (term.b != Map::none || keeps_something(term.x, signs))
      runs.push_back(run_of(cache, call, term, signs, read_input));
  // Where no product is negative, a sum that is small against those around it hands on as little: an error relative to
  // the largest (Winograd) stays one. Where products cancel, a small sum may hand on much, and must be direct.
  for (auto& run : runs) run.direct = call.direct || !is_excitation(group);
  return runs;
}

void forward(const Call& call, const Run& run, const View& into, const Finish* finish = nullptr) {
  run_forward({call.node, run.x, {&into, 1}, {}, {}, Clamp{}, run.prepared, call.scratch, run.direct, finish});
}

// op'(ratio) of a run, over `into`.
void backward(const Call& call, const Run& run, const View& ratio, const View& into, const Finish* finish = nullptr) {
  std::vector<View> gx(call.x.size());
  gx[0] = into;
  run_backward({call.node, run.x, call.y, {&ratio, 1}, gx, Clamp{}, run.prepared, call.scratch, run.direct, finish});
}

// share * R / (z + sign(z) epsilon) in place of z as it is computed.
Finish ratio_finish(const Call& call, const Divisor& by, const View& ratio) {
  return {.kind = FinishKind::ratio,
          .results = ratio.real().data(),
          .other = call.gy[0].real().data(),
          .share = by.share,
          .epsilon = by.epsilon};
}

// The same with half the sum of z and `addend`.
Finish half_finish(const Call& call, const Divisor& by, const View& ratio, const View& addend) {
  auto finish = ratio_finish(call, by, ratio);
  finish.kind = FinishKind::ratio_of_half;
  finish.addend = addend.real().data();
  return finish;
}

// Over `ratio`: share * R / z with z the sum of the runs' outputs before any clamp.
void ratio_of_runs(const Call& call, const std::vector<Run>& runs, const Divisor& by, View& ratio) {
  if (runs.empty()) std::fill(ratio.real().begin(), ratio.real().end(), Real(0));
  if (runs.empty()) return divide(call.gy[0].real(), ratio.real(), by, ratio.real());
  const Scratch::Frame frame(*call.scratch);
  if (runs.size() == 1) {
    const auto finish = ratio_finish(call, by, ratio);
    return forward(call, runs[0], ratio, &finish);
  }
  const auto first = call.scratch->view(ratio.shape, ratio.layout);
  forward(call, runs[0], first);
  const auto finish = half_finish(call, {by.share / 2, by.epsilon / 2}, ratio, first);  // halves of both
  forward(call, runs[1], ratio, &finish);
}

// Whether a group is the layer as it stands.
bool is_whole(const Group& group) {
  if (group.terms.size() != 1) return false;
  const auto& [x, w, b] = group.terms[0];
  return x == Map::all && w == Map::all && b == Map::all;
}

// The sum of the positive x w is half that of x w, which the plan has kept, and |x w|: one run in place of two.
void ratio_of_absolutes(ModifiedWeights& cache, const Call& call, const Group& group, const Divisor& by, View& ratio) {
  const Scratch::Frame frame(*call.scratch);
  const auto bias = group.terms[0].b == Map::none ? Map::negated : Map::absolute;  // takes the sum's away, or halves it
  const auto run = run_of(cache, call, {Map::absolute, Map::absolute, bias}, {true, true});
  const auto finish = half_finish(call, by, ratio, *call.sum);
  forward(call, run, ratio, &finish);
}

// What a group's z is where the layer gave it, or null.
const View* output_of(const Call& call, const Group& group) {
  if (!is_whole(group)) return nullptr;
  if (!call.clamp.active()) return &call.y[0];
  return call.sum && call.sum->present() ? call.sum : nullptr;
}

// Writes x ⊙ op'(ratio) of a term to gx[0], or adds it there.
void hand_back(const Call& call, const Run& run, const View& ratio, bool added) {
  const Scratch::Frame frame(*call.scratch);
  const auto& into = call.gx[0];
  if (added) {
    const auto extra = call.scratch->view(into.shape, into.layout);
    backward(call, run, ratio, extra);
    return add_product(run.x[0].real(), extra.real(), into.real());
  }
  const Finish by_input{.kind = FinishKind::multiply, .results = into.real().data(), .other = run.x[0].real().data()};
  backward(call, run, ratio, into, &by_input);
}

// The same for the two terms of z-plus: the weights that count go by the sign of x.
void hand_back_by_sign(const Call& call, const std::vector<Run>& runs, const View& ratio) {
  const Scratch::Frame frame(*call.scratch);
  const auto& into = call.gx[0];
  const auto extra = call.scratch->view(into.shape, into.layout);
  backward(call, runs[0], ratio, extra);
  const Finish by_sign{.kind = FinishKind::by_sign,
                       .results = into.real().data(),
                       .other = call.x[0].real().data(),
                       .addend = extra.real().data()};
  backward(call, runs[1], ratio, into, &by_sign);
}

// A layer with constant weights: in each group, x ⊙ op'(R / z) summed over the terms; `signs` are those of all its
// input.
void layer_of_signs(ModifiedWeights& cache, const Rule& rule, const Call& call, const Signs& signs) {
  bool added = false;
  bring(call.x[0].real().data(), call.x[0].size);  // last read in the forward pass, and long out of the cache
  for (const auto& group : rule.groups) {
    const Scratch::Frame frame(*call.scratch);
    auto ratio = call.scratch->view(call.y[0].shape, call.y[0].layout);
    const Divisor by{group.share, rule.epsilon};
    const bool by_sign = !added && is_excitation(group) && signs.negative && signs.positive;
    const bool by_sum = by_sign && call.sum && call.sum->present();
    const auto runs = runs_of(cache, call, group, signs, !by_sum);
    if (const auto* z = output_of(call, group))
      divide(call.gy[0].real(), z->real(), by, ratio.real());
    else if (by_sum)
      ratio_of_absolutes(cache, call, group, by, ratio);
    else
      ratio_of_runs(call, runs, by, ratio);
    if (by_sign) {
      hand_back_by_sign(call, runs, ratio);
      added = true;
      continue;
    }
    for (const auto& run : runs) {
      if (!run.has_input) continue;
      hand_back(call, run, ratio, added);
      added = true;
    }
  }
  if (!added) std::fill(call.gx[0].real().begin(), call.gx[0].real().end(), Real(0));
}

// The same, in pieces whose values stay in the cache between the passes.
void layer(ModifiedWeights& cache, const Rule& rule, const Call& call) {
  const auto signs = call.not_negative ? Signs{false, true} : signs_of(call.x[0].real());
  // Which weights are multiplied goes by the signs in a row; those of the batch's other rows must not matter.
  if (const auto batch = batch_rows(call); batch > 1 && signs.negative && signs.positive) {
    for (std::int64_t row = 0; row < batch; ++row) layer(cache, rule, RowsOfCall(call, 0, row, 1).call());
    return;
  }
  const auto at_once = rows_at_once(call);
  const auto rows = call.x[0].rank() > 2 ? call.x[0].shape[2] : 1;
  if (at_once >= rows) return layer_of_signs(cache, rule, call, signs);
  for (std::int64_t first = 0; first < rows; first += at_once)
    layer_of_signs(cache, rule, RowsOfCall(call, 2, first, std::min(at_once, rows - first)).call(), signs);
}

// How many inputs depend on the data.
std::ptrdiff_t data_inputs(const Call& call) {
  return std::count_if(call.gx.begin(), call.gx.end(), [](const View& view) { return view.present(); });
}

constexpr Real norm_epsilon = Real(1e-6);

// The epsilon rule on all data inputs at once, without weights: sums, averages, pools, and products of two matrices of
// activations (each of which then gets `share`).
void norm(const Call& call, Real share) {
  const Scratch::Frame frame(*call.scratch);
  auto ratio = call.scratch->view(call.y[0].shape, call.y[0].layout);
  const bool clamped = call.clamp.active();
  if (clamped)
    call.node.op->forward(Call{call.node, call.x, {&ratio, 1}, {}, {}, Clamp{}, call.prepared, call.scratch, true});
  divide(call.gy[0].real(), (clamped ? ratio : call.y[0]).real(), {share, norm_epsilon}, ratio.real());
  call.node.op->backward(
      Call{call.node, call.x, call.y, {&ratio, 1}, call.gx, Clamp{}, call.prepared, call.scratch, true});
  for (std::size_t i = 0; i < call.gx.size(); ++i)
    if (call.gx[i].present()) multiply(call.x[i].real(), call.gx[i].real());
}

// Whether a call adds two activations of one shape, as residual networks do.
bool is_plain_sum(const Call& call) {
  const auto alike = [&](const View& view) {
    return view.present() && view.shape == call.y[0].shape && view.strides == call.y[0].strides;
  };
  return call.node.op->name == "Add" && alike(call.gx[0]) && alike(call.gx[1]) && alike(call.gy[0]);
}

// The same for a residual sum, in one loop.
void sum_of_two(const Call& call) {
  divide_sum(call.gy[0].real(), call.x[0].real(), call.x[1].real(), {1, norm_epsilon}, call.gx[0].real(),
             call.gx[1].real());
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
  call.node.op->backward(Call{call.node, ones, call.y, {&relevance, 1}, call.gx, Clamp{}, nullptr, call.scratch, true});
  if (both && divides) std::fill(call.gx[1].real().begin(), call.gx[1].real().end(), Real(0));
}

bool is_sum_with_constant(const Call& call) {
  const auto& name = call.node.op->name;
  return (name == "Add" || name == "Sub") && data_inputs(call) == 1;
}

// What kind of sum a `rule` operator is, by name: which function hands its relevance on.
enum class Sum { convolution, dense, product, pass, norm, shared };
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
    {"Einsum", Sum::shared},
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
    case Sum::shared:  // a product of any number of activations
      return norm(call, Real(1) / static_cast<Real>(data_inputs(call)));
    case Sum::norm:  // an activation plus a constant is a bias
      if (!rules.keep_bias && is_sum_with_constant(call)) return pass(call);
      return is_plain_sum(call) ? sum_of_two(call) : norm(call, 1);
  }
}

}  // namespace

Backward lrp(Session& session, const Composite& composite, const RuleOptions& options) {
  const auto cache = session.cached<ModifiedWeights>("lrp");
  Rules rules{composite.convolution(options), composite.dense(options), options.keep_bias};
  if (!options.keep_bias) rules = {without_bias(rules.convolution), without_bias(rules.dense), false};
  Backward how;
  how.starts_from_value = true;
  how.direct = std::ranges::any_of(rules.convolution.groups, is_whole);
  how.reads_sums = std::ranges::any_of(rules.convolution.groups, is_excitation);
  how.clamp = [](const Node&, const View&, const View&) {};
  how.node = [cache, rules](const Call& call) {
    switch (call.node.op->relevance) {
      case Relevance::rule:
        return rule_node(*cache, rules, call);
      case Relevance::pass:
        return pass(call);
      case Relevance::unknown:
        fail("lrp", "there is no rule yet for ", call.node.label());
      case Relevance::gradient:
      case Relevance::none:
        return call.node.op->backward(call);
    }
  };
  return how;
}

}  // namespace whylight
