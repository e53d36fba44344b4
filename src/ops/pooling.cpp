#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ops/walk.hpp"
#include "tensor/fail.hpp"

// Pooling goes over values with the channels innermost, so that every inner loop runs along the channels. One to three
// axes of space are treated as three, those that are missing having size one.

namespace whylight {

namespace {

using Int = std::int64_t;
constexpr std::size_t most_axes = 3;

// How windows lie along one axis of space.
struct Axis {
  Int in = 1;
  Int out = 1;
  Int kernel = 1;
  Int stride = 1;
  Int dilation = 1;
  Int before = 0;  // padding
  Int after = 0;
  Int first = 0;  // outputs to be computed: [first, last)
  Int last = 1;

  Int extent() const { return (kernel - 1) * dilation + 1; }
};

struct Pool {
  Int batch;
  Int channels;
  std::array<Axis, most_axes> axes;  // slowest first
};

// The part of a window that lies inside the input along one axis: rows first, first + dilation … (`count` of them).
struct Reach {
  Int first;
  Int count;
};

Reach reach(const Axis& axis, Int position) {
  const auto start = position * axis.stride - axis.before;
  const auto skipped = start < 0 ? (-start + axis.dilation - 1) / axis.dilation : 0;
  const auto room = axis.in - 1 - start;
  const auto held = room < 0 ? 0 : std::min(axis.kernel, room / axis.dilation + 1);
  return {start + skipped * axis.dilation, std::max<Int>(held - skipped, 0)};
}

std::vector<Int> parameter(const Node& node, const char* name, std::size_t size, Int fallback, Int least) {
  const auto values = node.integers(name, std::vector<Int>(size, fallback));
  if (values.size() != size) fail(node.label(), name, " needs ", size, " numbers, found ", values.size());
  for (const auto value : values)
    if (value < least || value > std::numeric_limits<std::int32_t>::max())
      fail(node.label(), name, " must be at least ", least, ", found ", value);
  return values;
}

// Output size and padding along one axis by the attributes auto_pad and ceil_mode.
void settle(const Node& node, Axis& axis, const std::string& auto_pad, bool ceil_mode) {
  const auto extent = axis.extent();
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
    axis.out = (axis.in + axis.stride - 1) / axis.stride;
    const auto padding = std::max<Int>((axis.out - 1) * axis.stride + extent - axis.in, 0);
    axis.before = (auto_pad == "SAME_UPPER" ? padding : padding + 1) / 2;
    axis.after = padding - axis.before;
    return;
  }
  const auto room = axis.in + axis.before + axis.after - extent;
  if (room < 0)
    fail(node.label(), "the window must fit into the padded input, found ", extent, " over ", room + extent);
  axis.out = (room + (ceil_mode ? axis.stride - 1 : 0)) / axis.stride + 1;
  // A window may not start in the padding at the end (PyTorch's rule, ONNX's since opset 19).
  if (ceil_mode && (axis.out - 1) * axis.stride >= axis.in + axis.before) --axis.out;
}

// Out of line, like what else every pool does once a call: copies of it would be a good part of all pools' code.
[[gnu::noinline]] Pool pool_of(const Node& node, const Shape& shape) {
  const auto spatial = shape.size() - 2;
  const auto auto_pad = node.text("auto_pad", "NOTSET");
  if (auto_pad != "NOTSET" && auto_pad != "VALID" && auto_pad != "SAME_UPPER" && auto_pad != "SAME_LOWER")
    fail(node.label(), "auto_pad is not known, found ", auto_pad);
  if (!node.has("kernel_shape")) fail(node.label(), "kernel_shape is missing");
  const auto kernel = parameter(node, "kernel_shape", spatial, 1, 1);
  const auto stride = parameter(node, "strides", spatial, 1, 1);
  const auto dilation = parameter(node, "dilations", spatial, 1, 1);
  const auto pads = parameter(node, "pads", 2 * spatial, 0, 0);
  const bool ceil_mode = node.integer("ceil_mode", 0) != 0;
  Pool pool{shape[0], shape[1], {}};
  for (std::size_t i = 0; i < spatial; ++i) {
    auto& axis = pool.axes[most_axes - spatial + i];
    axis = {.in = shape[i + 2], .kernel = kernel[i], .stride = stride[i], .dilation = dilation[i]};
    if (auto_pad == "NOTSET") {
      axis.before = pads[i];
      axis.after = pads[spatial + i];
    }
    settle(node, axis, auto_pad, ceil_mode);
  }
  return pool;
}

void need_space(const Inference& inference) {
  const auto& shape = inference.shape(0);
  if (inference.inputs[0].type != Type::real)
    fail(inference.node.label(), "input must be real, found ", name_of(inference.inputs[0].type));
  if (shape.size() < 3 || shape.size() > 2 + most_axes)
    fail(inference.node.label(), "one to three axes of space are supported, found the shape ", to_text(shape));
}

Shape pooled_shape(const Inference& inference) {
  need_space(inference);
  auto shape = inference.shape(0);
  const auto pool = pool_of(inference.node, shape);
  const auto spatial = shape.size() - 2;
  for (std::size_t i = 0; i < spatial; ++i) shape[i + 2] = pool.axes[most_axes - spatial + i].out;
  return shape;
}

void infer_average(Inference& inference) { inference.set(0, pooled_shape(inference)); }

void infer_max(Inference& inference) {
  const auto shape = pooled_shape(inference);
  inference.set(0, shape);
  inference.set(1, shape, Type::i64);
}

// Calls window(output pixel, reaches) for every output pixel to be computed, pixels counted through the batch in memory
// order.
template <class Window>
void each_window(const Pool& pool, Window window) {
  const auto& axes = pool.axes;
  std::array<Reach, most_axes> reaches;
  for (Int n = 0; n < pool.batch; ++n)
    for (Int i = axes[0].first; i < axes[0].last; ++i) {
      reaches[0] = reach(axes[0], i);
      for (Int j = axes[1].first; j < axes[1].last; ++j) {
        reaches[1] = reach(axes[1], j);
        Int pixel = ((n * axes[0].out + i) * axes[1].out + j) * axes[2].out + axes[2].first;
        for (Int k = axes[2].first; k < axes[2].last; ++k) {
          reaches[2] = reach(axes[2], k);
          window(n, std::array{i, j, k}, pixel++, reaches);
        }
      }
    }
}

// Leaves to be computed what a call asks for.
void limit(Pool& pool, const Call& call) {
  const auto spatial = call.y[0].rank() - 2;
  for (std::size_t i = 0; i < most_axes; ++i) {
    auto& axis = pool.axes[i];
    axis.last = axis.out;
    if (!call.region || i + spatial < most_axes) continue;
    axis.first = call.region->low[i + 2 + spatial - most_axes];
    axis.last = call.region->high[i + 2 + spatial - most_axes];
  }
}

[[gnu::noinline]] Pool pool_of(const Call& call) {
  auto pool = pool_of(call.node, call.x[0].shape);
  limit(pool, call);
  return pool;
}

// Each output sees the inputs in its window, channel by channel.
bool spread_windows(const Call& call, std::size_t, Spreads& spreads) {
  const auto rank = call.y[0].rank();
  if (call.y.size() > 1 && call.y[1].present()) return false;
  const auto pool = pool_of(call.node, call.x[0].shape);
  for (std::size_t i = 0; i < rank; ++i) {
    spreads[i].from = static_cast<int>(i);
    if (i < 2) continue;
    const auto& axis = pool.axes[i + most_axes - rank];
    spreads[i].before = axis.before - axis.extent() + 1;
    spreads[i].after = axis.before;
    spreads[i].over = axis.stride;
  }
  return true;
}

// Calls visit(input pixel) for every pixel of image n inside a window, in ONNX's order.
template <class Visit>
void each_pixel(const Pool& pool, Int n, const std::array<Reach, most_axes>& reaches, Visit visit) {
  const auto& axes = pool.axes;
  for (Int i = 0; i < reaches[0].count; ++i) {
    const auto plane = n * axes[0].in + reaches[0].first + i * axes[0].dilation;
    for (Int j = 0; j < reaches[1].count; ++j) {
      const auto row = plane * axes[1].in + reaches[1].first + j * axes[1].dilation;
      for (Int k = 0; k < reaches[2].count; ++k) visit(row * axes[2].in + reaches[2].first + k * axes[2].dilation);
    }
  }
}

// Number that ONNX gives an input pixel of channel c in MaxPool's second output: its place in the plain array, or with
// storage_order 1 with the axes of space in reverse.
Int plain_index(const Pool& pool, Int pixel, Int channel, bool reversed) {
  const auto& axes = pool.axes;
  const auto area = axes[0].in * axes[1].in * axes[2].in;
  const auto n = pixel / area;
  auto place = pixel % area;
  if (reversed) {
    const auto k = place % axes[2].in;
    const auto j = place / axes[2].in % axes[1].in;
    const auto i = place / (axes[2].in * axes[1].in);
    place = (k * axes[1].in + j) * axes[0].in + i;
  }
  return (n * pool.channels + channel) * area + place;
}

void write_indices(const Call& call, const Pool& pool) {
  const auto* x = call.x[0].real().data();
  const auto* y = call.y[0].real().data();
  const auto indices = call.y[1].i64();
  const bool reversed = call.node.integer("storage_order", 0) != 0;
  const auto channels = pool.channels;
  const auto area = pool.batch == 0 || channels == 0 ? 0 : call.y[1].size / (pool.batch * channels);
  each_window(pool, [&](Int n, const auto&, Int pixel, const auto& reaches) {
    for (Int c = 0; c < channels; ++c) {
      Int found = -1;
      each_pixel(pool, n, reaches, [&](Int from) {
        if (found < 0 && x[from * channels + c] == y[pixel * channels + c]) found = from;
      });
      const auto place = (n * channels + c) * area + pixel % area;
      indices[static_cast<std::size_t>(place)] = found < 0 ? 0 : plain_index(pool, found, c, reversed);
    }
  });
}

[[gnu::noinline]] void forward_max_over(const Call& call, const Pool& pool) {
  const auto channels = pool.channels;
  const auto* x = call.x[0].real().data();
  auto* y = call.y[0].real().data();
  each_window(pool, [&](Int n, const auto&, Int pixel, const auto& reaches) {
    auto* to = y + pixel * channels;
    bool first = true;
    std::fill(to, to + channels, -std::numeric_limits<Real>::infinity());
    each_pixel(pool, n, reaches, [&](Int from_pixel) {
      const auto* from = x + from_pixel * channels;
      if (first) {
        std::copy(from, from + channels, to);
      } else {
        for (Int c = 0; c < channels; ++c) to[c] = from[c] > to[c] ? from[c] : to[c];
      }
      first = false;
    });
  });
}

void forward_max(const Call& call) {
  const auto pool = pool_of(call);
  forward_max_over(call, pool);
  if (call.y.size() > 1 && call.y[1].present()) write_indices(call, pool);
}

// Moves what is left of a gradient to the channels whose input equals the maximum.
void give_to_first(Int channels, const Real* __restrict from, const Real* __restrict top, Real* __restrict left,
                   Real* __restrict to) {
  for (Int c = 0; c < channels; ++c) {
    const Real moved = from[c] == top[c] ? left[c] : Real(0);
    to[c] += moved;
    left[c] -= moved;
  }
}

// Each output's gradient goes to the first input in its window that equals it: `left` holds what has not found its
// place.
void backward_max_over(const Call& call, const Pool& pool) {
  const Scratch::Frame frame(*call.scratch);
  const auto channels = pool.channels;
  const auto* x = call.x[0].real().data();
  const auto* y = call.y[0].real().data();
  const auto* gy = call.gy[0].real().data();
  auto* gx = call.gx[0].real().data();
  auto* left = call.scratch->take<Real>(channels).data();
  fill_zero(call.gx[0]);
  each_window(pool, [&](Int n, const auto&, Int pixel, const auto& reaches) {
    const auto* top = y + pixel * channels;
    std::copy(gy + pixel * channels, gy + (pixel + 1) * channels, left);
    each_pixel(pool, n, reaches, [&](Int from_pixel) {
      const auto* from = x + from_pixel * channels;
      auto* to = gx + from_pixel * channels;
      give_to_first(channels, from, top, left, to);
    });
  });
}

void backward_max(const Call& call) {
  if (!wanted(call, 0).present()) return;
  if (!call.gy[0].present()) return fill_zero(call.gx[0]);
  backward_max_over(call, pool_of(call));
}

// What a window's sum is multiplied with: one over the pixels in the window, over those of the padded input too, or 1.
enum class Share : std::uint8_t { inside, padded, whole };

Share average_of(const Node& node) { return node.integer("count_include_pad", 0) != 0 ? Share::padded : Share::inside; }

Real share_of(const Pool& pool, Share share, const std::array<Int, most_axes>& position,
              const std::array<Reach, most_axes>& reaches) {
  if (share == Share::whole) return 1;
  Int pixels = 1;
  for (std::size_t i = 0; i < most_axes; ++i) {
    const auto& axis = pool.axes[i];
    const auto start = position[i] * axis.stride - axis.before;
    const auto padded = std::min(axis.kernel, (axis.in + axis.after - 1 - start) / axis.dilation + 1);
    pixels *= share == Share::padded ? padded : reaches[i].count;
  }
  return pixels > 0 ? 1 / static_cast<Real>(pixels) : 0;
}

[[gnu::noinline]] void sum_windows(const Pool& pool, Share share, const Real* x, Real* y) {
  const auto channels = pool.channels;
  each_window(pool, [&](Int n, const auto& position, Int pixel, const auto& reaches) {
    auto* to = y + pixel * channels;
    std::fill(to, to + channels, Real(0));
    each_pixel(pool, n, reaches, [&](Int from_pixel) {
      const auto* from = x + from_pixel * channels;
      for (Int c = 0; c < channels; ++c) to[c] += from[c];
    });
    const auto factor = share_of(pool, share, position, reaches);
    for (Int c = 0; c < channels; ++c) to[c] *= factor;
  });
}

// The way back: adds each output's gradient to all of its window.
[[gnu::noinline]] void add_windows(const Pool& pool, Share share, const Real* gy, Real* gx) {
  const auto channels = pool.channels;
  each_window(pool, [&](Int n, const auto& position, Int pixel, const auto& reaches) {
    const auto* from = gy + pixel * channels;
    const auto factor = share_of(pool, share, position, reaches);
    each_pixel(pool, n, reaches, [&](Int to_pixel) {
      auto* to = gx + to_pixel * channels;
      for (Int c = 0; c < channels; ++c) to[c] += factor * from[c];
    });
  });
}

void forward_average(const Call& call) {
  sum_windows(pool_of(call), average_of(call.node), call.x[0].real().data(), call.y[0].real().data());
}

void backward_average(const Call& call) {
  if (nothing_flows(call) || !wanted(call, 0).present()) return;
  fill_zero(call.gx[0]);
  add_windows(pool_of(call), average_of(call.node), call.gy[0].real().data(), call.gx[0].real().data());
}

// Global pools: one window over everything.
Pool global_pool(const Shape& shape) {
  Pool pool{shape[0], shape[1], {}};
  for (std::size_t i = 2; i < shape.size(); ++i) {
    auto& axis = pool.axes[most_axes + i - shape.size()];
    axis = {.in = shape[i], .kernel = shape[i]};
  }
  return pool;
}

void infer_global(Inference& inference) {
  need_space(inference);
  auto shape = inference.shape(0);
  std::fill(shape.begin() + 2, shape.end(), 1);
  inference.set(0, shape);
}

void forward_global_average(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  constexpr Int block = 64;  // pixels summed before they join the total: keeps the rounding error small
  const auto& x = call.x[0];
  const auto channels = x.shape[1];
  const auto area = x.size == 0 ? 0 : x.size / (x.shape[0] * channels);
  auto* part = call.scratch->take<Real>(channels).data();
  for (Int n = 0; n < x.shape[0]; ++n) {
    auto* to = call.y[0].real().data() + n * channels;
    std::fill(to, to + channels, Real(0));
    for (Int start = 0; start < area; start += block) {
      std::fill(part, part + channels, Real(0));
      for (Int pixel = start; pixel < std::min(start + block, area); ++pixel) {
        const auto* from = x.real().data() + (n * area + pixel) * channels;
        for (Int c = 0; c < channels; ++c) part[c] += from[c];
      }
      for (Int c = 0; c < channels; ++c) to[c] += part[c];
    }
    for (Int c = 0; c < channels; ++c) to[c] /= static_cast<Real>(area);
  }
}

void backward_global_average(const Call& call) {
  if (nothing_flows(call) || !wanted(call, 0).present()) return;
  fill_zero(call.gx[0]);
  add_windows(global_pool(call.x[0].shape), Share::inside, call.gy[0].real().data(), call.gx[0].real().data());
}

void forward_global_max(const Call& call) { forward_max_over(call, global_pool(call.x[0].shape)); }

void backward_global_max(const Call& call) {
  if (nothing_flows(call) || !wanted(call, 0).present()) return;
  backward_max_over(call, global_pool(call.x[0].shape));
}

// LpPool: the norm of each window, (sum of |x|^p)^(1/p).

Real exponent_of(const Node& node) {
  const auto p = node.integer("p", 2);
  if (p < 1) fail(node.label(), "p must be at least 1, found ", p);
  return static_cast<Real>(p);
}

bool is_global(const Node& node) { return node.op->name != "LpPool"; }

void infer_norm(Inference& inference) {
  exponent_of(inference.node);
  is_global(inference.node) ? infer_global(inference) : infer_average(inference);
}

[[gnu::noinline]] Pool norm_pool(const Call& call) {
  return is_global(call.node) ? global_pool(call.x[0].shape) : pool_of(call);
}

// |from| to a power, but zero stays zero.
[[gnu::noinline]] void raise(const Real* from, Real exponent, Real* to, Int size) {
  for (Int i = 0; i < size; ++i) {
    const auto magnitude = std::abs(from[i]);
    to[i] = magnitude < std::numeric_limits<Real>::min() ? 0 : std::pow(magnitude, exponent);
  }
}

void forward_norm(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  const auto p = exponent_of(call.node);
  const auto size = call.x[0].size;
  auto* powers = call.scratch->take<Real>(size).data();
  auto* y = call.y[0].real().data();
  raise(call.x[0].real().data(), p, powers, size);
  sum_windows(norm_pool(call), Share::whole, powers, y);
  raise(y, 1 / p, y, call.y[0].size);
}

// Its slope in x is x |x|^(p - 2) y^(1 - p).
void backward_norm(const Call& call) {
  if (nothing_flows(call) || !wanted(call, 0).present()) return;
  const Scratch::Frame frame(*call.scratch);
  const auto p = exponent_of(call.node);
  const auto size = static_cast<Index>(call.x[0].size), results = static_cast<Index>(call.y[0].size);
  auto* factors = call.scratch->take<Real>(std::max(size, results)).data();
  const auto* x = call.x[0].real().data();
  auto* gx = call.gx[0].real().data();
  raise(call.y[0].real().data(), 1 - p, factors, results);
  kernels().multiply(factors, call.gy[0].real().data(), factors, results);
  fill_zero(call.gx[0]);
  add_windows(norm_pool(call), Share::whole, factors, gx);
  raise(x, p - 2, factors, size);
  kernels().multiply(factors, x, factors, size);
  kernels().multiply(factors, gx, gx, size);
}

constexpr OpDef row(std::string_view name, void (*infer)(Inference&), void (*forward)(const Call&),
                    void (*backward)(const Call&), Relevance relevance) {
  return {.name = name,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = relevance,
          .layouts = Layouts::channels_last,
          .reads = relevance == Relevance::rule ? Reads::nothing : Reads::everything,  // averages, and maxima
          .sign = OutputSign::as_inputs};
}

constexpr OpDef windowed(OpDef row) {
  row.spread = spread_windows;
  return row;
}

constexpr OpDef norm(std::string_view name) {
  auto result = row(name, infer_norm, forward_norm, backward_norm, Relevance::rule);
  result.since = 2;
  result.reads = Reads::everything;
  result.sign = OutputSign::not_negative;
  return result;
}

constexpr std::array rows{
    windowed(row("MaxPool", infer_max, forward_max, backward_max, Relevance::gradient)),
    windowed(row("AveragePool", infer_average, forward_average, backward_average, Relevance::rule)),
    row("GlobalAveragePool", infer_global, forward_global_average, backward_global_average, Relevance::rule),
    row("GlobalMaxPool", infer_global, forward_global_max, backward_global_max, Relevance::gradient),
    norm("LpPool"),
    norm("GlobalLpPool"),
};

}  // namespace

std::span<const OpDef> pooling_ops() { return rows; }

}  // namespace whylight
