#include <algorithm>
#include <array>
#include <mutex>

#include "ops/convolution_geometry.hpp"
#include "ops/convolution_pass.hpp"
#include "ops/op.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace convolution {

namespace {

using MakeGeometry = Geometry (*)(const Node&, const Shape& x, const Shape& w);

// The weights of a node packed for both directions, for direct passes and Winograd forms, each when first needed.
class PackedConvolution : public Prepared {
 public:
  PackedConvolution(const Geometry& geometry, Direction forward, Tensor weights, Tensor bias)
      : geometry_(geometry), weights_(std::move(weights)), bias_(std::move(bias)), forward_(forward) {}

  // The packed weights of all these passes, which are those of one direction, one after the other.
  const Real* panels(const std::vector<Pass>& list, Direction direction) const {
    const bool winograd = std::ranges::any_of(list, [](const Pass& pass) { return pass.form >= Form::winograd_2; });
    auto& packed = packed_[static_cast<std::size_t>(direction)][winograd];
    std::call_once(packed.once, [&] { pack(list, direction, packed.panels); });
    return packed.panels.data();
  }

 private:
  struct Packed {
    std::once_flag once;
    std::vector<Real> panels;
  };

  void pack(const std::vector<Pass>& list, Direction direction, std::vector<Real>& panels) const {
    Index size = 0;
    for (const auto& pass : list) size += packed_size(pass);
    panels.resize(static_cast<std::size_t>(size));
    Real* to = panels.data();
    const Real* bias = direction == forward_ && bias_.present() ? bias_.real().data() : nullptr;
    for (const auto& pass : list) {
      pack_pass(pass, direction, geometry_.taps(), weights_.real().data(), bias, to);
      to += packed_size(pass);
    }
  }

  Geometry geometry_;
  Tensor weights_;
  Tensor bias_;
  Direction forward_;
  mutable std::array<std::array<Packed, 2>, 2> packed_;  // by direction, then whether for a Winograd form
};

std::vector<Pass> passes_of(const Call& call, const Geometry& geometry, Direction direction) {
  return passes(geometry, direction, call.direct || !call.prepared);
}

// Runs all passes of one direction, with weights packed before or, when there are none, pass by pass; packing them for
// a Winograd form each time would cost more than it saves. Results are finished as they come, or in the end where a
// pass cannot.
void run(const Call& call, const Geometry& geometry, Direction direction, const Real* input, const Real* bias,
         const Clamp& clamp, const View& result) {
  const auto* prepared = static_cast<const PackedConvolution*>(call.prepared);
  auto list = passes_of(call, geometry, direction);
  const Real* packed = prepared ? prepared->panels(list, direction) : nullptr;
  const bool at_once = call.finish && std::ranges::all_of(list, finishes);
  Job job{input, packed, clamp, result.real().data(), at_once ? call.finish : nullptr};
  for (auto& pass : list) {
    const Scratch::Frame frame(*call.scratch);
    const Index size = packed_size(pass);
    if (call.region) pass = restricted(pass, *call.region, geometry.axes);
    if (!prepared) {
      Real* panels = call.scratch->take<Real>(size).data();
      pack_pass(pass, direction, geometry.taps(), call.x[1].real().data(), bias, panels);
      job.packed = panels;
    }
    run_pass(pass, job, *call.scratch);
    if (prepared) job.packed += size;
  }
  if (call.finish && !at_once) kernels().finish(*call.finish, 0, static_cast<Index>(result.size));
}

// Positions of a source line that tap `tap` meets along one axis: target positions [first, last).
struct Span {
  Index first, last;
};

Span met(const Geometry& g, std::size_t axis, Index tap) {
  const Index offset = tap * g.dilation[axis] - g.pad[axis], stride = g.stride[axis];
  const Index first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const Index over = g.source[axis] - offset;
  const Index last = over <= 0 ? 0 : std::min(g.target[axis], (over + stride - 1) / stride);
  return {std::min(first, last), last};
}

// Adds to sums[m][c] of one tap and group what one line of target positions gives: target[m] * source[c].
void add_line(const Geometry& g, Index tap, const Real* source, const Real* target, Real* sums) {
  const Index source_step = g.groups * g.source_channels, target_step = g.groups * g.target_channels;
  const auto [first, last] = met(g, 2, tap);
  for (Index o = first; o < last; ++o) {
    const Real* x = source + (o * g.stride[2] - g.pad[2] + tap * g.dilation[2]) * source_step;
    const Real* t = target + o * target_step;
    for (Index m = 0; m < g.target_channels; ++m)
      if (t[m] != 0) kernels().axpy(t[m], x, sums + m * g.source_channels, g.source_channels);
  }
}

// sums[m][c] = sum over images and positions of target[m] * source[c] at one tap of one group.
void tap_gradient(const Geometry& g, const Sizes& tap, Index group, const Real* source, const Real* target,
                  Real* sums) {
  std::fill_n(sums, g.target_channels * g.source_channels, Real{0});
  const auto planes = met(g, 0, tap[0]), lines = met(g, 1, tap[1]);
  const auto from = [&](std::size_t axis, Index o) {
    return o * g.stride[axis] - g.pad[axis] + tap[axis] * g.dilation[axis];
  };
  for (Index n = 0; n < g.batch; ++n)
    for (Index d = planes.first; d < planes.last; ++d)
      for (Index h = lines.first; h < lines.last; ++h) {
        const Index source_line = ((n * g.source[0] + from(0, d)) * g.source[1] + from(1, h)) * g.source[2];
        const Index target_line = ((n * g.target[0] + d) * g.target[1] + h) * g.target[2];
        add_line(g, tap[2], source + (source_line * g.groups + group) * g.source_channels,
                 target + (target_line * g.groups + group) * g.target_channels, sums);
      }
}

// The gradient of the weights [groups * target channels][source channels][taps] from both sides' values.
void weight_gradient(const Geometry& g, const Real* source, const Real* target, Real* result, Scratch& scratch) {
  const Scratch::Frame frame(scratch);
  const Index size = g.target_channels * g.source_channels, taps = g.taps();
  Real* sums = scratch.take<Real>(size).data();
  for (Index group = 0; group < g.groups; ++group, result += size * taps)
    for (Index tap = 0; tap < taps; ++tap) {
      const Sizes at{tap / (g.kernel[1] * g.kernel[2]), tap / g.kernel[2] % g.kernel[1], tap % g.kernel[2]};
      tap_gradient(g, at, group, source, target, sums);
      for (Index i = 0; i < size; ++i) result[i * taps + tap] = sums[i];
    }
}

// The gradient of the bias: the sum over all pixels of a channels-last value.
void bias_gradient(const View& gy, std::span<Real> result) {
  const auto from = gy.real();
  std::ranges::fill(result, Real{0});
  const auto channels = std::ssize(result);
  for (Index pixel = 0; pixel * channels < std::ssize(from); ++pixel)
    kernels().add(result.data(), from.data() + pixel * channels, result.data(), channels);
}

template <MakeGeometry make, Direction direction>
void infer(Inference& inference) {
  const auto geometry = make(inference.node, inference.shape(0), inference.shape(1));
  const auto shape = direction == Direction::to_target ? target_shape(geometry) : source_shape(geometry);
  if (inference.given(2) && inference.shape(2) != Shape{shape[1]})
    fail(inference.node.label(), "the bias must have shape ", shape[1], ", found ", to_text(inference.shape(2)));
  inference.set(0, shape);
}

template <MakeGeometry make, Direction direction>
void forward(const Call& call) {
  const auto geometry = make(call.node, call.x[0].shape, call.x[1].shape);
  const Real* bias = call.x.size() > 2 && call.x[2].present() ? call.x[2].real().data() : nullptr;
  run(call, geometry, direction, call.x[0].real().data(), bias, call.clamp, call.y[0]);
}

View wanted(const Call& call, std::size_t input) { return input < call.gx.size() ? call.gx[input] : View{}; }

template <MakeGeometry make, Direction direction>
void backward(const Call& call) {
  if (!call.gy[0].present()) {
    for (const auto& gx : call.gx)
      if (gx.present()) std::ranges::fill(gx.real(), Real{0});
    return;
  }
  constexpr bool to_target = direction == Direction::to_target;
  const auto geometry = make(call.node, call.x[0].shape, call.x[1].shape);
  const Real* gy = call.gy[0].real().data();
  if (const auto gx = wanted(call, 0); gx.present())
    run(call, geometry, to_target ? Direction::to_source : Direction::to_target, gy, nullptr, Clamp{}, gx);
  if (const auto gw = wanted(call, 1); gw.present()) {
    const Real* x = call.x[0].real().data();
    weight_gradient(geometry, to_target ? x : gy, to_target ? gy : x, gw.real().data(), *call.scratch);
  }
  if (const auto gb = wanted(call, 2); gb.present()) bias_gradient(call.gy[0], gb.real());
}

template <MakeGeometry make, Direction direction>
std::shared_ptr<const Prepared> prepare(const Node& node, std::span<const ValueInfo> inputs) {
  const bool biased = inputs.size() > 2 && inputs[2].given;
  if (!inputs[1].constant.present() || (biased && !inputs[2].constant.present())) return nullptr;
  const auto geometry = make(node, inputs[0].shape, inputs[1].shape);
  return std::make_shared<PackedConvolution>(geometry, direction, inputs[1].constant,
                                             biased ? inputs[2].constant : Tensor{});
}

// A change in the input reaches the outputs whose sums it is part of, and with them the others of their tiles; a change
// in the weights reaches all.
template <MakeGeometry make, Direction direction>
bool spread(const Call& call, std::size_t input, Spreads& spreads) {
  const auto g = make(call.node, call.x[0].shape, call.x[1].shape);
  const auto list = passes_of(call, g, direction);
  const auto& pass = list[0];
  if (input != 0 || pass.form == Form::scattered) return false;
  spreads[0].from = 0;
  for (std::size_t axis = 2; axis < call.y[0].rank(); ++axis) {
    const auto i = axis + 3 - call.y[0].rank();
    const Index tile = grid(pass)[i], reach = (g.kernel[i] - 1) * g.dilation[i];
    auto& along = spreads[axis];
    along.from = static_cast<int>(axis);
    if (list.size() > 1)  // one pass for each remainder by the strides of a transposed convolution
      along.times = g.stride[i], along.before = -g.pad[i], along.after = reach - g.pad[i];
    else
      along = {.from = along.from,
               .before = pass.pad[i] - reach - (tile - 1) * pass.stride[i],
               .after = pass.pad[i],
               .over = tile * pass.stride[i],
               .grid = tile};
  }
  return true;
}

// The weights that each output of a Conv sees; of a ConvTranspose those that each input meets, or its outputs if more.
template <Direction direction>
std::int64_t work(const Node&, std::span<const View> x, std::span<const View> y) {
  const auto filters = x[1].shape[0];
  if (filters == 0) return 0;
  const auto weights = x[1].size / filters;
  return direction == Direction::to_target ? y[0].size * weights : std::max(y[0].size, x[0].size * weights);
}

template <MakeGeometry make, Direction direction>
constexpr OpDef row(std::string_view name) {
  return {.name = name,
          .infer = infer<make, direction>,
          .forward = forward<make, direction>,
          .backward = backward<make, direction>,
          .relevance = Relevance::rule,
          .layouts = Layouts::channels_last,
          .clamps = true,
          .finishes = true,
          .reads = Reads::other_inputs,
          .spread = spread<make, direction>,
          .prepare = prepare<make, direction>,
          .work = work<direction>};
}

constexpr std::array rows{row<conv_geometry, Direction::to_target>("Conv"),
                          row<conv_transpose_geometry, Direction::to_source>("ConvTranspose")};

}  // namespace

}  // namespace convolution

std::span<const OpDef> convolution_ops() { return convolution::rows; }

}  // namespace whylight
