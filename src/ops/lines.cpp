#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "ops/elementwise.hpp"
#include "ops/parts.hpp"
#include "tensor/fail.hpp"

// Operators that go along one axis, line by line: sums so far, the greatest few.

namespace whylight {

namespace {

using Int = std::int64_t;

std::size_t axis_of(const Node& node, std::size_t rank, Int fallback = -1) {
  return normal_axis(node.label(), node.integer("axis", fallback), rank);
}

// Where each line along an axis begins in two arrays that have the same size along all other axes.
struct Line {
  Int a;
  Int b;
};

std::vector<Line> lines_of(const View& a, const View& b, std::size_t axis) {
  std::vector<Line> lines;
  auto others = a.shape;
  others[axis] = b.size == 0 ? 0 : 1;
  for (Walk walk(others, {a.strides, b.strides}); walk; walk.next())
    for (Int i = 0; i < walk.length; ++i)
      lines.push_back({walk.at[0] + i * walk.step[0], walk.at[1] + i * walk.step[1]});
  return lines;
}

// CumSum: input 1 is the axis.

void infer_cumulative(Inference& inference) {
  infer_number(inference);
  const auto axis = inference.integers(1);
  if (axis.size() != 1) fail(inference.node.label(), "the axis must be one number, found ", axis.size());
  normal_axis(inference.node.label(), axis[0], inference.shape(0).size());
}

template <class T>
void accumulate(const Call& call, const View& from, const View& to, bool reverse) {
  const auto axis = normal_axis(call.node.label(), call.x[1].i64()[0], from.rank());
  const bool exclusive = call.node.integer("exclusive", 0) != 0;
  const auto length = from.shape[axis];
  const auto step = from.strides[axis];
  for (const auto& [x, y] : lines_of(from, to, axis)) {
    T sum = 0;
    for (Int i = 0; i < length; ++i) {
      const auto at = (reverse ? length - 1 - i : i) * step;
      const T value = from.as<T>()[static_cast<std::size_t>(x + at)];
      T next = 0;
      if constexpr (std::is_same_v<T, Int>)
        next = wrapped(sum, value, std::plus<>());
      else
        next = sum + value;
      to.as<T>()[static_cast<std::size_t>(y + at)] = exclusive ? sum : next;
      sum = next;
    }
  }
}

bool reversed(const Call& call) { return call.node.integer("reverse", 0) != 0; }

void cumulative(const Call& call) {
  const auto run = call.x[0].type == Type::real ? accumulate<Real> : accumulate<Int>;
  run(call, call.x[0], call.y[0], reversed(call));
}

void cumulative_backward(const Call& call) {
  if (nothing_flows(call) || !wanted(call, 0).present()) return;
  accumulate<Real>(call, call.gy[0], call.gx[0], !reversed(call));
}

// The first `kept` places along a line in order of value; equal values in order of place.
void best_places(const Real* values, Int length, Int step, bool greatest, std::span<Int> kept) {
  std::size_t held = 0;
  for (Int i = 0; i < length; ++i) {
    const auto better = [&](Int other) {
      return greatest ? values[i * step] > values[other * step] : values[i * step] < values[other * step];
    };
    auto place = held;
    while (place > 0 && better(kept[place - 1])) --place;
    if (place == kept.size()) continue;
    held = std::min(held + 1, kept.size());
    std::copy_backward(kept.begin() + static_cast<std::ptrdiff_t>(place),
                       kept.begin() + static_cast<std::ptrdiff_t>(held) - 1,
                       kept.begin() + static_cast<std::ptrdiff_t>(held));
    kept[place] = i;
  }
}

// Hardmax: one at the greatest value, zero elsewhere. Its gradient is zero.

void infer_hardmax(Inference& inference) {
  infer_real(inference);
  axis_of(inference.node, inference.shape(0).size());
}

void hardmax(const Call& call) {
  const auto& x = call.x[0];
  const auto axis = axis_of(call.node, x.rank());
  fill_zero(call.y[0]);
  for (const auto& [from, to] : lines_of(x, call.y[0], axis)) {
    Int best = 0;
    best_places(x.real().data() + from, x.shape[axis], x.strides[axis], true, {&best, 1});
    call.y[0].real()[static_cast<std::size_t>(to + best * call.y[0].strides[axis])] = 1;
  }
}

// LpNormalization: x / n, n being the sum of magnitudes along the axis (p = 1) or the root of the sum of squares (p =
// 2).

void infer_unit(Inference& inference) {
  infer_real(inference);
  axis_of(inference.node, inference.shape(0).size());
  const auto p = inference.node.integer("p", 2);
  if (p != 1 && p != 2) fail(inference.node.label(), "p must be 1 or 2, found ", p);
}

// A line of zeros stays one. All arrays of a call lie alike. Backward: gx = (gy - slope of n * sum of gy y) / n.
void unit_lines(const Call& call, bool back) {
  const auto& x = call.x[0];
  const auto axis = axis_of(call.node, x.rank());
  const auto length = x.shape[axis], step = x.strides[axis];
  const bool squares = call.node.integer("p", 2) == 2;
  const auto* y = call.y[0].real().data();
  const auto* gy = back ? call.gy[0].real().data() : nullptr;
  auto* to = (back ? call.gx[0] : call.y[0]).real().data();
  for (const auto& [at, _] : lines_of(x, x, axis)) {
    const auto* from = x.real().data() + at;
    Real total = 0, along = 0;
    for (Int i = 0; i < length * step; i += step) {
      total += squares ? from[i] * from[i] : std::abs(from[i]);
      if (back) along += gy[at + i] * y[at + i];
    }
    const auto n = squares ? std::sqrt(total) : total;
    for (Int i = 0; i < length * step; i += step) {
      const auto slope = squares ? y[at + i] : std::copysign(Real(1), from[i]);
      const auto above = back ? gy[at + i] - slope * along : from[i];
      to[at + i] = n > 0 ? above / n : 0;
    }
  }
}

void unit(const Call& call) { unit_lines(call, false); }

void unit_backward(const Call& call) {
  if (!nothing_flows(call) && wanted(call, 0).present()) unit_lines(call, true);
}

// TopK: the greatest (or least) values along an axis in order, and their places.

void infer_top(Inference& inference) {
  infer_real(inference);
  auto shape = inference.shape(0);
  const auto axis = axis_of(inference.node, shape.size());
  const auto kept = inference.integers(1);
  constexpr std::int64_t most = 10'000;  // the time goes with k times the length
  const auto limit = std::min(shape[axis], most);
  if (kept.size() != 1 || kept[0] < 0 || kept[0] > limit)
    fail(inference.node.label(), "k must be one number from 0 to ", limit);
  shape[axis] = kept[0];
  inference.set(0, shape);
  inference.set(1, shape, Type::i64);
}

// Moves each value kept between `large`, which has the input's shape, and `small`, which has the output's: to `small`
// with its place, or back.
void move_kept(const Call& call, const View& large, const View& small, bool back) {
  const Scratch::Frame frame(*call.scratch);
  const auto& x = call.x[0];
  const auto axis = axis_of(call.node, x.rank());
  const auto places = call.scratch->take<Int>(small.shape[axis]);
  const bool greatest = call.node.integer("largest", 1) != 0;
  for (const auto& line : lines_of(large, small, axis)) {
    best_places(x.real().data() + line.a, x.shape[axis], x.strides[axis], greatest, places);
    auto at = static_cast<std::size_t>(line.b);
    for (const auto place : places) {
      auto& whole = large.real()[static_cast<std::size_t>(line.a + place * large.strides[axis])];
      auto& kept = small.real()[at];
      (back ? whole : kept) = back ? kept : whole;
      if (!back && given(call.y, 1)) call.y[1].i64()[at] = place;
      at += static_cast<std::size_t>(small.strides[axis]);
    }
  }
}

void top(const Call& call) { move_kept(call, call.x[0], call.y[0], false); }

void top_backward(const Call& call) {
  const auto gx = wanted(call, 0);
  fill_zero(gx);
  if (gx.present() && given(call.gy, 0)) move_kept(call, gx, call.gy[0], true);
}

constexpr OpDef row(std::string_view name, int since, void (*infer)(Inference&), void (*forward)(const Call&),
                    void (*backward)(const Call&), Relevance relevance) {
  return {.name = name,
          .since = since,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = relevance,
          .layouts = Layouts::any};
}

constexpr std::array rows{
    row("CumSum", 11, infer_cumulative, cumulative, cumulative_backward, Relevance::rule),
    row("Hardmax", 13, infer_hardmax, hardmax, nullptr, Relevance::none),
    row("LpNormalization", 1, infer_unit, unit, unit_backward, Relevance::pass),
    row("TopK", 10, infer_top, top, top_backward, Relevance::gradient),
};

}  // namespace

std::span<const OpDef> line_ops() { return rows; }

}  // namespace whylight
