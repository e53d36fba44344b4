#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <type_traits>

#include "ops/elementwise.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

using Int = std::int64_t;

// Which axes are taken together. Older rows give them as an attribute, newer ones as input 1.
struct Axes {
  std::vector<bool> taken;  // for each axis of the input
  bool kept;                // as axes of size one
};

Axes axes_from(const Node& node, const std::vector<Int>& axes, std::size_t rank) {
  Axes result{std::vector<bool>(rank, false), node.integer("keepdims", 1) != 0};
  const bool all = axes.empty() && node.integer("noop_with_empty_axes", 0) == 0;
  if (all) result.taken.assign(rank, true);
  for (const auto axis : axes) result.taken[normal_axis(node.label(), axis, rank)] = true;
  return result;
}

Axes axes_of(const Call& call) {
  std::vector<Int> axes = call.node.integers("axes", {});
  if (call.x.size() > 1 && call.x[1].present()) axes.assign(call.x[1].i64().begin(), call.x[1].i64().end());
  return axes_from(call.node, axes, call.x[0].rank());
}

Shape reduced_shape(const Axes& axes, const Shape& shape) {
  Shape result;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (!axes.taken[axis])
      result.push_back(shape[axis]);
    else if (axes.kept)
      result.push_back(1);
  }
  return result;
}

// The output (or its gradient) seen over the input's shape: it repeats along the axes that are taken together.
Shape strides_over(const Axes& axes, const View& reduced) {
  Shape strides;
  std::size_t from = 0;
  for (const bool taken : axes.taken) {
    strides.push_back(taken ? 0 : reduced.strides[from]);
    if (!taken || axes.kept) ++from;
  }
  return strides;
}

void infer(Inference& inference, bool integers_too) {
  const auto& shape = inference.shape(0);
  const auto type = inference.inputs[0].type;
  if (type != Type::real && !(integers_too && type == Type::i64))
    fail(inference.node.label(), "input must be real", integers_too ? " or int64" : "", ", found ", name_of(type));
  auto axes = inference.node.integers("axes", {});
  if (inference.given(1)) axes = inference.integers(1);
  inference.set(0, reduced_shape(axes_from(inference.node, axes, shape.size()), shape), type);
}

void infer_real(Inference& inference) { infer(inference, false); }
void infer_number(Inference& inference) { infer(inference, true); }

// Each reduction takes something of every element, merges it into a number that begins as `start`, and finishes with
// the number of elements merged. Its slope in an element x is a function of x, the result y and that number.
struct Sum {
  template <class T>
  static T start() {
    return 0;
  }
  template <class T>
  static T take(T x) {
    return x;
  }
  static Real merge(Real a, Real b) { return a + b; }
  static Int merge(Int a, Int b) { return wrapped(a, b, std::plus<>()); }
  template <class T>
  static T finish(T total, Int) {
    return total;
  }
  static Real slope(Real, Real, Int) { return 1; }
};

struct Mean : Sum {
  template <class T>
  static T finish(T total, Int n) {
    return n == 0 ? total : total / static_cast<T>(n);
  }
  static Real slope(Real, Real, Int n) { return 1 / static_cast<Real>(n); }
};

struct SumSquare : Sum {
  static Real take(Real x) { return x * x; }
  static Real slope(Real x, Real, Int) { return 2 * x; }
};

struct L1 : Sum {
  static Real take(Real x) { return std::abs(x); }
  static Real slope(Real x, Real, Int) { return static_cast<Real>((x > 0) - (x < 0)); }
};

struct L2 : SumSquare {
  static Real finish(Real total, Int) { return std::sqrt(total); }
  static Real slope(Real x, Real y, Int) { return y > 0 ? x / y : 0; }
};

struct LogSum : Sum {
  static Real finish(Real total, Int) { return std::log(total); }
  static Real slope(Real, Real y, Int) { return std::exp(-y); }
};

struct LogSumExp {
  static Real slope(Real x, Real y, Int) { return std::exp(x - y); }
};

struct Prod : Sum {
  template <class T>
  static T start() {
    return 1;
  }
  static Real merge(Real a, Real b) { return a * b; }
  static Int merge(Int a, Int b) { return wrapped(a, b, std::multiplies<>()); }
};

struct Max : Sum {
  template <class T>
  static T start() {
    return std::is_same_v<T, Real> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
  }
  template <class T>
  static T merge(T a, T b) {
    return b > a ? b : a;
  }
};

struct Min : Sum {
  template <class T>
  static T start() {
    return std::is_same_v<T, Real> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  }
  template <class T>
  static T merge(T a, T b) {
    return b < a ? b : a;
  }
};

// One run of elements merged into one number; separate partial results keep the loop fast and rounding errors small.
template <class F, class T>
T merge_run(const T* x, Int length, Int step) {
  constexpr Int lanes = 16;
  std::array<T, lanes> partial;
  partial.fill(F::template start<T>());
  Int i = 0;
  if (step == 1) {
    for (; i + lanes <= length; i += lanes)
      for (Int lane = 0; lane < lanes; ++lane) partial[lane] = F::merge(partial[lane], F::take(x[i + lane]));
  }
  for (; i < length; ++i) partial[i % lanes] = F::merge(partial[i % lanes], F::take(x[i * step]));
  for (auto width = lanes / 2; width > 0; width /= 2)
    for (Int lane = 0; lane < width; ++lane) partial[lane] = F::merge(partial[lane], partial[lane + width]);
  return partial[0];
}

// Reduces x into y, which has the layout of the call's output, without finishing.
template <class F, class T>
void merge_into(const Axes& axes, const View& from, const View& to) {
  const auto results = to.as<T>();
  std::fill(results.begin(), results.end(), F::template start<T>());
  for (Walk walk(from.shape, {from.strides, strides_over(axes, to)}); walk; walk.next()) {
    const auto* x = from.as<T>().data() + walk.at[0];
    auto* y = results.data() + walk.at[1];
    const auto sx = walk.step[0];
    const auto sy = walk.step[1];
    if (sy == 0) {
      *y = F::merge(*y, merge_run<F>(x, walk.length, sx));
    } else if (sx == 1 && sy == 1) {
      for (Int i = 0; i < walk.length; ++i) y[i] = F::merge(y[i], F::take(x[i]));
    } else {
      for (Int i = 0; i < walk.length; ++i) y[i * sy] = F::merge(y[i * sy], F::take(x[i * sx]));
    }
  }
}

// Elements that each result stands for.
Int merged(const View& x, const View& y) { return y.size == 0 ? 0 : x.size / y.size; }

template <class F, class T>
void reduce(const Call& call) {
  const auto& y = call.y[0];
  merge_into<F, T>(axes_of(call), call.x[0], y);
  const auto n = merged(call.x[0], y);
  for (auto& value : y.as<T>()) value = F::finish(value, n);
}

template <class F>
void forward(const Call& call) {
  if constexpr (requires { F::finish(Int(), Int()); }) {
    if (call.y[0].type == Type::i64) return reduce<F, Int>(call);
  }
  reduce<F, Real>(call);
}

// gx = slope(x, y) times gy, which repeats along the reduced axes.
template <class Slope>
void spread(const Call& call, const View& gy, Slope slope) {
  const auto& gx = wanted(call, 0);
  if (!gx.present()) return;
  const auto axes = axes_of(call);
  const auto* x = call.x[0].real().data();
  const auto* y = call.y[0].real().data();
  const auto* above = gy.real().data();
  for (Walk walk(gx.shape, {gx.strides, call.x[0].strides, strides_over(axes, call.y[0]), strides_over(axes, gy)});
       walk; walk.next()) {
    auto* to = gx.real().data() + walk.at[0];
    const auto& step = walk.step;
    for (Int i = 0; i < walk.length; ++i)
      to[i * step[0]] =
          slope(x[walk.at[1] + i * step[1]], y[walk.at[2] + i * step[2]]) * above[walk.at[3] + i * step[3]];
  }
}

template <class F>
void backward(const Call& call) {
  if (nothing_flows(call)) return;
  const auto n = merged(call.x[0], call.y[0]);
  spread(call, call.gy[0], [n](Real x, Real y) { return F::slope(x, y, n); });
}

// log of a sum of exponentials, taken relative to the greatest so that none overflows.
void forward_log_sum_exp(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  const auto& x = call.x[0];
  const auto& y = call.y[0];
  const auto axes = axes_of(call);
  const auto most = call.scratch->view(y.shape, y.layout);
  merge_into<Max, Real>(axes, x, most);
  for (auto& value : most.real())
    if (!std::isfinite(value)) value = 0;
  fill_zero(y);
  for (Walk walk(x.shape, {x.strides, strides_over(axes, y)}); walk; walk.next())
    for (Int i = 0; i < walk.length; ++i) {
      const auto to = static_cast<std::size_t>(walk.at[1] + i * walk.step[1]);
      y.real()[to] += std::exp(x.real()[static_cast<std::size_t>(walk.at[0] + i * walk.step[0])] - most.real()[to]);
    }
  for (std::size_t i = 0; i < y.real().size(); ++i) y.real()[i] = std::log(y.real()[i]) + most.real()[i];
}

// The gradient goes to the elements that reach the extreme, in equal parts where several do (PyTorch's amax).
void backward_extreme(const Call& call) {
  if (nothing_flows(call)) return;
  const Scratch::Frame frame(*call.scratch);
  const auto& x = call.x[0];
  const auto& y = call.y[0];
  const auto part = call.scratch->view(y.shape, y.layout);
  fill_zero(part);
  const auto shares = part.real();
  for (Walk walk(x.shape, {x.strides, strides_over(axes_of(call), y)}); walk; walk.next())
    for (Int i = 0; i < walk.length; ++i) {
      const auto to = static_cast<std::size_t>(walk.at[1] + i * walk.step[1]);
      const auto value = x.real()[static_cast<std::size_t>(walk.at[0] + i * walk.step[0])];
      shares[to] += value == y.real()[to] ? Real(1) : Real(0);
    }
  for (std::size_t i = 0; i < shares.size(); ++i) shares[i] = shares[i] > 0 ? call.gy[0].real()[i] / shares[i] : 0;
  spread(call, part, [](Real value, Real extreme) { return value == extreme ? Real(1) : Real(0); });
}

// d(product)/dx is the product of the others: y / x, unless x is zero; then it is that of the rest if no other is zero.
struct WithoutZero : Prod {
  static Real take(Real x) { return x == 0 ? 1 : x; }
};

struct Zeros : Sum {
  static Real take(Real x) { return x == 0 ? Real(1) : Real(0); }
};

void backward_prod(const Call& call) {
  if (nothing_flows(call)) return;
  const Scratch::Frame frame(*call.scratch);
  const auto& y = call.y[0];
  const auto axes = axes_of(call);
  const auto rest = call.scratch->view(y.shape, y.layout);
  const auto zeros = call.scratch->view(y.shape, y.layout);
  merge_into<WithoutZero, Real>(axes, call.x[0], rest);
  merge_into<Zeros, Real>(axes, call.x[0], zeros);
  for (std::size_t i = 0; i < rest.real().size(); ++i) {
    auto& product = rest.real()[i];
    product = zeros.real()[i] > 1 ? 0 : product * call.gy[0].real()[i];
  }
  spread(call, rest, [](Real x, Real result) { return x == 0 ? Real(1) : result == 0 ? Real(0) : 1 / x; });
}

// ArgMax and ArgMin: the place of the extreme along one axis; the first of several, or by select_last_index the last.
Axes one_axis(const Node& node, std::size_t rank) { return axes_from(node, {node.integer("axis", 0)}, rank); }

void infer_place(Inference& inference) {
  const auto& shape = inference.shape(0);
  const auto type = inference.inputs[0].type;
  if (type != Type::real && type != Type::i64)
    fail(inference.node.label(), "input must be real or int64, found ", name_of(type));
  const auto axes = one_axis(inference.node, shape.size());
  if (shape[normal_axis(inference.node.label(), inference.node.integer("axis", 0), shape.size())] == 0)
    fail(inference.node.label(), "there is no extreme of nothing, found the shape ", to_text(shape));
  inference.set(0, reduced_shape(axes, shape), Type::i64);
}

template <class F, class T>
void place(const Call& call) {
  const auto& x = call.x[0];
  const auto& y = call.y[0];
  const auto axis = normal_axis(call.node.label(), call.node.integer("axis", 0), x.rank());
  const bool last = call.node.integer("select_last_index", 0) != 0;
  auto others = x.shape;
  others[axis] = 1;
  for (Walk walk(others, {x.strides, strides_over(one_axis(call.node, x.rank()), y)}); walk; walk.next())
    for (Int i = 0; i < walk.length; ++i) {
      const auto* values = x.as<T>().data() + walk.at[0] + i * walk.step[0];
      Int best = 0;
      for (Int k = 1; k < x.shape[axis]; ++k) {
        const auto value = values[k * x.strides[axis]];
        const auto held = values[best * x.strides[axis]];
        if (value == held ? last : F::merge(held, value) == value) best = k;
      }
      y.i64()[static_cast<std::size_t>(walk.at[1] + i * walk.step[1])] = best;
    }
}

template <class F>
void forward_place(const Call& call) {
  call.x[0].type == Type::real ? place<F, Real>(call) : place<F, Int>(call);
}

constexpr OpDef row(std::string_view name, void (*infer)(Inference&), void (*forward)(const Call&),
                    void (*backward)(const Call&), Relevance relevance = Relevance::gradient) {
  return {.name = name,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = relevance,
          .layouts = Layouts::any};
}

constexpr auto rule = Relevance::rule;

// The axes became an input at opset 13 for ReduceSum and at 18 for the others; both are looked for in either.
constexpr std::array rows{
    row("ReduceSum", infer_number, forward<Sum>, backward<Sum>, rule),
    row("ReduceMean", infer_number, forward<Mean>, backward<Mean>, rule),
    row("ReduceMax", infer_number, forward<Max>, backward_extreme),
    row("ReduceMin", infer_number, forward<Min>, backward_extreme),
    row("ReduceProd", infer_number, forward<Prod>, backward_prod),
    row("ReduceSumSquare", infer_real, reduce<SumSquare, Real>, backward<SumSquare>),
    row("ReduceL1", infer_real, reduce<L1, Real>, backward<L1>),
    row("ReduceL2", infer_real, reduce<L2, Real>, backward<L2>),
    row("ReduceLogSum", infer_real, reduce<LogSum, Real>, backward<LogSum>),
    row("ReduceLogSumExp", infer_real, forward_log_sum_exp, backward<LogSumExp>),
    row("ArgMax", infer_place, forward_place<Max>, nullptr, Relevance::none),
    row("ArgMin", infer_place, forward_place<Min>, nullptr, Relevance::none),
};

}  // namespace

std::span<const OpDef> reduction_ops() { return rows; }

}  // namespace whylight
