#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "kernels/kernels.hpp"
#include "ops/elementwise.hpp"
#include "tensor/elementary.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

using Int = std::int64_t;

Type operand_type(const Inference& inference) {
  inference.shape(0);
  const auto type = inference.inputs[0].type;
  if (type != Type::real && type != Type::i64)
    fail(inference.node.label(), "inputs must be real or int64, found ", name_of(type));
  return type;
}

// Checks that all inputs have one type, and sets output 0 to the shape they broadcast to.
void infer_alike(Inference& inference, Type input, Type output) {
  auto shape = inference.shape(0);
  for (std::size_t i = 0; i < inference.inputs.size(); ++i) {
    shape = broadcast(inference.node.label(), shape, inference.shape(i));
    if (inference.inputs[i].type != input)
      fail(inference.node.label(), "inputs must be ", name_of(input), ", found ", name_of(inference.inputs[i].type));
  }
  inference.set(0, shape, output);
}

void need_two(const Inference& inference) {
  if (inference.inputs.size() != 2)
    fail(inference.node.label(), "there must be two inputs, found ", inference.inputs.size());
}

void infer_numbers(Inference& inference) {
  const auto type = operand_type(inference);
  infer_alike(inference, type, type);
}

void infer_reals(Inference& inference) { infer_alike(inference, Type::real, Type::real); }

void infer_pair(Inference& inference) {
  need_two(inference);
  infer_numbers(inference);
}

// Each function of two operands is a value and its slope in either. At zero PyTorch's conventions hold.
struct Mul {
  static Real value(Real a, Real b) { return a * b; }
  static Int value(Int a, Int b) { return wrapped(a, b, std::multiplies<>()); }
  static Real first(Real, Real b) { return b; }
  static Real second(Real a, Real) { return a; }
};

struct Div {
  static Real value(Real a, Real b) { return a / b; }
  static Int value(Int a, Int b) {
    if (b == 0) fail("Div", "integers cannot be divided by zero, found ", a, " / 0");
    return b == -1 ? wrapped(0, a, std::minus<>()) : a / b;
  }
  static Real first(Real, Real b) { return 1 / b; }
  static Real second(Real a, Real b) { return -a / (b * b); }
};

struct Pow {
  static Real value(Real a, Real b) { return b == 2 ? a * a : std::pow(a, b); }
  static Real first(Real a, Real b) { return b == 0 ? 0 : b * (b == 2 ? a : std::pow(a, b - 1)); }
  static Real second(Real a, Real b) { return a == 0 && b >= 0 ? 0 : std::pow(a, b) * std::log(a); }
};

// The remainder has the divisor's sign, or with the attribute fmod the dividend's.
struct Mod {
  static Int value(Int a, Int b) {
    if (b == 0) fail("Mod", "integers cannot be divided by zero, found ", a, " % 0");
    const auto rest = b == -1 ? 0 : a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
};

struct Fmod {
  static Real value(Real a, Real b) { return std::fmod(a, b); }
  static Int value(Int a, Int b) {
    if (b == 0) fail("Mod", "integers cannot be divided by zero, found ", a, " % 0");
    return b == -1 ? 0 : a % b;
  }
  static Real first(Real, Real) { return 1; }
  static Real second(Real a, Real b) { return -std::trunc(a / b); }
};

template <class F, class T>
void pair_as(const Call& call) {
  map<T, T, T>(call.x[0], call.x[1], call.y[0], [](T a, T b) { return F::value(a, b); });
}

template <class F>
void forward_pair(const Call& call) {
  call.y[0].type == Type::real ? pair_as<F, Real>(call) : pair_as<F, Int>(call);
}

template <class F>
void backward_pair(const Call& call) {
  if (nothing_flows(call)) return;
  map_back<Real, Real>(call.x[0], call.x[1], call.gy[0], wanted(call, 0),
                       [](Real a, Real b) { return F::first(a, b); });
  map_back<Real, Real>(call.x[0], call.x[1], call.gy[0], wanted(call, 1),
                       [](Real a, Real b) { return F::second(a, b); });
}

// Mod takes real numbers only as fmod.
void infer_mod(Inference& inference) {
  infer_pair(inference);
  if (inference.inputs[0].type == Type::real && inference.node.integer("fmod", 0) == 0)
    fail(inference.node.label(), "real inputs need fmod = 1, found 0");
}

void forward_mod(const Call& call) {
  call.node.integer("fmod", 0) ? forward_pair<Fmod>(call) : pair_as<Mod, Int>(call);
}

// Pow: the result has the type of the base; either may be an integer.
void infer_pow(Inference& inference) {
  need_two(inference);
  const auto type = operand_type(inference);
  const auto exponent = inference.inputs[1].type;
  if (exponent != Type::real && exponent != Type::i64)
    fail(inference.node.label(), "the exponent must be real or int64, found ", name_of(exponent));
  inference.set(0, broadcast(inference.node.label(), inference.shape(0), inference.shape(1)), type);
}

// The exponents as real numbers: themselves, or a copy in scratch.
View real_exponent(const Call& call) {
  const auto& exponent = call.x[1];
  if (exponent.type == Type::real) return exponent;
  const auto copy = call.scratch->view(exponent.shape, exponent.layout);
  map<Real, Int>(exponent, copy, [](Int b) { return static_cast<Real>(b); });
  return copy;
}

// By repeated squaring.
double whole_power(double base, double exponent) {
  double power = 1;
  for (auto left = std::abs(exponent); left > 0; left = std::floor(left / 2), base *= base)
    if (std::fmod(left, 2.0) == 1) power *= base;
  return exponent < 0 ? 1 / power : power;
}

// Of a positive base; exact where the result is whole.
double broken_power(double base, double exponent) {
  const auto power = exp_of(exponent * log_of(base));
  const auto whole = std::nearbyint(power);
  return std::abs(power - whole) < 1e-12 * whole ? whole : power;
}

// 0 where there is no such number.
Int integer_power(Int base, double exponent) {
  constexpr double limit = 9.2e18;
  const auto number = static_cast<double>(base);
  const bool whole = std::floor(exponent) == exponent && std::abs(exponent) < 0x1p53;
  if (!whole && base <= 0) return 0;
  const auto power = whole ? whole_power(number, exponent) : broken_power(number, exponent);
  return std::abs(power) < limit ? static_cast<Int>(power) : 0;
}

void forward_pow(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  const auto& base = call.x[0];
  const auto& exponent = call.x[1];
  if (base.type == Type::real)
    return map<Real, Real, Real>(base, real_exponent(call), call.y[0], [](Real a, Real b) { return Pow::value(a, b); });
  if (exponent.type == Type::real)
    return map<Int, Int, Real>(base, exponent, call.y[0], [](Int a, Real b) { return integer_power(a, b); });
  map<Int, Int, Int>(base, exponent, call.y[0], [](Int a, Int b) { return integer_power(a, static_cast<double>(b)); });
}

void backward_pow(const Call& call) {
  if (nothing_flows(call)) return;
  const Scratch::Frame frame(*call.scratch);
  const auto exponent = real_exponent(call);
  map_back<Real, Real>(call.x[0], exponent, call.gy[0], wanted(call, 0),
                       [](Real a, Real b) { return Pow::first(a, b); });
  map_back<Real, Real>(call.x[0], exponent, call.gy[0], wanted(call, 1),
                       [](Real a, Real b) { return Pow::second(a, b); });
}

// Whether nothing broadcasts and all three views have one order in memory.
bool all_alike(const Call& call) {
  const auto& y = call.y[0];
  return std::ranges::all_of(call.x, [&](const View& x) { return x.shape == y.shape && x.strides == y.strides; });
}

// The sum of a residual block.
void add_alike(const Call& call) {
  Real* y = call.y[0].real().data();
  const auto size = static_cast<Index>(call.y[0].size);
  kernels().add(call.x[0].real().data(), call.x[1].real().data(), y, size);
  if (call.clamp.active()) kernels().clamp(y, call.clamp.low, call.clamp.high, y, size);
}

// Add and Sub: a sum of two with signs; Add may carry a fused clamp.
void forward_add(const Call& call) {
  if (call.y[0].type != Type::real)
    return map<Int, Int, Int>(call.x[0], call.x[1], call.y[0],
                              [](Int a, Int b) { return wrapped(a, b, std::plus<>()); });
  if (all_alike(call)) return add_alike(call);
  if (!call.clamp.active())
    return map<Real, Real, Real>(call.x[0], call.x[1], call.y[0], [](Real a, Real b) { return a + b; });
  const auto clamp = call.clamp;
  map<Real, Real, Real>(call.x[0], call.x[1], call.y[0],
                        [clamp](Real a, Real b) { return std::min(std::max(a + b, clamp.low), clamp.high); });
}

void forward_sub(const Call& call) {
  if (call.y[0].type != Type::real)
    return map<Int, Int, Int>(call.x[0], call.x[1], call.y[0],
                              [](Int a, Int b) { return wrapped(a, b, std::minus<>()); });
  map<Real, Real, Real>(call.x[0], call.x[1], call.y[0], [](Real a, Real b) { return a - b; });
}

// Gives each operand the gradient times its factor, summed over what was broadcast.
void spread(const Call& call, Real first, Real others) {
  if (nothing_flows(call)) return;
  for (std::size_t i = 0; i < call.gx.size(); ++i) {
    const auto& gx = call.gx[i];
    const auto factor = i == 0 ? first : others;
    if (!gx.present()) continue;
    if (factor == 1 && gx.shape == call.gy[0].shape)
      copy(call.gy[0], gx);
    else
      sum_to(call.gy[0], gx, factor);
  }
}

void backward_add(const Call& call) { spread(call, 1, 1); }
void backward_sub(const Call& call) { spread(call, 1, -1); }

// Any number of operands: y becomes f(y, x[i]) for each in turn.
template <class T, class F>
void fold(const Call& call, F f) {
  const auto& y = call.y[0];
  map<T, T, T>(call.x[0], call.x[0], y, [](T a, T) { return a; });
  for (std::size_t i = 1; i < call.x.size(); ++i) map<T, T, T>(y, call.x[i], y, f);
}

void forward_sum(const Call& call) {
  fold<Real>(call, [](Real a, Real b) { return a + b; });
}

void forward_mean(const Call& call) {
  forward_sum(call);
  const auto share = 1 / static_cast<Real>(call.x.size());
  for (auto& value : call.y[0].real()) value *= share;
}

void backward_mean(const Call& call) {
  const auto share = 1 / static_cast<Real>(call.x.size());
  spread(call, share, share);
}

template <bool greatest>
void forward_extreme(const Call& call) {
  const auto pick = [](auto a, auto b) { return greatest ? std::max(a, b) : std::min(a, b); };
  call.y[0].type == Type::real ? fold<Real>(call, pick) : fold<Int>(call, pick);
}

// The gradient goes to the operands that reach the extreme, in equal parts where several do.
void backward_extreme(const Call& call) {
  if (nothing_flows(call)) return;
  const Scratch::Frame frame(*call.scratch);
  const auto& y = call.y[0];
  const auto part = call.scratch->view(y.shape, y.layout);
  const auto shares = part.real();
  const auto gy = call.gy[0].real();
  std::fill(shares.begin(), shares.end(), Real(0));
  for (const auto& x : call.x) {
    const auto* values = x.real().data();
    for (Walk walk(y.shape, {y.strides, repeat_strides(x, y.shape)}); walk; walk.next())
      for (Int i = 0; i < walk.length; ++i) {
        const auto at = static_cast<std::size_t>(walk.at[0] + i * walk.step[0]);
        shares[at] += y.real()[at] == values[walk.at[1] + i * walk.step[1]] ? Real(1) : Real(0);
      }
  }
  for (std::size_t i = 0; i < shares.size(); ++i) shares[i] = shares[i] > 0 ? gy[i] / shares[i] : 0;
  for (std::size_t i = 0; i < call.x.size(); ++i)
    map_back<Real, Real>(call.x[i], y, part, wanted(call, i),
                         [](Real x, Real extreme) { return x == extreme ? Real(1) : Real(0); });
}

// Comparisons and logic give boolean results.
void infer_comparison(Inference& inference) {
  need_two(inference);
  infer_alike(inference, operand_type(inference), Type::boolean);
}

void infer_equal(Inference& inference) {
  need_two(inference);
  inference.shape(0);
  const bool logical = inference.inputs[0].type == Type::boolean;
  infer_alike(inference, logical ? Type::boolean : operand_type(inference), Type::boolean);
}

void infer_logic(Inference& inference) {
  need_two(inference);
  infer_alike(inference, Type::boolean, Type::boolean);
}

template <class F>
void compare(const Call& call) {
  const auto& x = call.x;
  switch (x[0].type) {
    case Type::real:
      return map<bool, Real, Real>(x[0], x[1], call.y[0], F());
    case Type::i64:
      return map<bool, Int, Int>(x[0], x[1], call.y[0], F());
    default:
      return map<bool, bool, bool>(x[0], x[1], call.y[0], F());
  }
}

template <class F>
void combine(const Call& call) {
  map<bool, bool, bool>(call.x[0], call.x[1], call.y[0], F());
}

void infer_not(Inference& inference) { infer_alike(inference, Type::boolean, Type::boolean); }
void forward_not(const Call& call) {
  map<bool, bool>(call.x[0], call.y[0], [](bool a) { return !a; });
}

// Where: input 0 chooses between inputs 1 and 2.
void infer_where(Inference& inference) {
  const auto label = inference.node.label();
  const auto shape = broadcast(label, broadcast(label, inference.shape(0), inference.shape(1)), inference.shape(2));
  const auto type = inference.inputs[1].type;
  if (inference.inputs[0].type != Type::boolean || inference.inputs[2].type != type)
    fail(label, "a boolean must choose between two of one type, found ", name_of(inference.inputs[0].type), ", ",
         name_of(type), " and ", name_of(inference.inputs[2].type));
  inference.set(0, shape, type);
}

template <class T>
void choose(const Call& call) {
  const auto& y = call.y[0];
  const auto* condition = call.x[0].as<bool>().data();
  const auto* yes = call.x[1].as<T>().data();
  const auto* no = call.x[2].as<T>().data();
  auto* to = y.as<T>().data();
  for (Walk walk(y.shape, {y.strides, repeat_strides(call.x[0], y.shape), repeat_strides(call.x[1], y.shape),
                           repeat_strides(call.x[2], y.shape)});
       walk; walk.next()) {
    const auto& [at, step] = std::pair(walk.at, walk.step);
    for (Int i = 0; i < walk.length; ++i)
      to[at[0] + i * step[0]] = condition[at[1] + i * step[1]] ? yes[at[2] + i * step[2]] : no[at[3] + i * step[3]];
  }
}

void forward_where(const Call& call) {
  switch (call.y[0].type) {
    case Type::real:
      return choose<Real>(call);
    case Type::i64:
      return choose<Int>(call);
    case Type::i8:
      return choose<std::int8_t>(call);
    case Type::u8:
      return choose<std::uint8_t>(call);
    case Type::boolean:
      return choose<bool>(call);
  }
}

void backward_where(const Call& call) {
  if (nothing_flows(call)) return;
  const auto& condition = call.x[0];
  map_back<bool, bool>(condition, condition, call.gy[0], wanted(call, 1),
                       [](bool yes, bool) { return yes ? Real(1) : Real(0); });
  map_back<bool, bool>(condition, condition, call.gy[0], wanted(call, 2),
                       [](bool yes, bool) { return yes ? Real(0) : Real(1); });
}

constexpr OpDef row(std::string_view name, void (*infer)(Inference&), void (*forward)(const Call&),
                    void (*backward)(const Call&) = nullptr, Relevance relevance = Relevance::none,
                    Reads reads = Reads::everything) {
  return {.name = name,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = relevance,
          .layouts = Layouts::any,
          .reads = reads,
          .in_place = true};
}

constexpr auto rule = Relevance::rule;
constexpr auto gradient = Relevance::gradient;

constexpr std::array rows{
    OpDef{.name = "Add",
          .infer = infer_pair,
          .forward = forward_add,
          .backward = backward_add,
          .relevance = rule,
          .layouts = Layouts::any,
          .clamps = true,
          .reads = Reads::nothing,
          .sign = OutputSign::as_inputs,
          .in_place = true},
    row("Sub", infer_pair, forward_sub, backward_sub, rule, Reads::nothing),
    row("Mul", infer_pair, forward_pair<Mul>, backward_pair<Mul>, rule, Reads::other_inputs),
    row("Div", infer_pair, forward_pair<Div>, backward_pair<Div>, rule),
    row("Pow", infer_pow, forward_pow, backward_pow, gradient),
    row("Mod", infer_mod, forward_mod, backward_pair<Fmod>, gradient),
    row("Sum", infer_reals, forward_sum, backward_add, rule, Reads::nothing),
    row("Mean", infer_reals, forward_mean, backward_mean, rule, Reads::nothing),
    row("Max", infer_numbers, forward_extreme<true>, backward_extreme, gradient),
    row("Min", infer_numbers, forward_extreme<false>, backward_extreme, gradient),
    row("Where", infer_where, forward_where, backward_where, gradient),
    row("Equal", infer_equal, compare<std::equal_to<>>),
    row("Greater", infer_comparison, compare<std::greater<>>),
    row("GreaterOrEqual", infer_comparison, compare<std::greater_equal<>>),
    row("Less", infer_comparison, compare<std::less<>>),
    row("LessOrEqual", infer_comparison, compare<std::less_equal<>>),
    row("And", infer_logic, combine<std::logical_and<>>),
    row("Or", infer_logic, combine<std::logical_or<>>),
    row("Xor", infer_logic, combine<std::not_equal_to<>>),
    row("Not", infer_not, forward_not),
};

}  // namespace

std::span<const OpDef> arithmetic_ops() { return rows; }

}  // namespace whylight
