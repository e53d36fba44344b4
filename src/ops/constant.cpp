#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "ops/op.hpp"
#include "ops/parts.hpp"
#include "tensor/fail.hpp"

// Operators that give constants and sizes, change types, or do nothing.

namespace whylight {

namespace {

// Constant: the one attribute that is given, as a tensor.

Tensor constant_value(const Node& node) {
  if (const auto found = node.attributes.find("value"); found != node.attributes.end())
    if (const auto* tensor = std::get_if<Tensor>(&found->second)) return *tensor;
  if (node.has("value_float")) return Tensor(Shape{}, {static_cast<Real>(node.number("value_float", 0))});
  if (node.has("value_int")) return Tensor::integers({}, {node.integer("value_int", 0)});
  if (node.has("value_ints")) {
    const auto values = node.integers("value_ints", {});
    return Tensor::integers({static_cast<std::int64_t>(values.size())}, values);
  }
  if (const auto found = node.attributes.find("value_floats"); found != node.attributes.end())
    if (const auto* list = std::get_if<std::vector<double>>(&found->second)) {
      Tensor tensor({static_cast<std::int64_t>(list->size())});
      std::transform(list->begin(), list->end(), tensor.real().begin(),
                     [](double value) { return static_cast<Real>(value); });
      return tensor;
    }
  fail(node.label(), "its value must be numbers; text and sparse tensors are not supported");
}

void infer_constant(Inference& inference) {
  const auto value = constant_value(inference.node);
  inference.set(0, value.shape(), value.type());
}

void constant(const Call& call) { copy(View(constant_value(call.node)), call.y[0]); }

// ConstantOfShape

Tensor fill_value(const Node& node) {
  const auto found = node.attributes.find("value");
  if (found == node.attributes.end()) return Tensor(Shape{});
  const auto* tensor = std::get_if<Tensor>(&found->second);
  if (!tensor || tensor->size() != 1) fail(node.label(), "its value must be one number");
  return *tensor;
}

void infer_constant_of_shape(Inference& inference) {
  auto shape = inference.integers(0);
  count(shape);
  inference.set(0, std::move(shape), fill_value(inference.node).type());
}

void constant_of_shape(const Call& call) { set_all(call.y[0], View(fill_value(call.node))); }

// Shape and Size

std::pair<std::size_t, std::size_t> shape_range(const Node& node, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  const auto bound = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size); };
  const auto start = bound(node.integer("start", 0));
  const auto end = std::max(start, bound(node.integer("end", size)));
  return {static_cast<std::size_t>(start), static_cast<std::size_t>(end)};
}

void infer_shape(Inference& inference) {
  const auto [start, end] = shape_range(inference.node, inference.shape(0).size());
  inference.set(0, {static_cast<std::int64_t>(end - start)}, Type::i64);
}

void shape_of(const Call& call) {
  const auto [start, end] = shape_range(call.node, call.x[0].rank());
  for (auto axis = start; axis < end; ++axis) call.y[0].i64()[axis - start] = call.x[0].shape[axis];
}

void infer_size(Inference& inference) {
  inference.shape(0);
  inference.set(0, {}, Type::i64);
}

void size(const Call& call) { call.y[0].i64()[0] = call.x[0].size; }

// Range: from start by delta to before limit.

template <class T>
std::int64_t range_length(const std::string& where, T start, T limit, T delta) {
  if (delta == 0) fail(where, "delta must not be 0");
  const auto length = std::ceil((static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(delta));
  constexpr double most = 1e9;
  if (!(length < most)) fail(where, "too many numbers, found ", length);
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(std::max(length, 0.0)));
}

void infer_range(Inference& inference) {
  const auto& label = inference.node.label();
  for (std::size_t i = 0; i < 3; ++i)
    if (count(inference.shape(i)) != 1) fail(label, "start, limit and delta must be single numbers");
  const auto type = inference.inputs[0].type;
  const auto length =
      type == Type::real
          ? range_length(label, inference.numbers(0)[0], inference.numbers(1)[0], inference.numbers(2)[0])
          : range_length(label, inference.integers(0)[0], inference.integers(1)[0], inference.integers(2)[0]);
  inference.set(0, {length}, type);
}

template <class T>
void fill_range(const Call& call) {
  const auto values = call.y[0].as<T>();
  const T start = call.x[0].as<T>()[0];
  const T delta = call.x[2].as<T>()[0];
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = start + static_cast<T>(i) * delta;
}

void range(const Call& call) {
  if (call.y[0].type == Type::real) return fill_range<Real>(call);
  fill_range<std::int64_t>(call);
}

// Cast and CastLike. Reals become integers by cutting off the fraction, and stay within what the integer type can hold;
// integers become narrower ones by dropping high bits, as C++ and NumPy do.

// What a Cast converts to: how it is kept here, and the width that ONNX gives it.
struct CastTarget {
  int code;  // TensorProto.DataType
  Type type;
  int bits;
  bool is_signed;
};

constexpr std::array cast_targets{
    CastTarget{1, Type::real, 0, true},     CastTarget{10, Type::real, 0, true},  CastTarget{11, Type::real, 0, true},
    CastTarget{16, Type::real, 0, true},    CastTarget{2, Type::u8, 8, false},    CastTarget{3, Type::i8, 8, true},
    CastTarget{4, Type::i64, 16, false},    CastTarget{5, Type::i64, 16, true},   CastTarget{6, Type::i64, 32, true},
    CastTarget{7, Type::i64, 64, true},     CastTarget{12, Type::i64, 32, false}, CastTarget{13, Type::i64, 64, true},
    CastTarget{9, Type::boolean, 1, false},
};

CastTarget cast_target(const Node& node, std::int64_t code) {
  for (const auto& target : cast_targets)
    if (target.code == code) return target;
  fail(node.label(), "cannot convert to ONNX's type number ", code);
}

CastTarget cast_target(const Node& node) { return cast_target(node, node.integer("to", 0)); }

CastTarget plain_target(Type type) {
  for (const auto& target : cast_targets)
    if (target.type == type && (type != Type::i64 || target.bits == 64)) return target;
  fail("cast", "unknown type");
}

std::int64_t whole_number(Real value, const CastTarget& target) {
  if (std::isnan(value)) return 0;
  const int digits = target.bits - (target.is_signed ? 1 : 0);
  const double high = std::ldexp(1.0, digits);
  const double cut = std::trunc(static_cast<double>(value));
  if (cut >= high) return digits == 63 ? std::numeric_limits<std::int64_t>::max() : (std::int64_t{1} << digits) - 1;
  return static_cast<std::int64_t>(std::max(cut, target.is_signed ? -high : 0.0));
}

std::int64_t narrowed(std::int64_t value, const CastTarget& target) {
  switch (target.bits * (target.is_signed ? -1 : 1)) {
    case 8:
      return static_cast<std::uint8_t>(value);
    case -8:
      return static_cast<std::int8_t>(value);
    case 16:
      return static_cast<std::uint16_t>(value);
    case -16:
      return static_cast<std::int16_t>(value);
    case 32:
      return static_cast<std::uint32_t>(value);
    case -32:
      return static_cast<std::int32_t>(value);
    default:
      return value;
  }
}

std::int64_t whole_at(const View& x, std::size_t i) {
  switch (x.type) {
    case Type::i64:
      return x.as<std::int64_t>()[i];
    case Type::i8:
      return x.as<std::int8_t>()[i];
    case Type::u8:
      return x.as<std::uint8_t>()[i];
    default:
      return x.as<bool>()[i] ? 1 : 0;
  }
}

// Element `from` of x, converted, to element `to` of y.
void convert(const View& x, std::int64_t from, const View& y, std::int64_t to, const CastTarget& target) {
  const auto i = static_cast<std::size_t>(from), j = static_cast<std::size_t>(to);
  const bool is_real = x.type == Type::real;
  const Real real = is_real ? x.real()[i] : 0;
  const auto whole = is_real ? 0 : whole_at(x, i);
  if (y.type == Type::real) {
    y.real()[j] = is_real ? real : static_cast<Real>(whole);
    return;
  }
  if (y.type == Type::boolean) {
    y.as<bool>()[j] = is_real ? real != 0 : whole != 0;
    return;
  }
  const auto result = is_real ? whole_number(real, target) : narrowed(whole, target);
  if (y.type == Type::i64)
    y.i64()[j] = result;
  else if (y.type == Type::i8)
    y.as<std::int8_t>()[j] = static_cast<std::int8_t>(result);
  else
    y.as<std::uint8_t>()[j] = static_cast<std::uint8_t>(result);
}

// One loop whatever the types: one for each pair of them would be a hundredth of the whole module.
void convert_all(const View& x, const View& y, const CastTarget& target) {
  if (x.type == y.type && y.type != Type::i64) return copy(x, y);
  if (y.size == 0) return;
  if (x.strides == y.strides) {
    for (std::int64_t i = 0; i < y.size; ++i) convert(x, i, y, i, target);
    return;
  }
  Shape index(y.rank(), 0);
  do convert(x, offset(index, x.strides), y, offset(index, y.strides), target);
  while (next(index, y.shape));
}

void infer_cast(Inference& inference) { inference.set(0, inference.shape(0), cast_target(inference.node).type); }
void cast(const Call& call) { convert_all(call.x[0], call.y[0], cast_target(call.node)); }

void infer_cast_like(Inference& inference) {
  inference.shape(1);
  inference.set(0, inference.shape(0), inference.inputs[1].type);
}
void cast_like(const Call& call) { convert_all(call.x[0], call.y[0], plain_target(call.y[0].type)); }

// Between real types the gradient passes unchanged; to and from integers nothing flows.
void copy_backward(const Call& call) {
  for (std::size_t i = 1; i < call.gx.size(); ++i)
    if (call.gx[i].present()) fill_zero(call.gx[i]);
  if (!call.gx[0].present()) return;
  if (!given(call.gy, 0) || call.gy[0].type != call.gx[0].type) return fill_zero(call.gx[0]);
  copy(call.gy[0], call.gx[0]);
}

// Identity, and Dropout, which does nothing outside training.

void infer_identity(Inference& inference) { inference.set(0, inference.shape(0), inference.inputs[0].type); }
void identity(const Call& call) { copy(call.x[0], call.y[0]); }

void infer_dropout(Inference& inference) {
  infer_identity(inference);
  inference.set(1, inference.shape(0), inference.node.opset < 10 ? inference.inputs[0].type : Type::boolean);
  if (!inference.given(2)) return;
  const auto& training = inference.inputs[2].constant;
  if (!training.present() || training.type() != Type::boolean || training.size() != 1 || training.as<bool>()[0])
    fail(inference.node.label(), "training_mode must be false");
}

void dropout(const Call& call) {
  copy(call.x[0], call.y[0]);
  if (!given(call.y, 1)) return;
  Tensor kept({}, call.y[1].type);
  if (kept.type() == Type::boolean) kept.as<bool>()[0] = true;
  if (kept.type() == Type::real) kept.real()[0] = 1;
  set_all(call.y[1], View(kept));
}

// EyeLike: ones on the diagonal k to the right of the main one.

void infer_eye_like(Inference& inference) {
  const auto& shape = inference.shape(0);
  if (shape.size() != 2) fail(inference.node.label(), "its input must have 2 axes, found ", to_text(shape));
  const auto type = inference.inputs[0].type;
  inference.set(
      0, shape,
      inference.node.has("dtype") ? cast_target(inference.node, inference.node.integer("dtype", 1)).type : type);
}

void eye_like(const Call& call) {
  const auto& y = call.y[0];
  Tensor one(Shape{});
  one.real()[0] = 1;
  fill_zero(y);
  const auto k = std::clamp(call.node.integer("k", 0), -y.shape[0], y.shape[1]);
  const auto row = std::max<std::int64_t>(0, -k);
  const auto length = std::min(y.shape[0] - row, y.shape[1] - (row + k));
  if (length <= 0) return;
  const auto diagonal = part(y, {length}, {y.strides[0] + y.strides[1]}, row * y.strides[0] + (row + k) * y.strides[1]);
  convert_all(part(View(one), {length}, {0}), diagonal, plain_target(y.type));
}

constexpr OpDef fixed(std::string_view name, int since, void (*infer)(Inference&), void (*forward)(const Call&)) {
  return {.name = name, .since = since, .infer = infer, .forward = forward};
}

constexpr OpDef sizes(std::string_view name, void (*infer)(Inference&), void (*forward)(const Call&)) {
  return {.name = name, .infer = infer, .forward = forward, .layouts = Layouts::any, .shape_only = true};
}

constexpr OpDef passing(std::string_view name, int since, void (*infer)(Inference&), void (*forward)(const Call&)) {
  return {.name = name,
          .since = since,
          .infer = infer,
          .forward = forward,
          .backward = copy_backward,
          .relevance = Relevance::gradient,
          .layouts = Layouts::any,
          .reads = Reads::nothing,
          .sign = OutputSign::as_inputs,
          .in_place = true};
}

}  // namespace

std::span<const OpDef> constant_ops() {
  static const std::array rows{
      fixed("Constant", 1, infer_constant, constant),
      fixed("ConstantOfShape", 9, infer_constant_of_shape, constant_of_shape),
      fixed("Range", 11, infer_range, range),
      fixed("EyeLike", 9, infer_eye_like, eye_like),
      sizes("Shape", infer_shape, shape_of),
      sizes("Size", infer_size, size),
      passing("Identity", 1, infer_identity, identity),
      passing("Dropout", 7, infer_dropout, dropout),
      passing("Cast", 6, infer_cast, cast),
      passing("CastLike", 15, infer_cast_like, cast_like),
  };
  return rows;
}

}  // namespace whylight
