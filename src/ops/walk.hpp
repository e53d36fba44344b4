#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "ops/op.hpp"

namespace whylight {

// A loop over several arrays at once, cut into runs along one axis so that the inner loop is the caller's own and
// simple. Axes are taken in the memory order of array 0, and merged where every array allows it, so arrays that lie
// alike need one run:
//   for (Walk walk(sizes, {strides…}); walk; walk.next()) use(walk.length, walk.at, walk.step);
class Walk {
 public:
  static constexpr std::size_t most = 6;  // arrays
  using Places = std::array<std::int64_t, most>;

  // One list of strides for each array, in elements, for each axis of `sizes`; 0 where the array repeats along the
  // axis.
  Walk(const Shape& sizes, std::initializer_list<Shape> strides)
      : Walk(sizes, std::span(strides.begin(), strides.size())) {}
  Walk(const Shape& sizes, std::span<const Shape> strides);

  explicit operator bool() const { return running_; }
  void next();

  std::int64_t length = 1;  // elements in this run
  Places at{};              // where the run starts in each array
  Places step{};            // elements between neighbours of the run in each array

 private:
  struct Axis {
    std::int64_t size = 1;
    std::int64_t index = 0;
    Places strides{};
  };
  std::vector<Axis> axes_;  // outermost first, without the run's own
  std::size_t arrays_;
  bool running_ = true;
};

// Strides that make the view repeat over a shape that it broadcasts to by NumPy's rule.
Shape repeat_strides(const View& view, const Shape& to);

// A dense array seen from one axis: `outer` blocks of `length` rows of `inner` neighbouring elements.
struct AxisBlocks {
  std::int64_t outer;
  std::int64_t length;
  std::int64_t inner;
};
AxisBlocks axis_blocks(const View& view, std::size_t axis);

void fill_zero(const View& view);

// True when no output has a gradient; every gradient wanted has then been set to zero.
bool nothing_flows(const Call& call);

// Gradient that is wanted for an input, or an absent view.
inline View wanted(const Call& call, std::size_t input) { return input < call.gx.size() ? call.gx[input] : View(); }

// Sum of `length` numbers, `step` apart; partial sums keep the rounding error small and the loop fast.
Real sum_of(const Real* values, std::int64_t length, std::int64_t step = 1);

// Adds `scale` times `from` (of the larger shape) to `to`, whose shape broadcasts to it; zeroes `to` first.
void sum_to(const View& from, const View& to, Real scale = 1);

}  // namespace whylight
