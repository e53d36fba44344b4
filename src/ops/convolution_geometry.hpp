#pragma once
#include <array>
#include <vector>

#include "kernels/kernels.hpp"
#include "ops/op.hpp"

namespace whylight::convolution {

using Sizes = std::array<Index, 3>;  // depth, height, width; leading ones when there are fewer axes

// How a kernel slides over a source and gives a target: target[o] = sum over taps t of source[o * stride - pad + t *
// dilation] * w[t]. Conv computes the target from the source; ConvTranspose the source from the target, as Conv's input
// gradient does.
struct Geometry {
  Index batch = 1;
  Index groups = 1;
  Index source_channels = 1;  // in each group
  Index target_channels = 1;  // in each group
  Sizes source{1, 1, 1};
  Sizes target{1, 1, 1};
  Sizes kernel{1, 1, 1};
  Sizes stride{1, 1, 1};
  Sizes dilation{1, 1, 1};
  Sizes pad{};     // before the first element
  Index axes = 2;  // spatial axes of the model's values: 1 to 3

  Index taps() const { return kernel[0] * kernel[1] * kernel[2]; }
};

// The geometry of a Conv node on values of these shapes; throws Error when they do not fit each other or the
// attributes.
Geometry conv_geometry(const Node& node, const Shape& x, const Shape& w);
// Likewise for ConvTranspose, whose source is its output.
Geometry conv_transpose_geometry(const Node& node, const Shape& x, const Shape& w);

// Shape of the source or target in ONNX's order.
Shape source_shape(const Geometry& geometry);
Shape target_shape(const Geometry& geometry);

// How a pass is computed.
enum class Form : std::uint8_t {
  gathered,    // as a product: the input at all taps of a result is gathered as one row
  depthwise,   // one channel in and one out for each group
  scattered,   // as a product that gives each input's share in the results around it, which are then added up; here
               // result[i * stride - pad + t * dilation] += input[i] * w[t], with sizes and taps those of the node
  winograd_2,  // by Winograd's minimal filtering in tiles of 2 x 2: 2.25 times fewer products
  winograd_4,  // in tiles of 4 x 4: 4 times fewer
};

// One plain sliding sum that computes all or a regular part of a result from an input, both channels-last:
// result[at + q * step] = sum over taps t of input[q * stride - pad + t * dilation] * w[t].
struct Pass {
  Index batch = 1;
  Index groups = 1;
  Index depth = 1;    // input channels in each group
  Index columns = 1;  // result channels in each group
  Sizes input{1, 1, 1};
  Sizes count{1, 1, 1};  // results that this pass computes along each axis
  Sizes kernel{1, 1, 1};
  Sizes stride{1, 1, 1};
  Sizes dilation{1, 1, 1};
  Sizes pad{};            // may be negative
  Sizes result{1, 1, 1};  // of the whole result
  Sizes at{};
  Sizes step{1, 1, 1};
  std::vector<Index> taps{};  // for each tap of this pass its place in the node's own kernel
  Form form = Form::gathered;

  Index tap_count() const { return kernel[0] * kernel[1] * kernel[2]; }
};

enum class Direction : std::uint8_t { to_target, to_source };

// The passes that compute the target from the source, or the source from the target: for the latter one for each
// remainder of the position by the stride, so that no tap is spent on the zeros between, or where the source has few
// channels a single scattered one. Their number, order, forms, kernels and taps do not depend on the batch, nor, if
// `direct`, on sizes and pads. Direct passes sum term by term; otherwise the rounding error of a result may be relative
// to the largest of the results around it (Winograd forms), which nothing that is divided by may be.
std::vector<Pass> passes(const Geometry& geometry, Direction direction, bool direct);

// The part of a pass that gives what lies in a box of the result (in ONNX's order, `axes` of them spatial). Each result
// is the same sum as in the whole pass when the box begins on the pass's grid. Not for scattered passes.
Pass restricted(const Pass& pass, const Region& box, Index axes);

}  // namespace whylight::convolution
