#pragma once
#include <emscripten/val.h>

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tensor/fail.hpp"
#include "tensor/tensor.hpp"
#include "wasm/explainer.hpp"

// Between the core's values and JavaScript's: numbers are copied as Float32Array, the rest becomes plain objects.
namespace whylight::js {

using emscripten::val;

inline val to_js(std::string_view text) { return val(std::string(text)); }
inline val to_js(std::int64_t number) { return val(static_cast<double>(number)); }

using Field = std::pair<const char*, val>;
inline val object(std::initializer_list<Field> fields) {
  val result = val::object();
  for (const auto& [name, value] : fields) result.set(name, value);
  return result;
}

template <class Range, class Convert>
inline val list(const Range& range, Convert convert) {
  val result = val::array();
  for (const auto& item : range) result.call<void>("push", convert(item));
  return result;
}

inline val numbers(std::span<const Real> values) {
  return val::global("Float32Array").new_(emscripten::typed_memory_view(values.size(), values.data()));
}
inline val shape_of(const Shape& shape) {
  return list(shape, [](std::int64_t size) { return to_js(size); });
}
inline val array(const Tensor& tensor) {
  return tensor.present() ? object({{"shape", shape_of(tensor.shape())}, {"data", numbers(tensor.real())}})
                          : val::undefined();
}
inline val settings_of(const Given& settings) {
  val result = val::object();
  for (const auto& [name, value] : settings) result.set(name, value);
  return result;
}
inline Shape read_shape(const val& shape) {
  Shape result;
  for (const double size : emscripten::convertJSArrayToNumberVector<double>(shape))
    result.push_back(static_cast<std::int64_t>(size));
  return result;
}
inline Tensor read_array(const val& array) {
  if (array.isUndefined()) return {};
  const auto result = Tensor::unset(read_shape(array["shape"]));
  const val data = array["data"];
  const auto found = data["length"].as<double>();
  if (found != static_cast<double>(result.size()))
    fail("tensor", to_text(result.shape()), " needs ", result.size(), " values, found ", found);
  val(emscripten::typed_memory_view(result.real().size(), result.real().data())).call<void>("set", data);
  return result;
}
template <class Result, class Read>
Result read_fields(const val& object, Read read) {
  Result result;
  if (object.isUndefined()) return result;
  const val names = val::global("Object").call<val>("keys", object);
  for (const auto& name : emscripten::vecFromJSArray<std::string>(names)) result.emplace(name, read(object[name]));
  return result;
}
inline Given read_settings(const val& object) {
  return read_fields<Given>(object, [](const val& value) { return value.as<std::string>(); });
}

}  // namespace whylight::js
