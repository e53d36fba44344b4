#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <type_traits>

#include "ops/op.hpp"
#include "ops/parts.hpp"
#include "tensor/fail.hpp"

// Between real numbers and 8-bit integers: real = (integer - zero point) * scale, with one scale for the whole tensor,
// for each position along an axis, or for each block of positions along it. Integers carry no gradient, so nothing
// flows back through QuantizeLinear, nor through DequantizeLinear to its data; only scales get one.

namespace whylight {

namespace {

// How the elements of a tensor find their scale: as a view of the scales in the shape of the data (with stride 0 along
// axes they do not differ along), except that blocks divide the index along `axis` first.
struct Scaling {
  std::size_t axis = 0;
  std::int64_t block = 1;
  Shape strides;
  std::int64_t run = 1;  // so many neighbours share a scale, for certain
};

std::size_t scale_axis(const Node& node, std::size_t rank) {
  return rank == 0 ? 0 : normal_axis(node.label(), node.integer("axis", 1), rank);
}

Scaling scaling(const Node& node, const Shape& data, const Shape& scale) {
  Scaling result;
  result.strides.assign(data.size(), 0);
  const auto total = count(scale);
  if (scale.size() <= 1 && total == 1) {
    result.run = count(data);
    return result;
  }
  result.axis = scale_axis(node, data.size());
  const auto block = node.integer("block_size", 0);
  if (block > 0) {
    auto expected = data;
    if (!expected.empty()) expected[result.axis] = (expected[result.axis] + block - 1) / block;
    if (scale != expected) fail(node.label(), "its scales must be ", to_text(expected), ", found ", to_text(scale));
    result.block = block;
    result.strides = dense_strides(scale);
    return result;
  }
  if (scale.size() != 1 || result.axis >= data.size() || scale[0] != data[result.axis])
    fail(node.label(), "there must be one scale, or one for each position along axis ", result.axis, " of ",
         to_text(data), ", found ", to_text(scale));
  result.strides[result.axis] = 1;
  result.run = std::accumulate(data.begin() + static_cast<std::ptrdiff_t>(result.axis) + 1, data.end(), std::int64_t{1},
                               std::multiplies<>());
  return result;
}

std::int64_t scale_at(const Scaling& scaling, const Shape& index) {
  std::int64_t at = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis)
    at += (axis == scaling.axis ? index[axis] / scaling.block : index[axis]) * scaling.strides[axis];
  return at;
}

// An element of any integer type as a number.
std::int64_t integer_at(const View& view, std::int64_t at) {
  const auto position = static_cast<std::size_t>(at);
  switch (view.type) {
    case Type::i8:
      return view.as<std::int8_t>()[position];
    case Type::u8:
      return view.as<std::uint8_t>()[position];
    default:
      return view.i64()[position];
  }
}

void check_zero_point(const Inference& inference) {
  if (inference.given(2) && inference.shape(2) != inference.shape(1))
    fail(inference.node.label(), "zero points must have the shape of the scales, ", to_text(inference.shape(1)),
         ", found ", to_text(inference.shape(2)));
  if (inference.inputs[1].type != Type::real) fail(inference.node.label(), "scales must be real");
}

// Calls visit(position of the first element, position after the last, position of their scale) for every run of
// neighbours that share a scale, of dense data in the plain layout.
template <class Visit>
void each_run(const Call& call, const Visit& visit) {
  const auto& x = call.x[0];
  if (x.size == 0) return;
  const auto scales = scaling(call.node, x.shape, call.x[1].shape);
  if (scales.run > 1) {
    for (std::int64_t at = 0; at < x.size; at += scales.run)
      visit(at, at + scales.run, at / scales.run % call.x[1].size);
    return;
  }
  Shape index(x.rank(), 0);
  std::int64_t at = 0;
  do {
    visit(at, at + 1, scale_at(scales, index));
    ++at;
  } while (next(index, x.shape));
}

// Likewise visit(position of the element, position of its scale) for every element.
template <class Visit>
void each(const Call& call, const Visit& visit) {
  each_run(call, [&](std::int64_t begin, std::int64_t end, std::int64_t which) {
    for (auto at = begin; at < end; ++at) visit(static_cast<std::size_t>(at), which);
  });
}

void infer_dequantize(Inference& inference) {
  const auto& shape = inference.shape(0);
  const auto type = inference.inputs[0].type;
  scaling(inference.node, shape, inference.shape(1));
  check_zero_point(inference);
  if (type == Type::real || type == Type::boolean)
    fail(inference.node.label(), "its input must be integers, found ", name_of(type));
  if (inference.given(2) && inference.inputs[2].type != type)
    fail(inference.node.label(), "zero points must have the input's type");
  inference.set(0, shape);
}

// Weights of whole networks come through here when a model is opened: by type once, not by element.
template <class T>
void dequantize_from(const Call& call) {
  const T* from = call.x[0].as<T>().data();
  Real* to = call.y[0].real().data();
  const auto scales = call.x[1].real();
  const bool shifted = given(call.x, 2);
  using Wide = std::conditional_t<sizeof(T) == 1, std::int32_t, std::int64_t>;
  each_run(call, [&](std::int64_t begin, std::int64_t end, std::int64_t which) {
    const auto zero = static_cast<Wide>(shifted ? integer_at(call.x[2], which) : 0);
    const Real scale = scales[static_cast<std::size_t>(which)];
    for (auto at = begin; at < end; ++at) to[at] = static_cast<Real>(static_cast<Wide>(from[at]) - zero) * scale;
  });
}

void dequantize(const Call& call) {
  switch (call.x[0].type) {
    case Type::i8:
      return dequantize_from<std::int8_t>(call);
    case Type::u8:
      return dequantize_from<std::uint8_t>(call);
    default:
      dequantize_from<std::int64_t>(call);
  }
}

void dequantize_backward(const Call& call) {
  for (const auto& gx : call.gx)
    if (gx.present()) fill_zero(gx);
  if (!given(call.gx, 1) || !given(call.gy, 0)) return;
  const auto gy = call.gy[0].real();
  const auto gradient = call.gx[1].real();
  const bool shifted = given(call.x, 2);
  each(call, [&](std::size_t at, std::int64_t which) {
    const auto zero = shifted ? integer_at(call.x[2], which) : 0;
    const auto value = integer_at(call.x[0], static_cast<std::int64_t>(at)) - zero;
    gradient[static_cast<std::size_t>(which)] += static_cast<Real>(value) * gy[at];
  });
}

// QuantizeLinear gives the zero point's type, or that of `output_dtype` (opset 21), or uint8.
Type quantized_type(const Inference& inference) {
  if (inference.given(2)) {
    const auto type = inference.inputs[2].type;
    if (type != Type::u8 && type != Type::i8)
      fail(inference.node.label(), "only 8-bit integers are supported, found ", name_of(type));
    return type;
  }
  switch (inference.node.integer("output_dtype", 0)) {
    case 0:
    case 2:
      return Type::u8;
    case 3:
      return Type::i8;
    default:
      fail(inference.node.label(), "only 8-bit integers are supported, found ONNX's type number ",
           inference.node.integer("output_dtype", 0));
  }
}

void infer_quantize(Inference& inference) {
  const auto& shape = inference.shape(0);
  scaling(inference.node, shape, inference.shape(1));
  check_zero_point(inference);
  if (inference.inputs[0].type != Type::real)
    fail(inference.node.label(), "its input must be real, found ", name_of(inference.inputs[0].type));
  inference.set(0, shape, quantized_type(inference));
}

// Rounds half to even and stays within the type; what is not a number becomes the zero point.
template <class T>
T saturated(Real value, std::int64_t zero) {
  const auto rounded = std::isnan(value) ? Real(0) : std::nearbyint(value);
  const auto shifted = static_cast<double>(rounded) + static_cast<double>(zero);
  return static_cast<T>(std::clamp<double>(shifted, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

template <class T>
void quantize_to(const Call& call) {
  const auto from = call.x[0].real();
  const auto scales = call.x[1].real();
  const auto to = call.y[0].as<T>();
  const bool shifted = given(call.x, 2);
  each(call, [&](std::size_t at, std::int64_t which) {
    const auto zero = shifted ? integer_at(call.x[2], which) : 0;
    to[at] = saturated<T>(from[at] / scales[static_cast<std::size_t>(which)], zero);
  });
}

void quantize(const Call& call) {
  if (call.y[0].type == Type::i8) return quantize_to<std::int8_t>(call);
  quantize_to<std::uint8_t>(call);
}

// DynamicQuantizeLinear: uint8 over the input's own range, which is widened to hold 0.

void infer_dynamic(Inference& inference) {
  inference.shape(0);
  if (inference.inputs[0].type != Type::real) fail(inference.node.label(), "its input must be real");
  inference.set(0, inference.shape(0), Type::u8);
  inference.set(1, {});
  inference.set(2, {}, Type::u8);
}

void dynamic_quantize(const Call& call) {
  const auto from = call.x[0].real();
  Real low = 0;
  Real high = 0;
  for (const auto value : from) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const auto scale = high > low ? (high - low) / Real(255) : Real(1);
  const auto zero = saturated<std::uint8_t>(-low / scale, 0);
  for (std::size_t i = 0; given(call.y, 0) && i < from.size(); ++i)
    call.y[0].as<std::uint8_t>()[i] = saturated<std::uint8_t>(from[i] / scale, zero);
  if (given(call.y, 1)) call.y[1].real()[0] = scale;
  if (given(call.y, 2)) call.y[2].as<std::uint8_t>()[0] = zero;
}

}  // namespace

std::span<const OpDef> quantisation_ops() {
  static const std::array rows{
      OpDef{.name = "DequantizeLinear",
            .since = 10,
            .infer = infer_dequantize,
            .forward = dequantize,
            .backward = dequantize_backward,
            .relevance = Relevance::gradient},
      OpDef{.name = "QuantizeLinear", .since = 10, .infer = infer_quantize, .forward = quantize},
      OpDef{.name = "DynamicQuantizeLinear", .since = 11, .infer = infer_dynamic, .forward = dynamic_quantize},
  };
  return rows;
}

}  // namespace whylight
