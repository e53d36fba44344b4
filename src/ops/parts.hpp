#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ops/op.hpp"
#include "ops/walk.hpp"

namespace whylight {

// What operators that move values share: parts of views with strides of their own. All of it goes by View::strides and
// so holds for every layout and element type.

// A view of `shape` and `strides` (in elements) into another view's memory, starting `offset` elements in.
View part(const View& whole, Shape shape, Shape strides, std::int64_t offset = 0);

// Writes the one element of `value`, of the same type, everywhere; zero when `value` is not present. The view must be
// dense.
void set_all(const View& view, const View& value);
// Copies elements of the same type and shape. Unlike copy() the views may be parts of others, with gaps between
// elements.
void move_elements(const View& from, const View& to);
// Adds reals of the same shape element by element. `to` may have stride 0 along an axis, which is then summed.
void add(const View& from, const View& to);

// Whether a call has this input, output, gradient…
bool given(std::span<const View> views, std::size_t index);

// Content of an integer input in forward or backward; what `Inference::integers` gave.
std::vector<std::int64_t> integers(const View& view);
// A parameter that older opsets give as an attribute and newer ones as an input; empty when neither is there.
std::vector<std::int64_t> integers(const Call& call, std::size_t input, std::string_view attribute);
std::vector<std::int64_t> integers(const Inference& inference, std::size_t input, std::string_view attribute);

// Backward of operators whose output is the input's elements in the same memory order: gx = gy.
void backward_same(const Call& call);

// Steps an index through a shape, the last axis fastest; false after the last.
bool next(Shape& index, const Shape& shape);

// Sum of index times stride.
std::int64_t offset(const Shape& index, const Shape& strides);

}  // namespace whylight
