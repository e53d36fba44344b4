#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "ops/walk.hpp"
#include "tensor/fail.hpp"

// Resizing is linear and separable: along each axis in turn an output row is a weighted sum of a few input rows. Its
// gradient takes the same weights the other way.

namespace whylight {

namespace {

using Int = std::int64_t;

// What one axis asks for. `scale` is as given, not always out / in.
struct AxisRequest {
  Int in;
  Int out;
  double scale;
  double start = 0;  // region of interest, as parts of the axis
  double end = 1;
};

// A row of the input and its weight in a row of the output.
struct Tap {
  Int row;
  Real weight;
};

// All rows of one axis: output row i is the sum over taps[first[i]] to taps[first[i + 1]].
struct AxisTaps {
  std::size_t axis;
  Int out;
  std::vector<std::size_t> first;
  std::vector<Tap> taps;
  std::vector<bool> outside;  // rows that lie outside the input and take the extrapolation value
};

// A way to find the place in the input, in rows, of row i of the output.
struct CoordinateRow {
  std::string_view name;
  double (*place)(const AxisRequest&, double i);
};

constexpr std::array coordinates{
    CoordinateRow{"half_pixel", [](const AxisRequest& a, double i) { return (i + 0.5) / a.scale - 0.5; }},
    CoordinateRow{"asymmetric", [](const AxisRequest& a, double i) { return i / a.scale; }},
    CoordinateRow{"pytorch_half_pixel",
                  [](const AxisRequest& a, double i) { return a.out > 1 ? (i + 0.5) / a.scale - 0.5 : 0; }},
    CoordinateRow{"tf_half_pixel_for_nn", [](const AxisRequest& a, double i) { return (i + 0.5) / a.scale; }},
    // ONNX's reference measures the output by the scale, so that it need not be a whole number.
    CoordinateRow{"align_corners",
                  [](const AxisRequest& a, double i) {
                    const auto last = a.scale * static_cast<double>(a.in) - 1;
                    return a.out == 1 || last == 0 ? 0 : i * static_cast<double>(a.in - 1) / last;
                  }},
    CoordinateRow{"half_pixel_symmetric",
                  [](const AxisRequest& a, double i) {
                    const auto adjusted = static_cast<double>(a.out) / (a.scale * static_cast<double>(a.in));
                    return static_cast<double>(a.in) / 2 * (1 - adjusted) + (i + 0.5) / a.scale - 0.5;
                  }},
    CoordinateRow{"tf_crop_and_resize",
                  [](const AxisRequest& a, double i) {
                    const auto last = static_cast<double>(a.in - 1);
                    if (a.out == 1) return 0.5 * (a.start + a.end) * last;
                    return a.start * last + i * (a.end - a.start) * last / static_cast<double>(a.out - 1);
                  }},
};

// A way to choose the nearest row.
struct NearestRow {
  std::string_view name;
  double (*round)(double place);
};

constexpr std::array nearest{
    NearestRow{"round_prefer_floor", [](double place) { return std::ceil(place - 0.5); }},
    NearestRow{"round_prefer_ceil", [](double place) { return std::floor(place + 0.5); }},
    NearestRow{"floor", [](double place) { return std::floor(place); }},
    NearestRow{"ceil", [](double place) { return std::ceil(place); }},
};

template <class Rows>
const auto& chosen(const Node& node, const char* attribute, const std::string& value, const Rows& rows) {
  for (const auto& row : rows)
    if (row.name == value) return row;
  fail(node.label(), attribute, " is not supported, found ", value);
}

// The operator's settings. Upsample and the first Resize measure from the corner and round down.
struct Settings {
  const CoordinateRow* coordinate;
  const NearestRow* rounding;
  bool crops;
  int width;  // rows that meet in one: 1 nearest, 2 linear, 4 cubic
  double cubic;
  bool exclude_outside;
};

Settings settings_of(const Node& node) {
  const bool old = node.op->name == "Upsample" || node.op->since < 11;
  const auto coordinate = old ? std::string("asymmetric") : node.text("coordinate_transformation_mode", "half_pixel");
  const auto rounding = old ? std::string("floor") : node.text("nearest_mode", "round_prefer_floor");
  const auto mode = node.text("mode", "nearest");
  const int width = mode == "nearest" ? 1 : mode == "linear" || mode == "bilinear" ? 2 : mode == "cubic" ? 4 : 0;
  if (width == 0) fail(node.label(), "mode is not supported, found ", mode);
  return {&chosen(node, "coordinate_transformation_mode", coordinate, coordinates),
          &chosen(node, "nearest_mode", rounding, nearest),
          coordinate == "tf_crop_and_resize",
          width,
          node.number("cubic_coeff_a", -0.75),
          node.integer("exclude_outside", 0) != 0};
}

// Weights of the rows from floor(place) + 1 - width / 2 on; Keys 1981 for cubic, with its free coefficient a.
std::array<double, 4> weights_of(const Settings& settings, double part) {
  if (settings.width == 2) return {1 - part, part, 0, 0};
  const auto a = settings.cubic;
  const auto near = [a](double t) { return ((a + 2) * t - (a + 3)) * t * t + 1; };
  const auto far = [a](double t) { return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a; };
  return {far(1 + part), near(part), near(1 - part), far(2 - part)};
}

void add_taps(const Settings& settings, const AxisRequest& request, double place, std::vector<Tap>& taps) {
  const auto last = static_cast<double>(request.in - 1);
  const auto row = [last](double wanted) { return static_cast<Int>(std::clamp(wanted, 0.0, last)); };
  if (settings.width == 1) {
    taps.push_back({row(settings.rounding->round(place)), 1});
    return;
  }
  const auto base = std::floor(place);
  auto weights = weights_of(settings, place - base);
  const int before = settings.width / 2 - 1;
  const auto from = base - before;
  double total = 0;
  for (int k = 0; k < settings.width; ++k) {
    const bool outside = from + k < 0 || from + k > last;
    if (settings.exclude_outside && outside) weights[static_cast<std::size_t>(k)] = 0;
    total += weights[static_cast<std::size_t>(k)];
  }
  for (int k = 0; k < settings.width; ++k) {
    const auto weight = weights[static_cast<std::size_t>(k)] / (settings.exclude_outside ? total : 1);
    if (weight != 0) taps.push_back({row(from + k), static_cast<Real>(weight)});
  }
}

AxisTaps taps_of(const Settings& settings, const AxisRequest& request, std::size_t axis) {
  AxisTaps result{axis, request.out, {0}, {}, {}};
  for (Int i = 0; i < request.out; ++i) {
    const auto place = settings.coordinate->place(request, static_cast<double>(i));
    const bool outside = settings.crops && (place < 0 || place > static_cast<double>(request.in - 1));
    result.outside.push_back(outside);
    if (!outside) add_taps(settings, request, place, result.taps);
    result.first.push_back(result.taps.size());
  }
  return result;
}

bool changes_nothing(const AxisTaps& taps, Int in) {
  if (taps.out != in || taps.taps.size() != static_cast<std::size_t>(in)) return false;
  for (std::size_t i = 0; i < taps.taps.size(); ++i)
    if (taps.taps[i].row != static_cast<Int>(i) || taps.taps[i].weight != 1 || taps.first[i] != i) return false;
  return true;
}

// What the inputs say; empty where they are not given.
struct Wishes {
  std::vector<double> regions;
  std::vector<double> scales;
  std::vector<Int> sizes;
};

// The position of an input, or none: Upsample and the first Resize have only scales.
constexpr std::size_t regions_input = 1;
constexpr std::size_t sizes_input = 3;
std::size_t scales_input(const Node& node) { return node.op->name == "Upsample" || node.op->since < 11 ? 1 : 2; }

std::vector<double> attribute_scales(const Node& node) {
  if (!node.has("scales")) return {};
  const auto* scales = std::get_if<std::vector<double>>(&node.attributes.find("scales")->second);
  if (!scales) fail(node.label(), "scales must be a list of numbers");
  return *scales;
}

Wishes wishes_of(const Inference& inference) {
  Wishes wishes;
  const auto scales = scales_input(inference.node);
  if (inference.given(scales)) wishes.scales = inference.numbers(scales);
  if (wishes.scales.empty()) wishes.scales = attribute_scales(inference.node);
  if (scales == 1) return wishes;
  if (inference.given(regions_input)) wishes.regions = inference.numbers(regions_input);
  if (inference.given(sizes_input)) wishes.sizes = inference.integers(sizes_input);
  return wishes;
}

Wishes wishes_of(const Call& call) {
  Wishes wishes;
  const auto present = [&](std::size_t input) { return input < call.x.size() && call.x[input].present(); };
  const auto scales = scales_input(call.node);
  if (present(scales)) wishes.scales.assign(call.x[scales].real().begin(), call.x[scales].real().end());
  if (wishes.scales.empty()) wishes.scales = attribute_scales(call.node);
  if (scales == 1) return wishes;
  if (present(regions_input)) {
    const auto regions = call.x[regions_input].real();
    wishes.regions.assign(regions.begin(), regions.end());
  }
  if (present(sizes_input)) wishes.sizes.assign(call.x[sizes_input].i64().begin(), call.x[sizes_input].i64().end());
  return wishes;
}

void need_scale(const Node& node, double scale, Int in) {
  constexpr double least = 1e-9;
  constexpr double limit = 1 << 30;
  if (!(scale > least) || scale * static_cast<double>(in) > limit)
    fail(node.label(), "scales must be positive, neither tiny nor huge, found ", scale);
}

// Sizes that keep the aspect ratio: one scale for all axes, the least or greatest that was asked for (opset 18).
void keep_aspect(const Node& node, std::vector<AxisRequest>& requests, const std::vector<std::size_t>& axes) {
  const auto policy = node.text("keep_aspect_ratio_policy", "stretch");
  if (policy == "stretch") return;
  if (policy != "not_larger" && policy != "not_smaller")
    fail(node.label(), "keep_aspect_ratio_policy is not known, found ", policy);
  auto scale = requests[axes[0]].scale;
  for (const auto axis : axes)
    scale = policy == "not_larger" ? std::min(scale, requests[axis].scale) : std::max(scale, requests[axis].scale);
  for (const auto axis : axes) {
    need_scale(node, scale, requests[axis].in);
    requests[axis].scale = scale;
    requests[axis].out = static_cast<Int>(std::floor(scale * static_cast<double>(requests[axis].in) + 0.5));
  }
}

std::vector<std::size_t> axes_of(const Node& node, std::size_t rank) {
  std::vector<std::size_t> axes;
  for (const auto axis : node.integers("axes", {})) axes.push_back(normal_axis(node.label(), axis, rank));
  if (axes.empty())
    for (std::size_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  return axes;
}

std::vector<AxisRequest> requests_of(const Node& node, const Shape& shape, const Wishes& wishes) {
  const auto axes = axes_of(node, shape.size());
  const auto by_size = wishes.scales.empty();
  const auto given = by_size ? wishes.sizes.size() : wishes.scales.size();
  if (given != axes.size()) fail(node.label(), "scales or sizes must have ", axes.size(), " numbers, found ", given);
  std::vector<AxisRequest> requests;
  for (const auto size : shape) requests.push_back({size, size, 1});
  for (std::size_t i = 0; i < axes.size(); ++i) {
    auto& request = requests[axes[i]];
    if (by_size) {
      request.out = wishes.sizes[i];
      if (request.out < 0 || (request.in == 0 && request.out > 0))
        fail(node.label(), "sizes must fit the input ", to_text(shape), ", found ", request.out);
      request.scale = request.in == 0 ? 1 : static_cast<double>(request.out) / static_cast<double>(request.in);
    } else {
      need_scale(node, wishes.scales[i], request.in);
      request.scale = wishes.scales[i];
      request.out = static_cast<Int>(std::floor(request.scale * static_cast<double>(request.in)));
    }
    if (wishes.regions.size() == 2 * axes.size()) {
      request.start = wishes.regions[i];
      request.end = wishes.regions[axes.size() + i];
    }
  }
  if (by_size && !axes.empty()) keep_aspect(node, requests, axes);
  return requests;
}

void infer(Inference& inference) {
  const auto& node = inference.node;
  const auto& shape = inference.shape(0);
  if (inference.inputs[0].type != Type::real)
    fail(node.label(), "input must be real, found ", name_of(inference.inputs[0].type));
  const auto wishes = wishes_of(inference);
  const auto settings = settings_of(node);
  const auto requests = requests_of(node, shape, wishes);
  if (settings.crops && wishes.regions.empty()) fail(node.label(), "tf_crop_and_resize needs a region");
  for (const auto place : wishes.regions)
    if (!(std::abs(place) < 1e6)) fail(node.label(), "the region must be finite, found ", place);
  Shape resized;
  for (const auto& request : requests) {
    resized.push_back(request.out);
    if (node.integer("antialias", 0) != 0 && settings.width > 1 && request.out < request.in)
      fail(node.label(), "antialias is not supported where an axis shrinks, found ", request.in, " to ", request.out);
  }
  count(resized);
  inference.set(0, resized);
}

std::vector<AxisTaps> passes_of(const Call& call) {
  const auto settings = settings_of(call.node);
  const auto requests = requests_of(call.node, call.x[0].shape, wishes_of(call));
  std::vector<AxisTaps> passes;
  for (std::size_t axis = 0; axis < requests.size(); ++axis) {
    auto taps = taps_of(settings, requests[axis], axis);
    if (!changes_nothing(taps, requests[axis].in)) passes.push_back(std::move(taps));
  }
  return passes;
}

// One axis of `from` gathered into `to`.
void gather(const AxisTaps& taps, const View& from, const View& to) {
  const auto [outer, length, inner] = axis_blocks(from, taps.axis);
  for (Int block = 0; block < outer; ++block)
    for (Int i = 0; i < taps.out; ++i) {
      auto* row = to.real().data() + (block * taps.out + i) * inner;
      const auto begin = taps.first[static_cast<std::size_t>(i)];
      const auto end = taps.first[static_cast<std::size_t>(i) + 1];
      if (begin == end) std::fill(row, row + inner, Real(0));
      for (auto at = begin; at < end; ++at) {
        const auto* source = from.real().data() + (block * length + taps.taps[at].row) * inner;
        const auto weight = taps.taps[at].weight;
        if (at == begin) {
          for (Int k = 0; k < inner; ++k) row[k] = weight * source[k];
        } else {
          for (Int k = 0; k < inner; ++k) row[k] += weight * source[k];
        }
      }
    }
}

// The transpose of `gather`: from the shape of its `to` to that of its `from`.
void scatter(const AxisTaps& taps, const View& from, const View& to) {
  const auto [outer, length, inner] = axis_blocks(to, taps.axis);
  fill_zero(to);
  for (Int block = 0; block < outer; ++block)
    for (Int i = 0; i < taps.out; ++i) {
      const auto* row = from.real().data() + (block * taps.out + i) * inner;
      for (auto at = taps.first[static_cast<std::size_t>(i)]; at < taps.first[static_cast<std::size_t>(i) + 1]; ++at) {
        auto* target = to.real().data() + (block * length + taps.taps[at].row) * inner;
        const auto weight = taps.taps[at].weight;
        for (Int k = 0; k < inner; ++k) target[k] += weight * row[k];
      }
    }
}

void extrapolate(const std::vector<AxisTaps>& passes, const View& y, Real value) {
  for (const auto& taps : passes) {
    const auto [outer, length, inner] = axis_blocks(y, taps.axis);
    for (Int block = 0; block < outer; ++block)
      for (Int i = 0; i < length; ++i) {
        auto* row = y.real().data() + (block * length + i) * inner;
        if (taps.outside[static_cast<std::size_t>(i)]) std::fill(row, row + inner, value);
      }
  }
}

void forward(const Call& call) {
  const auto& y = call.y[0];
  if (y.size == 0) return;
  const Scratch::Frame frame(*call.scratch);
  const auto passes = passes_of(call);
  auto now = call.x[0];
  if (now.layout != y.layout || passes.empty()) {
    const auto same = passes.empty() ? y : call.scratch->view(now.shape, y.layout);
    copy(now, same);
    now = same;
  }
  for (std::size_t pass = 0; pass < passes.size(); ++pass) {
    auto shape = now.shape;
    shape[passes[pass].axis] = passes[pass].out;
    const auto next = pass + 1 == passes.size() ? y : call.scratch->view(shape, y.layout);
    gather(passes[pass], now, next);
    now = next;
  }
  extrapolate(passes, y, static_cast<Real>(call.node.number("extrapolation_value", 0)));
}

void backward(const Call& call) {
  if (nothing_flows(call)) return;
  for (std::size_t input = 1; input < call.gx.size(); ++input) fill_zero(call.gx[input]);
  const auto gx = wanted(call, 0);
  auto now = call.gy[0];
  if (!gx.present()) return;
  if (now.size == 0) return fill_zero(gx);
  const Scratch::Frame frame(*call.scratch);
  const auto passes = passes_of(call);
  for (auto pass = passes.size(); pass-- > 0;) {
    auto shape = now.shape;
    shape[passes[pass].axis] = gx.shape[passes[pass].axis];
    const auto next = pass == 0 && gx.layout == now.layout ? gx : call.scratch->view(shape, now.layout);
    scatter(passes[pass], now, next);
    now = next;
  }
  if (now.data != gx.data) copy(now, gx);
}

constexpr OpDef row(std::string_view name, int since) {
  return {.name = name,
          .since = since,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = Relevance::gradient,
          .layouts = Layouts::any,
          .reads = Reads::nothing};
}

constexpr std::array rows{row("Upsample", 1), row("Resize", 10), row("Resize", 11)};

}  // namespace

std::span<const OpDef> resize_ops() { return rows; }

}  // namespace whylight
