#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tensor/shape.hpp"

namespace whylight {

// The number type of activations, weights and gradients; double in the build that checks derivatives and golden
// numbers.
#ifdef WHYLIGHT_DOUBLE
using Real = double;
#else
using Real = float;
#endif

// No single array takes more bytes than this, so that sizes in bytes fit into 32 bits and a broken file cannot ask for
// all memory.
constexpr std::int64_t most_bytes = std::int64_t{1} << 29;

// Element types in memory. ONNX's float, double and half become real; its other integers become i64.
enum class Type : std::uint8_t { real, i64, i8, u8, boolean };

std::size_t size_of(Type type);       // bytes an element
std::string_view name_of(Type type);  // "real", "int64", …

// Throws Error unless an array has the type it is read as: a broken model can give an operator integers for real
// numbers.
[[noreturn]] void fail_type(Type wanted, Type found);
inline void require_type(Type wanted, Type found) {
  if (wanted != found) fail_type(wanted, found);
}

// The Type that holds a C++ element type; bool is stored as one byte.
template <class T>
struct TypeOf;
template <>
struct TypeOf<Real> {
  static constexpr Type value = Type::real;
};
template <>
struct TypeOf<std::int64_t> {
  static constexpr Type value = Type::i64;
};
template <>
struct TypeOf<std::int8_t> {
  static constexpr Type value = Type::i8;
};
template <>
struct TypeOf<std::uint8_t> {
  static constexpr Type value = Type::u8;
};
template <>
struct TypeOf<bool> {
  static constexpr Type value = Type::boolean;
};

// A dense array in ONNX's order that owns its memory. Copies share the memory; clone() does not.
class Tensor {
 public:
  Tensor() = default;                                       // absent: no memory, shape empty
  explicit Tensor(Shape shape, Type type = Type::real);     // zeros
  Tensor(Shape shape, const std::vector<Real>& values);     // throws Error when the sizes differ
  Tensor(Shape shape, std::initializer_list<Real> values);  // likewise
  static Tensor integers(Shape shape, const std::vector<std::int64_t>& values);
  static Tensor unset(Shape shape, Type type = Type::real);  // to be written whole before it is read

  const Shape& shape() const { return shape_; }
  Type type() const { return type_; }
  std::int64_t size() const { return size_; }
  bool present() const { return memory_ != nullptr; }
  std::byte* bytes() const { return memory_.get(); }

  // The elements as T, which must be the stored type.
  template <class T>
  std::span<T> as() const {
    require_type(TypeOf<T>::value, type_);
    return {reinterpret_cast<T*>(memory_.get()), static_cast<std::size_t>(size_)};
  }
  std::span<Real> real() const { return as<Real>(); }
  std::span<std::int64_t> i64() const { return as<std::int64_t>(); }

  Tensor clone() const;
  // The same memory under another shape; throws Error when the number of elements differs.
  Tensor reshaped(Shape shape) const;
  // Row `index` along the first axis, as a batch of one; shares memory.
  Tensor row(std::int64_t index) const;

 private:
  std::size_t bytes_needed() const;  // throws Error when they are too many

  Shape shape_;
  Type type_ = Type::real;
  std::int64_t size_ = 0;
  std::shared_ptr<std::byte[]> memory_;
};

// What an operator sees of a value: where it lies and how. Shape is logical (ONNX order) whatever the layout.
struct View {
  Shape shape;
  Shape strides;  // in elements, one for each logical axis
  Layout layout = Layout::plain;
  Type type = Type::real;
  std::byte* data = nullptr;  // null: an input not given, or a gradient not wanted
  std::int64_t size = 0;      // number of elements

  View() = default;
  View(Shape logical, Layout order, Type element, std::byte* memory);
  explicit View(const Tensor& tensor);

  bool present() const { return data != nullptr; }
  std::size_t rank() const { return shape.size(); }
  template <class T>
  std::span<T> as() const {
    require_type(TypeOf<T>::value, type);
    return {reinterpret_cast<T*>(data), static_cast<std::size_t>(size)};
  }
  std::span<Real> real() const { return as<Real>(); }  // in memory order
  std::span<std::int64_t> i64() const { return as<std::int64_t>(); }
};

// Copies elements of the same type and logical shape between layouts.
void copy(const View& from, const View& to);

}  // namespace whylight
