#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace whylight {

// Sizes or strides along each axis, in ONNX's order (batch, channels, space…); empty for a scalar.
using Shape = std::vector<std::int64_t>;

// How a value of rank 3 or more lies in memory: as its shape reads, or with the channel axis (1) innermost.
enum class Layout : std::uint8_t { plain, channels_last };

// Number of elements; 1 for a scalar. Throws Error when a size is negative or the product does not fit.
std::int64_t count(const Shape& shape);

// Elements between neighbours along each axis for a dense array of this shape in the given layout.
Shape dense_strides(const Shape& shape, Layout layout = Layout::plain);

// The shape that two shapes broadcast to by ONNX's (NumPy's) rule; throws Error naming `where` when they do not fit.
Shape broadcast(const std::string& where, const Shape& a, const Shape& b);

// Turns an axis counted from either end into one counted from the front; throws Error naming `where` when out of range.
std::size_t normal_axis(const std::string& where, std::int64_t axis, std::size_t rank);

// "1x3x224x224"; "scalar" for rank 0.
std::string to_text(const Shape& shape);

}  // namespace whylight
