#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "tensor/tensor.hpp"

namespace whylight {

struct Call;

// Which elements of a value are meant: none, all, or a box along all axes in ONNX's order, [low, high) along each.
struct Region {
  static constexpr std::size_t most_axes = 5;  // values of higher rank have no boxes
  using Bounds = std::array<std::int64_t, most_axes>;
  enum class Extent : std::uint8_t { nothing, box, all };

  Extent extent = Extent::nothing;
  Bounds low{};
  Bounds high{};

  bool nothing() const { return extent == Extent::nothing; }
  bool all() const { return extent == Extent::all; }
  bool box() const { return extent == Extent::box; }
  static Region everything() { return {.extent = Extent::all}; }
};

// The number of elements of a value of this shape that are meant.
std::int64_t size_of(const Region& region, const Shape& shape);
// Whether everything that `inner` means is in `outer`.
bool contains(const Region& outer, const Region& inner, std::size_t rank);
// The smallest region with both in it, or the largest within both.
Region joined(const Region& a, const Region& b, std::size_t rank);
Region common(const Region& a, const Region& b, std::size_t rank);
// That part of a view; it may have gaps between its elements.
View part(const View& whole, const Region& region);
// The same as dense runs of elements in the view's memory: where they start, in elements, and how long each is.
struct Runs {
  std::int64_t length;
  std::vector<std::int64_t> starts;
};
Runs runs_of(const View& view, const Region& region);
// The smallest region outside of which two arrays of one shape, in ONNX's order, hold the same bits.
Region difference(const Shape& shape, const Real* a, const Real* b);

// How a change in an input reaches along one axis of an output: a change of [low, high) along the input's axis `from`
// can only reach from ceil((low * times + before) / over) to floor(((high - 1) * times + after) / over), both included,
// counted in tiles of `grid` positions.
struct Spread {
  int from = -1;  // an axis of the input; -1: any change reaches all along this axis
  std::int64_t times = 1;
  std::int64_t before = 0;
  std::int64_t after = 0;
  std::int64_t over = 1;
  std::int64_t grid = 1;
};
using Spreads = std::array<Spread, Region::most_axes>;

// Where a change in an input reaches in an output of that shape.
Region reach(const Region& change, const Spreads& spreads, const Shape& output);

// Spreads of element-wise functions: the same position, by ONNX's rule where an input broadcasts.
void spread_in_place(const Shape& input, const Shape& output, Spreads& spreads);

// Computes a box of an element-wise function's output by calling the operator with parts of all its views, in each of
// which the output is dense. The call has one output.
void run_by_parts(const Call& call, const Region& box);

}  // namespace whylight
