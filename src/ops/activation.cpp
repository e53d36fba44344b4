#include <array>
#include <cmath>
#include <functional>
#include <numbers>

#include "ops/elementwise.hpp"
#include "tensor/fail.hpp"

namespace whylight {

void infer_real(Inference& inference) {
  const auto& shape = inference.shape(0);
  if (inference.inputs[0].type != Type::real)
    fail(inference.node.label(), "input must be real, found ", name_of(inference.inputs[0].type));
  inference.set(0, shape);
}

void infer_number(Inference& inference) {
  const auto& shape = inference.shape(0);
  const auto type = inference.inputs[0].type;
  if (type != Type::real && type != Type::i64)
    fail(inference.node.label(), "input must be real or int64, found ", name_of(type));
  inference.set(0, shape, type);
}

namespace {

// The values of an activation's attributes.
struct Knobs {
  Real a = 0;
  Real b = 0;
};

struct Knob {
  const char* attribute;
  double fallback;
};

template <std::size_t count>
using KnobList = std::array<Knob, count>;

// Each activation is a value, its slope at x with y = value(x), and its attributes. At a kink the slope is PyTorch's.
template <std::size_t count = 0>
struct Activation {
  static constexpr KnobList<count> knobs{};
};

Real logistic(Real x) { return 1 / (1 + std::exp(-x)); }
Real soft_plus(Real x) { return std::max(x, Real(0)) + std::log1p(std::exp(-std::abs(x))); }

struct Relu : Activation<> {
  static Real value(Real x, Knobs) { return x > 0 ? x : 0; }
  static Real slope(Real x, Real, Knobs) { return x > 0 ? Real(1) : Real(0); }
};

struct LeakyRelu {
  static constexpr KnobList<1> knobs{{{"alpha", 0.01}}};
  static Real value(Real x, Knobs k) { return x > 0 ? x : k.a * x; }
  static Real slope(Real x, Real, Knobs k) { return x > 0 ? 1 : k.a; }
};

struct ThresholdedRelu {
  static constexpr KnobList<1> knobs{{{"alpha", 1}}};
  static Real value(Real x, Knobs k) { return x > k.a ? x : 0; }
  static Real slope(Real x, Real, Knobs k) { return x > k.a ? Real(1) : Real(0); }
};

struct Elu {
  static constexpr KnobList<1> knobs{{{"alpha", 1}}};
  static Real value(Real x, Knobs k) { return x > 0 ? x : k.a * std::expm1(x); }
  static Real slope(Real x, Real y, Knobs k) { return x > 0 ? 1 : y + k.a; }
};

struct Selu {
  static constexpr KnobList<2> knobs{{{"alpha", 1.67326319217681884765625}, {"gamma", 1.05070102214813232421875}}};
  static Real value(Real x, Knobs k) { return k.b * (x > 0 ? x : k.a * std::expm1(x)); }
  static Real slope(Real x, Real y, Knobs k) { return x > 0 ? k.b : y + k.a * k.b; }
};

struct Celu {
  static constexpr KnobList<1> knobs{{{"alpha", 1}}};
  static Real value(Real x, Knobs k) { return x > 0 ? x : k.a * std::expm1(x / k.a); }
  static Real slope(Real x, Real, Knobs k) { return x > 0 ? 1 : std::exp(x / k.a); }
};

struct Sigmoid : Activation<> {
  static Real value(Real x, Knobs) { return logistic(x); }
  static Real slope(Real, Real y, Knobs) { return y * (1 - y); }
};

struct Tanh : Activation<> {
  static Real value(Real x, Knobs) { return std::tanh(x); }
  static Real slope(Real, Real y, Knobs) { return 1 - y * y; }
};

struct HardSigmoid {
  static constexpr KnobList<2> knobs{{{"alpha", 0.2}, {"beta", 0.5}}};
  static Real value(Real x, Knobs k) { return std::clamp(k.a * x + k.b, Real(0), Real(1)); }
  static Real slope(Real, Real y, Knobs k) { return y > 0 && y < 1 ? k.a : 0; }
};

struct HardSwish : Activation<> {
  static Real value(Real x, Knobs) { return x * std::clamp(x / 6 + Real(0.5), Real(0), Real(1)); }
  static Real slope(Real x, Real, Knobs) { return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + Real(0.5); }
};

struct Softplus : Activation<> {
  static Real value(Real x, Knobs) { return soft_plus(x); }
  static Real slope(Real x, Real, Knobs) { return logistic(x); }
};

struct Softsign : Activation<> {
  static Real value(Real x, Knobs) { return x / (1 + std::abs(x)); }
  static Real slope(Real x, Real, Knobs) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); }
};

struct Erf : Activation<> {
  static Real value(Real x, Knobs) { return std::erf(x); }
  static Real slope(Real x, Real, Knobs) { return 2 * std::numbers::inv_sqrtpi_v<Real> * std::exp(-x * x); }
};

// Hendrycks and Gimpel 2016: x times the normal distribution's cumulative probability.
struct Gelu : Activation<> {
  static Real value(Real x, Knobs) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2_v<Real>)); }
  static Real slope(Real x, Real, Knobs) {
    constexpr Real density = std::numbers::inv_sqrtpi_v<Real> / std::numbers::sqrt2_v<Real>;
    return (1 + std::erf(x / std::numbers::sqrt2_v<Real>)) / 2 + x * density * std::exp(-x * x / 2);
  }
};

// The same paper's approximation by tanh(sqrt(2 / pi) (x + 0.044715 x^3)).
struct GeluTanh : Activation<> {
  static constexpr Real scale = std::numbers::sqrt2_v<Real> * std::numbers::inv_sqrtpi_v<Real>;
  static constexpr Real cubic = Real(0.044715);
  static Real bend(Real x) { return std::tanh(scale * (x + cubic * x * x * x)); }
  static Real value(Real x, Knobs) { return x / 2 * (1 + bend(x)); }
  static Real slope(Real x, Real, Knobs) {
    const auto t = bend(x);
    return (1 + t) / 2 + x / 2 * (1 - t * t) * scale * (1 + 3 * cubic * x * x);
  }
};

struct Mish : Activation<> {
  static Real value(Real x, Knobs) { return x * std::tanh(soft_plus(x)); }
  static Real slope(Real x, Real, Knobs) {
    const auto t = std::tanh(soft_plus(x));
    return t + x * (1 - t * t) * logistic(x);
  }
};

struct Sqrt : Activation<> {
  static Real value(Real x, Knobs) { return std::sqrt(x); }
  static Real slope(Real, Real y, Knobs) { return Real(0.5) / y; }
};

struct Exp : Activation<> {
  static Real value(Real x, Knobs) { return std::exp(x); }
  static Real slope(Real, Real y, Knobs) { return y; }
};

struct Log : Activation<> {
  static Real value(Real x, Knobs) { return std::log(x); }
  static Real slope(Real x, Real, Knobs) { return 1 / x; }
};

struct Sin : Activation<> {
  static Real value(Real x, Knobs) { return std::sin(x); }
  static Real slope(Real x, Real, Knobs) { return std::cos(x); }
};

struct Cos : Activation<> {
  static Real value(Real x, Knobs) { return std::cos(x); }
  static Real slope(Real x, Real, Knobs) { return -std::sin(x); }
};

struct Reciprocal : Activation<> {
  static Real value(Real x, Knobs) { return 1 / x; }
  static Real slope(Real, Real y, Knobs) { return -y * y; }
};

// What is flat between its steps: the gradient is zero everywhere.
template <Real (*step)(Real)>
struct Steps : Activation<> {
  static Real value(Real x, Knobs) { return step(x); }
  static Real slope(Real, Real, Knobs) { return 0; }
};

Real down(Real x) { return std::floor(x); }
Real up(Real x) { return std::ceil(x); }
Real half_to_even(Real x) { return std::nearbyint(x); }

Real negated(Real x) { return -x; }
std::int64_t negated(std::int64_t x) { return wrapped(0, x, std::minus<>()); }

template <class T>
T sign_of(T x) {
  return static_cast<T>((x > 0) - (x < 0));
}

// These three take integers as well.
struct Sign : Activation<> {
  template <class T>
  static T value(T x, Knobs) {
    return sign_of(x);
  }
  static Real slope(Real, Real, Knobs) { return 0; }
};

struct Neg : Activation<> {
  template <class T>
  static T value(T x, Knobs) {
    return negated(x);
  }
  static Real slope(Real, Real, Knobs) { return -1; }
};

struct Abs : Activation<> {
  template <class T>
  static T value(T x, Knobs) {
    return x < 0 ? negated(x) : x;
  }
  static Real slope(Real x, Real, Knobs) { return sign_of(x); }
};

template <class F>
Knobs knobs_of(const Node& node) {
  Knobs knobs;
  std::array<Real*, 2> places{&knobs.a, &knobs.b};
  for (std::size_t i = 0; i < F::knobs.size(); ++i)
    *places[i] = static_cast<Real>(node.number(F::knobs[i].attribute, F::knobs[i].fallback));
  return knobs;
}

template <class F>
void forward(const Call& call) {
  const auto knobs = knobs_of<F>(call.node);
  map<Real, Real>(call.x[0], call.y[0], [knobs](Real x) { return F::value(x, knobs); });
}

template <class F>
void forward_number(const Call& call) {
  if (call.x[0].type == Type::real) return forward<F>(call);
  map<std::int64_t, std::int64_t>(call.x[0], call.y[0], [](std::int64_t x) { return F::value(x, Knobs()); });
}

template <class F>
void backward(const Call& call) {
  if (nothing_flows(call)) return;
  const auto knobs = knobs_of<F>(call.node);
  map_back(call.x[0], call.y[0], call.gy[0], wanted(call, 0),
           [knobs](Real x, Real y) { return F::slope(x, y, knobs); });
}

template <class F>
constexpr OpDef row(std::string_view name, int since = 1) {
  return {.name = name,
          .since = since,
          .infer = infer_real,
          .forward = forward<F>,
          .backward = backward<F>,
          .relevance = Relevance::pass,
          .layouts = Layouts::any,
          .in_place = true};
}

template <class F>
constexpr OpDef number_row(std::string_view name) {
  auto made = row<F>(name);
  made.infer = infer_number;
  made.forward = forward_number<F>;
  return made;
}

bool gelu_by_tanh(const Node& node) {
  const auto approximate = node.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    fail(node.label(), "approximate must be none or tanh, found ", approximate);
  return approximate == "tanh";
}

void infer_gelu(Inference& inference) {
  gelu_by_tanh(inference.node);
  infer_real(inference);
}

void forward_gelu(const Call& call) { gelu_by_tanh(call.node) ? forward<GeluTanh>(call) : forward<Gelu>(call); }
void backward_gelu(const Call& call) { gelu_by_tanh(call.node) ? backward<GeluTanh>(call) : backward<Gelu>(call); }

constexpr std::array rows{
    with_sign(row<Relu>("Relu"), OutputSign::not_negative),
    row<LeakyRelu>("LeakyRelu"),
    row<ThresholdedRelu>("ThresholdedRelu"),
    row<Elu>("Elu"),
    row<Selu>("Selu"),
    row<Celu>("Celu"),
    with_sign(row<Sigmoid>("Sigmoid"), OutputSign::not_negative),
    row<Tanh>("Tanh"),
    row<HardSigmoid>("HardSigmoid"),
    row<HardSwish>("HardSwish"),
    row<Softplus>("Softplus"),
    row<Softsign>("Softsign"),
    row<Erf>("Erf"),
    row<Mish>("Mish"),
    row<Sqrt>("Sqrt"),
    with_sign(row<Exp>("Exp"), OutputSign::not_negative),
    row<Log>("Log"),
    row<Sin>("Sin"),
    row<Cos>("Cos"),
    row<Reciprocal>("Reciprocal"),
    row<Steps<down>>("Floor"),
    row<Steps<up>>("Ceil"),
    row<Steps<half_to_even>>("Round"),
    number_row<Sign>("Sign"),
    number_row<Neg>("Neg"),
    with_sign(number_row<Abs>("Abs"), OutputSign::not_negative),
    OpDef{.name = "Gelu",
          .since = 20,
          .infer = infer_gelu,
          .forward = forward_gelu,
          .backward = backward_gelu,
          .relevance = Relevance::pass,
          .layouts = Layouts::any,
          .in_place = true},
};

}  // namespace

std::span<const OpDef> activation_ops() { return rows; }

}  // namespace whylight
