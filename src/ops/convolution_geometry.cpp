#include "ops/convolution_geometry.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "ops/convolution_pass.hpp"
#include "tensor/fail.hpp"

namespace whylight::convolution {

namespace {

using Integers = std::vector<std::int64_t>;

constexpr Index few_channels = 4;  // up to which a panel of a gathered product would stay half empty

Index index(std::int64_t value) { return static_cast<Index>(value); }

// The attributes that Conv and ConvTranspose share, checked; one entry for each spatial axis.
struct Window {
  std::string where;
  std::size_t axes;
  Integers kernel{}, stride{}, dilation{}, begin{}, end{};
  std::string auto_pad{};
  std::int64_t groups = 1;

  std::int64_t extent(std::size_t axis) const { return (kernel[axis] - 1) * dilation[axis] + 1; }
  void split_pad(std::size_t axis, std::int64_t total, bool more_at_end) {
    total = std::max<std::int64_t>(total, 0);
    begin[axis] = more_at_end ? total / 2 : total - total / 2;
    end[axis] = total - begin[axis];
  }
};

Integers per_axis(const Window& window, const Node& node, std::string_view name, Integers fallback,
                  std::int64_t least) {
  auto values = node.integers(name, std::move(fallback));
  const auto wanted = name == "pads" ? 2 * window.axes : window.axes;
  if (values.size() != wanted) fail(window.where, name, " must have ", wanted, " values, found ", values.size());
  for (const auto value : values)
    if (value < least || value > (1 << 30))
      fail(window.where, name, " must be between ", least, " and 2^30, found ", value);
  return values;
}

Window read_window(const Node& node, const Shape& x, const Shape& w) {
  Window window{.where = node.label(), .axes = x.size() - 2};
  if (x.size() < 3 || x.size() > 5) fail(window.where, "the input must have 3 to 5 axes, found ", to_text(x));
  if (w.size() != x.size()) fail(window.where, "weights of rank ", x.size(), " are needed, found ", to_text(w));
  const Integers ones(window.axes, 1), zeros(2 * window.axes, 0), sizes(w.begin() + 2, w.end());
  window.kernel = per_axis(window, node, "kernel_shape", sizes, 1);
  if (window.kernel != sizes)
    fail(window.where, "kernel_shape ", to_text(window.kernel), " does not fit weights ", to_text(w));
  window.stride = per_axis(window, node, "strides", ones, 1);
  window.dilation = per_axis(window, node, "dilations", ones, 1);
  const auto pads = per_axis(window, node, "pads", zeros, 0);
  window.begin.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(window.axes));
  window.end.assign(pads.begin() + static_cast<std::ptrdiff_t>(window.axes), pads.end());
  window.auto_pad = node.text("auto_pad", "NOTSET");
  constexpr std::array known{"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
  if (std::ranges::find(known, window.auto_pad) == known.end())
    fail(window.where, "auto_pad is not known, found ", window.auto_pad);
  if (window.auto_pad != "NOTSET") {
    window.begin.assign(window.axes, 0);
    window.end.assign(window.axes, 0);
  }
  constexpr std::int64_t most = 1 << 16;  // there is one pass backwards for each remainder by the strides
  std::int64_t strides = 1;
  for (const auto stride : window.stride) strides = std::min(strides * stride, most + 1);
  if (strides > most) fail(window.where, "strides must multiply to at most ", most, ", found ", to_text(window.stride));
  window.groups = node.integer("group", 1);
  if (window.groups < 1) fail(window.where, "group must be positive, found ", window.groups);
  return window;
}

bool same(const Window& window) { return window.auto_pad.starts_with("SAME"); }

// What does not depend on the spatial sizes of source and target.
Geometry start(const Window& window, const Shape& x, const Shape& w) {
  Geometry g{
      .batch = index(x[0]), .groups = index(window.groups), .axes = index(static_cast<std::int64_t>(window.axes))};
  if (w[0] % window.groups != 0)
    fail(window.where, "weights ", to_text(w), " cannot be split into ", window.groups, " groups");
  g.source_channels = index(w[1]);
  g.target_channels = index(w[0] / window.groups);
  for (std::size_t axis = 0; axis < window.axes; ++axis) {
    const auto to = axis + 3 - window.axes;
    g.kernel[to] = index(window.kernel[axis]);
    g.stride[to] = index(window.stride[axis]);
    g.dilation[to] = index(window.dilation[axis]);
  }
  return g;
}

Shape full_shape(const Geometry& g, Index channels, const Sizes& sizes) {
  Shape shape{g.batch, channels};
  shape.insert(shape.end(), sizes.end() - g.axes, sizes.end());
  return shape;
}

// Output size of a ConvTranspose along one axis; sets the padding where auto_pad or output_shape decide it.
std::int64_t transposed_size(Window& window, std::size_t axis, std::int64_t in, std::int64_t output_padding,
                             std::int64_t wanted) {
  const auto full = window.stride[axis] * (in - 1) + output_padding + window.extent(axis);
  if (wanted < 0 && same(window)) wanted = in * window.stride[axis];
  if (wanted < 0) return full - window.begin[axis] - window.end[axis];
  window.split_pad(axis, full - wanted, window.auto_pad == "SAME_UPPER");
  return wanted;
}

// The single tap positions along one axis that reach source positions of one remainder, last tap first.
struct Phase {
  Index first = 0;     // first source position
  Index count = 0;     // number of source positions
  Index pad = 0;       // of the pass
  Index dilation = 1;  // of the pass
  std::vector<Index> taps;
};

Phase phase(const Geometry& g, std::size_t axis, Index remainder) {
  const Index stride = g.stride[axis], dilation = g.dilation[axis], pad = g.pad[axis];
  Phase p;
  p.first = ((remainder - pad) % stride + stride) % stride;
  p.count = p.first < g.source[axis] ? (g.source[axis] - p.first + stride - 1) / stride : 0;
  for (Index tap = g.kernel[axis] - 1; tap >= 0; --tap)
    if (tap * dilation % stride == remainder) p.taps.push_back(tap);
  if (!p.taps.empty()) p.pad = -((p.first + pad - p.taps.front() * dilation) / stride);
  p.dilation = dilation / std::gcd(stride, dilation);
  return p;
}

Pass to_target_pass(const Geometry& g) {
  Pass pass{.batch = g.batch, .groups = g.groups, .depth = g.source_channels, .columns = g.target_channels};
  pass.input = g.source;
  pass.count = pass.result = g.target;
  pass.kernel = g.kernel;
  pass.stride = g.stride;
  pass.dilation = g.dilation;
  pass.pad = g.pad;
  pass.taps.resize(static_cast<std::size_t>(g.taps()));
  std::iota(pass.taps.begin(), pass.taps.end(), Index{0});
  return pass;
}

Pass to_source_pass(const Geometry& g, const Sizes& remainder) {
  Pass pass{.batch = g.batch, .groups = g.groups, .depth = g.target_channels, .columns = g.source_channels};
  pass.input = g.target;
  pass.result = g.source;
  pass.step = g.stride;
  std::array<Phase, 3> phases;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto& p = phases[axis] = phase(g, axis, remainder[axis]);
    pass.at[axis] = p.first;
    pass.count[axis] = p.count;
    pass.pad[axis] = p.pad;
    pass.dilation[axis] = p.dilation;
    pass.kernel[axis] = static_cast<Index>(p.taps.size());
  }
  for (const auto i : phases[0].taps)
    for (const auto j : phases[1].taps)
      for (const auto k : phases[2].taps) pass.taps.push_back((i * g.kernel[1] + j) * g.kernel[2] + k);
  if (pass.taps.empty()) pass.kernel = pass.pad = {};
  return pass;
}

Pass scattered_pass(const Geometry& g) {
  auto pass = to_target_pass(g);
  pass.form = Form::scattered;
  pass.depth = g.target_channels;
  pass.columns = g.source_channels;
  pass.input = pass.count = g.target;
  pass.result = g.source;
  return pass;
}

}  // namespace

Geometry conv_geometry(const Node& node, const Shape& x, const Shape& w) {
  auto window = read_window(node, x, w);
  auto g = start(window, x, w);
  if (x[1] != w[1] * window.groups)
    fail(window.where, "weights ", to_text(w), " in ", window.groups, " groups do not fit input ", to_text(x));
  for (std::size_t axis = 0; axis < window.axes; ++axis) {
    const auto in = x[axis + 2], stride = window.stride[axis], extent = window.extent(axis);
    if (same(window))
      window.split_pad(axis, ((in + stride - 1) / stride - 1) * stride + extent - in, window.auto_pad == "SAME_UPPER");
    const auto padded = in + window.begin[axis] + window.end[axis];
    if (padded < extent)
      fail(window.where, "the kernel reaches over ", extent, " positions, found ", padded, " in input ", to_text(x));
    const auto to = axis + 3 - window.axes;
    g.source[to] = index(in);
    g.target[to] = index((padded - extent) / stride + 1);
    g.pad[to] = index(window.begin[axis]);
  }
  return g;
}

Geometry conv_transpose_geometry(const Node& node, const Shape& x, const Shape& w) {
  auto window = read_window(node, x, w);
  auto g = start(window, x, w);
  if (x[1] != w[0]) fail(window.where, "weights ", to_text(w), " do not fit input ", to_text(x));
  const auto padding = per_axis(window, node, "output_padding", Integers(window.axes, 0), 0);
  auto wanted = node.integers("output_shape", Integers(window.axes, -1));
  if (wanted.size() == window.axes + 2) wanted.erase(wanted.begin(), wanted.begin() + 2);
  if (wanted.size() != window.axes)
    fail(window.where, "output_shape must have ", window.axes, " values, found ", wanted.size());
  for (std::size_t axis = 0; axis < window.axes; ++axis) {
    const auto in = x[axis + 2], out = transposed_size(window, axis, in, padding[axis], wanted[axis]);
    if (in < 1 || out < 1) fail(window.where, "the output would be empty for input ", to_text(x));
    const auto to = axis + 3 - window.axes;
    g.target[to] = index(in);
    g.source[to] = index(out);
    g.pad[to] = index(window.begin[axis]);
  }
  return g;
}

Shape source_shape(const Geometry& g) { return full_shape(g, g.groups * g.source_channels, g.source); }
Shape target_shape(const Geometry& g) { return full_shape(g, g.groups * g.target_channels, g.target); }

Pass restricted(const Pass& pass, const Region& box, Index axes) {
  auto result = pass;
  for (Index axis = 3 - axes; axis < 3; ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const auto from = static_cast<std::size_t>(axis - 3 + axes + 2);
    const Index step = pass.step[i], low = index(box.low[from]) - pass.at[i], high = index(box.high[from]) - pass.at[i];
    const Index first = low > 0 ? (low + step - 1) / step : 0;
    const Index last = high > 0 ? std::min(pass.count[i], (high + step - 1) / step) : 0;
    result.count[i] = std::max<Index>(last - first, 0);
    result.at[i] += first * step;
    result.pad[i] -= first * pass.stride[i];
  }
  return result;
}

std::vector<Pass> passes(const Geometry& g, Direction direction, bool direct) {
  const bool depthwise = g.axes < 3 && g.source_channels == 1 && g.target_channels == 1;
  std::vector<Pass> list;
  if (direction == Direction::to_target) {
    list.push_back(to_target_pass(g));
  } else if (!depthwise && g.groups == 1 && g.source_channels <= few_channels && g.taps() > 1) {
    list.push_back(scattered_pass(g));
  } else {
    for (Index i = 0; i < g.stride[0]; ++i)
      for (Index j = 0; j < g.stride[1]; ++j)
        for (Index k = 0; k < g.stride[2]; ++k) list.push_back(to_source_pass(g, {i, j, k}));
  }
  if (depthwise)
    for (auto& pass : list) pass.form = Form::depthwise;
  if (!direct)
    for (auto& pass : list) pass.form = fastest_form(pass);
  return list;
}

}  // namespace whylight::convolution
