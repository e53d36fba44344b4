#include "ops/region.hpp"

#include <algorithm>
#include <cstring>

#include "ops/op.hpp"
#include "ops/parts.hpp"

namespace whylight {

namespace {

using Int = std::int64_t;

Int floor_over(Int a, Int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }
Int ceil_over(Int a, Int b) { return -floor_over(-a, b); }

}  // namespace

Int size_of(const Region& region, const Shape& shape) {
  if (region.nothing()) return 0;
  if (region.all()) return count(shape);
  Int size = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) size *= region.high[axis] - region.low[axis];
  return size;
}

bool contains(const Region& outer, const Region& inner, std::size_t rank) {
  if (outer.all() || inner.nothing()) return true;
  if (outer.nothing() || inner.all()) return false;
  for (std::size_t axis = 0; axis < rank; ++axis)
    if (inner.low[axis] < outer.low[axis] || inner.high[axis] > outer.high[axis]) return false;
  return true;
}

Region joined(const Region& a, const Region& b, std::size_t rank) {
  if (contains(a, b, rank)) return a;
  if (contains(b, a, rank)) return b;
  Region result = a;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    result.low[axis] = std::min(a.low[axis], b.low[axis]);
    result.high[axis] = std::max(a.high[axis], b.high[axis]);
  }
  return result;
}

Region common(const Region& a, const Region& b, std::size_t rank) {
  if (contains(a, b, rank)) return b;
  if (contains(b, a, rank)) return a;
  Region result = a;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    result.low[axis] = std::max(a.low[axis], b.low[axis]);
    result.high[axis] = std::min(a.high[axis], b.high[axis]);
    if (result.low[axis] >= result.high[axis]) return {};
  }
  return result;
}

View part(const View& whole, const Region& region) {
  if (!region.box()) return whole;
  Shape shape(whole.rank());
  Int offset = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    shape[axis] = region.high[axis] - region.low[axis];
    offset += region.low[axis] * whole.strides[axis];
  }
  return part(whole, std::move(shape), whole.strides, offset);
}

Region difference(const Shape& shape, const Real* a, const Real* b) {
  const auto rank = shape.size();
  const auto same = [](const Real* x, const Real* y, Int size) {
    return std::memcmp(x, y, static_cast<std::size_t>(size) * sizeof(Real)) == 0;
  };
  const auto size = count(shape);
  if (same(a, b, size)) return {};
  if (rank == 0 || rank > Region::most_axes) return Region::everything();
  Region result{.extent = Region::Extent::box};
  std::copy(shape.begin(), shape.end(), result.low.begin());
  const auto length = shape.back();
  Shape line(rank, 0);
  const Shape lines(shape.begin(), shape.end() - 1);
  line.pop_back();
  do {
    if (!same(a, b, length)) {
      Int first = 0, last = length - 1;
      while (same(a + first, b + first, 1)) ++first;
      while (same(a + last, b + last, 1)) --last;
      for (std::size_t axis = 0; axis < rank; ++axis) {
        result.low[axis] = std::min(result.low[axis], axis + 1 < rank ? line[axis] : first);
        result.high[axis] = std::max(result.high[axis], 1 + (axis + 1 < rank ? line[axis] : last));
      }
    }
    a += length;
    b += length;
  } while (next(line, lines));
  return result;
}

Region reach(const Region& change, const Spreads& spreads, const Shape& output) {
  if (!change.box()) return change;
  Region result{.extent = Region::Extent::box};
  bool all = true;
  for (std::size_t axis = 0; axis < output.size(); ++axis) {
    const auto& spread = spreads[axis];
    const auto size = output[axis];
    auto& low = result.low[axis];
    auto& high = result.high[axis];
    high = size;
    if (spread.from >= 0) {
      const auto from = static_cast<std::size_t>(spread.from);
      const auto first = ceil_over(change.low[from] * spread.times + spread.before, spread.over);
      const auto last = floor_over((change.high[from] - 1) * spread.times + spread.after, spread.over);
      low = std::max<Int>(first * spread.grid, 0);
      high = std::min((last + 1) * spread.grid, size);
    }
    if (low >= high) return {};
    all = all && low == 0 && high == size;
  }
  return all ? Region::everything() : result;
}

void spread_in_place(const Shape& input, const Shape& output, Spreads& spreads) {
  const auto missing = output.size() - input.size();
  for (std::size_t axis = 0; axis < output.size(); ++axis) {
    const bool has = axis >= missing && (input[axis - missing] != 1 || output[axis] == 1);
    spreads[axis] = {.from = has ? static_cast<int>(axis - missing) : -1};
  }
}

namespace {

using Flags = std::array<bool, Region::most_axes>;

// Which axes of a box lie together in memory as one dense run; the others are gone over one by one.
Flags run_axes(const View& view, const Region& box) {
  Flags in_run{};
  Int run = 1;
  for (std::size_t taken = 0; taken < view.rank(); ++taken) {
    auto found = view.rank();
    for (std::size_t axis = 0; axis < view.rank(); ++axis)
      if (!in_run[axis] && (view.strides[axis] == run || view.shape[axis] == 1)) found = axis;
    if (found == view.rank()) break;
    in_run[found] = true;
    const auto size = box.high[found] - box.low[found];
    run *= size;
    if (size != view.shape[found]) break;
  }
  return in_run;
}

// The box's sizes along the axes in runs, or along the others; 1 elsewhere.
Shape sizes_of(const Region& box, const Flags& in_run, bool runs, std::size_t rank) {
  Shape sizes(rank, 1);
  for (std::size_t axis = 0; axis < rank; ++axis)
    if (in_run[axis] == runs) sizes[axis] = box.high[axis] - box.low[axis];
  return sizes;
}

// Strides of a view in terms of the axes of an output of rank `rank` that it broadcasts to.
Shape strides_in(const View& view, std::size_t rank) {
  Shape strides(rank - view.rank(), 0);
  for (std::size_t axis = 0; axis < view.rank(); ++axis)
    strides.push_back(view.shape[axis] == 1 ? 0 : view.strides[axis]);
  return strides;
}

}  // namespace

Runs runs_of(const View& view, const Region& region) {
  if (!region.box()) return {view.size, Shape(region.all() ? 1 : 0, 0)};
  const auto in_run = run_axes(view, region);
  const auto turns = sizes_of(region, in_run, false, view.rank());
  Runs runs{count(sizes_of(region, in_run, true, view.rank())), {}};
  const Shape low(region.low.begin(), region.low.begin() + static_cast<std::ptrdiff_t>(view.rank()));
  const auto start = offset(low, view.strides);
  Shape turn(view.rank(), 0);
  do runs.starts.push_back(start + offset(turn, view.strides));
  while (next(turn, turns));
  return runs;
}

void run_by_parts(const Call& call, const Region& box) {
  const auto& y = call.y[0];
  const auto rank = y.rank();
  const auto in_run = run_axes(y, box);
  const auto turns = sizes_of(box, in_run, false, rank), sizes = sizes_of(box, in_run, true, rank);
  const Shape low(box.low.begin(), box.low.begin() + static_cast<std::ptrdiff_t>(rank));
  std::vector<View> parts(call.x.begin(), call.x.end());
  parts.push_back(y);
  std::vector<Shape> strides;
  std::vector<std::byte*> starts;
  for (auto& view : parts) {
    strides.push_back(view.present() ? strides_in(view, rank) : Shape(rank, 0));
    if (view.present()) view.data += offset(low, strides.back()) * static_cast<Int>(size_of(view.type));
    starts.push_back(view.data);
    for (std::size_t axis = 0; axis < view.rank(); ++axis)
      if (view.shape[axis] != 1) view.shape[axis] = sizes[axis + rank - view.rank()];
    view.size = count(view.shape);
  }
  const std::span<const View> views(parts);
  const Call one{call.node, views.first(call.x.size()), views.last(1), {}, {}, call.clamp, call.prepared, call.scratch};
  Shape turn(rank, 0);
  do {
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (parts[i].present())
        parts[i].data = starts[i] + offset(turn, strides[i]) * static_cast<Int>(size_of(parts[i].type));
    call.node.op->forward(one);
  } while (next(turn, turns));
}

}  // namespace whylight
