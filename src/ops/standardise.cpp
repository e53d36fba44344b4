#include <cmath>

#include "ops/normalisation.hpp"
#include "ops/walk.hpp"
#include "tensor/fail.hpp"

// Instance, layer, group, mean-variance and root-mean-square normalisation are one computation: each element minus its
// group's mean, over the group's deviation, times a scale, plus a bias. They differ in which elements make a group and
// share a scale, and the last takes every mean for zero (Zhang and Sennrich 2019).

namespace whylight {

namespace {

using Int = std::int64_t;

// How one operator groups its input: strides over `sizes` for the input, the groups' statistics, and scale and bias.
struct Groups {
  Shape sizes;
  Shape x;
  Shape statistic;
  Shape scale;
  Int groups;
  Int members;  // of each group
  double epsilon;
  bool centred = true;  // whether the mean is taken off
};

// Numbers that repeat along some axes, or a single one for what is not given.
struct Factor {
  const Real* data;
  Shape strides;
};

constexpr Real one = 1;
constexpr Real zero = 0;

Factor factor(const Call& call, std::size_t input, const Groups& groups, const Real& fallback) {
  if (input < call.x.size() && call.x[input].present()) return {call.x[input].real().data(), groups.scale};
  return {&fallback, Shape(groups.sizes.size(), 0)};
}

struct Statistics {
  Real* mean;
  Real* inverse;  // 1 / deviation
};

// totals[group] = sum over the group of f(place in x, place among totals).
template <class F>
void total(const Groups& groups, const Shape& lead, const Shape& onto, Real* totals, Int count, F f) {
  std::fill(totals, totals + count, Real(0));
  for (Walk walk(groups.sizes, {lead, onto}); walk; walk.next()) {
    if (walk.step[1] == 0) {
      double sum = 0;
      for (Int i = 0; i < walk.length; ++i) sum += static_cast<double>(f(walk.at[0] + i * walk.step[0], walk.at[1]));
      totals[walk.at[1]] += static_cast<Real>(sum);
    } else {
      for (Int i = 0; i < walk.length; ++i) {
        const auto to = walk.at[1] + i * walk.step[1];
        totals[to] += f(walk.at[0] + i * walk.step[0], to);
      }
    }
  }
}

Statistics statistics_of(const Call& call, const Groups& groups) {
  const auto* x = call.x[0].real().data();
  const auto members = static_cast<Real>(groups.members);
  Statistics result{call.scratch->take<Real>(groups.groups).data(), call.scratch->take<Real>(groups.groups).data()};
  auto* mean = result.mean;
  if (groups.centred)
    total(groups, groups.x, groups.statistic, mean, groups.groups, [&](Int at, Int) { return x[at]; });
  for (Int group = 0; group < groups.groups; ++group) mean[group] = groups.centred ? mean[group] / members : 0;
  total(groups, groups.x, groups.statistic, result.inverse, groups.groups,
        [&](Int at, Int group) { return (x[at] - mean[group]) * (x[at] - mean[group]); });
  for (Int group = 0; group < groups.groups; ++group) {
    const auto variance = static_cast<double>(result.inverse[group] / members);
    result.inverse[group] = static_cast<Real>(1 / std::sqrt(variance + groups.epsilon));
  }
  return result;
}

Statistics standardise(const Call& call, const Groups& groups) {
  const auto statistics = statistics_of(call, groups);
  const auto scale = factor(call, 1, groups, one);
  const auto bias = factor(call, 2, groups, zero);
  const auto* x = call.x[0].real().data();
  auto* y = call.y[0].real().data();
  for (Walk walk(groups.sizes, {groups.x, groups.statistic, scale.strides, bias.strides}); walk; walk.next()) {
    const auto& step = walk.step;
    const auto* from = x + walk.at[0];
    auto* to = y + walk.at[0];
    const auto* mean = statistics.mean + walk.at[1];
    const auto* inverse = statistics.inverse + walk.at[1];
    const auto* a = scale.data + walk.at[2];
    const auto* b = bias.data + walk.at[3];
    for (Int i = 0; i < walk.length; ++i)
      to[i * step[0]] =
          (from[i * step[0]] - mean[i * step[1]]) * inverse[i * step[1]] * a[i * step[2]] + b[i * step[3]];
  }
  return statistics;
}

void backward_factors(const Call& call, const Groups& groups, const Real* standard) {
  const auto* gy = call.gy[0].real().data();
  for (std::size_t input = 1; input < 3; ++input) {
    const auto gx = wanted(call, input);
    if (!gx.present()) continue;
    total(groups, groups.x, groups.scale, gx.real().data(), gx.size,
          [&](Int at, Int) { return input == 1 ? gy[at] * standard[at] : gy[at]; });
  }
}

// With z the standardised input and g = gy * scale: gx = (g - mean(g) - z mean(g z)) / deviation. Gradients of the
// outputs that give mean and 1 / deviation themselves, where an operator has them, join the two means.
void backward_input(const Call& call, const Groups& groups, const Statistics& statistics, const Real* standard,
                    const Real* gy) {
  const auto scale = factor(call, 1, groups, one);
  const auto members = static_cast<Real>(groups.members);
  auto* g = call.scratch->take<Real>(call.x[0].size).data();
  for (Walk walk(groups.sizes, {groups.x, scale.strides}); walk; walk.next())
    for (Int i = 0; i < walk.length; ++i) {
      const auto at = walk.at[0] + i * walk.step[0];
      g[at] = gy[at] * scale.data[walk.at[1] + i * walk.step[1]];
    }
  auto* mean = call.scratch->take<Real>(groups.groups).data();
  auto* along = call.scratch->take<Real>(groups.groups).data();
  total(groups, groups.x, groups.statistic, mean, groups.groups, [&](Int at, Int) { return g[at]; });
  total(groups, groups.x, groups.statistic, along, groups.groups, [&](Int at, Int) { return g[at] * standard[at]; });
  const auto* from_mean = call.gy.size() > 1 && call.gy[1].present() ? call.gy[1].real().data() : nullptr;
  const auto* from_inverse = call.gy.size() > 2 && call.gy[2].present() ? call.gy[2].real().data() : nullptr;
  for (Int group = 0; group < groups.groups; ++group) {
    const auto inverse = statistics.inverse[group];
    mean[group] = groups.centred ? (mean[group] - (from_mean ? from_mean[group] / inverse : 0)) / members : 0;
    along[group] = (along[group] + (from_inverse ? from_inverse[group] * inverse : 0)) / members;
  }
  auto* gx = call.gx[0].real().data();
  for (Walk walk(groups.sizes, {groups.x, groups.statistic}); walk; walk.next())
    for (Int i = 0; i < walk.length; ++i) {
      const auto at = walk.at[0] + i * walk.step[0];
      const auto group = walk.at[1] + i * walk.step[1];
      gx[at] = statistics.inverse[group] * (g[at] - mean[group] - standard[at] * along[group]);
    }
}

void backward_standardise(const Call& call, const Groups& groups) {
  if (nothing_flows(call)) return;
  const Scratch::Frame frame(*call.scratch);
  const auto statistics = statistics_of(call, groups);
  const auto* x = call.x[0].real().data();
  auto* standard = call.scratch->take<Real>(call.x[0].size).data();
  for (Walk walk(groups.sizes, {groups.x, groups.statistic}); walk; walk.next())
    for (Int i = 0; i < walk.length; ++i) {
      const auto at = walk.at[0] + i * walk.step[0];
      const auto group = walk.at[1] + i * walk.step[1];
      standard[at] = (x[at] - statistics.mean[group]) * statistics.inverse[group];
    }
  View gy = call.gy[0];
  if (!gy.present()) {
    gy = call.scratch->view(call.y[0].shape, call.y[0].layout);
    fill_zero(gy);
    fill_zero(wanted(call, 1));
    fill_zero(wanted(call, 2));
  } else {
    backward_factors(call, groups, standard);
  }
  if (wanted(call, 0).present()) backward_input(call, groups, statistics, standard, gy.real().data());
}

// Groups along whole axes: those that are `joined`.
Groups by_axes(const View& x, const std::vector<bool>& joined, double epsilon) {
  Groups groups{x.shape, x.strides, {}, Shape(x.rank(), 0), 1, 1, epsilon};
  auto shape = x.shape;
  for (std::size_t axis = 0; axis < x.rank(); ++axis)
    if (joined[axis]) {
      groups.members *= shape[axis];
      shape[axis] = 1;
    }
  groups.groups = count(shape);
  groups.statistic = repeat_strides(View(shape, x.layout, Type::real, nullptr), x.shape);
  return groups;
}

Groups instance_groups(const Call& call) {
  const auto& x = call.x[0];
  std::vector<bool> joined(x.rank(), true);
  joined[0] = joined[1] = false;
  auto groups = by_axes(x, joined, call.node.number("epsilon", 1e-5));
  groups.scale[1] = 1;
  return groups;
}

Groups layer_groups(const Call& call) {
  const auto& x = call.x[0];
  const auto first = normal_axis(call.node.label(), call.node.integer("axis", -1), x.rank());
  std::vector<bool> joined(x.rank(), false);
  std::fill(joined.begin() + static_cast<std::ptrdiff_t>(first), joined.end(), true);
  auto groups = by_axes(x, joined, call.node.number("epsilon", 1e-5));
  groups.scale = repeat_strides(call.x[1], x.shape);
  groups.centred = call.node.op->name != "RMSNormalization";
  return groups;
}

// The channel axis is cut in two: groups, and channels within a group. Since opset 21 each channel has its own scale.
Groups channel_groups(const Call& call) {
  const auto& x = call.x[0];
  const auto parts = call.node.integer("num_groups", 1);
  const auto within = x.shape[1] / parts;
  Groups groups{{x.shape[0], parts, within},
                {x.strides[0], x.strides[1] * within, x.strides[1]},
                {parts, 1, 0},
                {0, 1, 0},
                x.shape[0] * parts,
                within,
                call.node.number("epsilon", 1e-5)};
  if (call.node.op->since >= 21) groups.scale = {0, within, 1};
  for (std::size_t axis = 2; axis < x.rank(); ++axis) {
    groups.sizes.push_back(x.shape[axis]);
    groups.x.push_back(x.strides[axis]);
    groups.statistic.push_back(0);
    groups.scale.push_back(0);
    groups.members *= x.shape[axis];
  }
  return groups;
}

// The operator's reference divides by the deviation plus 1e-9.
Groups chosen_groups(const Call& call) {
  const auto& x = call.x[0];
  std::vector<bool> joined(x.rank(), false);
  for (const auto axis : call.node.integers("axes", {0, 2, 3}))
    joined[normal_axis(call.node.label(), axis, x.rank())] = true;
  return by_axes(x, joined, 1e-18);
}

const Shape& real_input(const Inference& inference, std::size_t least_rank) {
  const auto& shape = inference.shape(0);
  if (inference.inputs[0].type != Type::real)
    fail(inference.node.label(), "input must be real, found ", name_of(inference.inputs[0].type));
  if (shape.size() < least_rank)
    fail(inference.node.label(), "input must have at least ", least_rank, " axes, found ", to_text(shape));
  return shape;
}

void need_factors(const Inference& inference, std::int64_t size) {
  for (std::size_t input = 1; input < 3; ++input)
    if (inference.shape(input) != Shape{size} || inference.inputs[input].type != Type::real)
      fail(inference.node.label(), "scale and bias must be ", size, " real numbers, found ",
           to_text(inference.shape(input)));
}

}  // namespace

void infer_instance_normalisation(Inference& inference) {
  const auto& shape = real_input(inference, 2);
  need_factors(inference, shape[1]);
  inference.set(0, shape);
}

void forward_instance_normalisation(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  standardise(call, instance_groups(call));
}

void backward_instance_normalisation(const Call& call) { backward_standardise(call, instance_groups(call)); }

void infer_layer_normalisation(Inference& inference) {
  const auto& label = inference.node.label();
  const auto& shape = real_input(inference, 1);
  const auto axis = normal_axis(label, inference.node.integer("axis", -1), shape.size());
  for (std::size_t input = 1; input < 3; ++input) {
    if (input == 2 && !inference.given(2)) continue;
    if (broadcast(label, shape, inference.shape(input)) != shape || inference.inputs[input].type != Type::real)
      fail(label, "scale and bias must be real and broadcast to ", to_text(shape), ", found ",
           to_text(inference.shape(input)));
    if (inference.shape(input) != inference.shape(1))
      fail(label, "scale and bias must have one shape, found ", to_text(inference.shape(1)), " and ",
           to_text(inference.shape(input)));
  }
  auto statistic = shape;
  std::fill(statistic.begin() + static_cast<std::ptrdiff_t>(axis), statistic.end(), 1);
  inference.set(0, shape);
  inference.set(1, statistic);
  inference.set(2, statistic);
}

void forward_layer_normalisation(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  const auto groups = layer_groups(call);
  const auto statistics = standardise(call, groups);
  // The statistics are dense in the layout of the input, as these outputs are.
  if (call.y.size() > 1 && call.y[1].present())
    std::copy(statistics.mean, statistics.mean + groups.groups, call.y[1].real().begin());
  if (call.y.size() > 2 && call.y[2].present())
    std::copy(statistics.inverse, statistics.inverse + groups.groups, call.y[2].real().begin());
}

void backward_layer_normalisation(const Call& call) { backward_standardise(call, layer_groups(call)); }

void infer_group_normalisation(Inference& inference) {
  const auto& shape = real_input(inference, 3);
  const auto parts = inference.node.integer("num_groups", 0);
  if (parts < 1 || shape[1] % parts != 0)
    fail(inference.node.label(), "num_groups must divide the ", shape[1], " channels, found ", parts);
  need_factors(inference, inference.node.op->since >= 21 ? shape[1] : parts);
  inference.set(0, shape);
}

void forward_group_normalisation(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  standardise(call, channel_groups(call));
}

void backward_group_normalisation(const Call& call) { backward_standardise(call, channel_groups(call)); }

void infer_mean_variance_normalisation(Inference& inference) {
  const auto& shape = real_input(inference, 1);
  for (const auto axis : inference.node.integers("axes", {0, 2, 3}))
    normal_axis(inference.node.label(), axis, shape.size());
  inference.set(0, shape);
}

void forward_mean_variance_normalisation(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  standardise(call, chosen_groups(call));
}

void backward_mean_variance_normalisation(const Call& call) { backward_standardise(call, chosen_groups(call)); }

}  // namespace whylight
