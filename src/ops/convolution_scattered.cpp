#include <algorithm>

#include "kernels/pack.hpp"
#include "ops/convolution_pass.hpp"
#include "ops/product.hpp"

namespace whylight::convolution {

namespace {

// Packed are one panel matrix whose columns are (tap, channel), then the bias.

Index shares(const Pass& pass) { return pass.tap_count() * pass.columns; }

Index size(const Pass& pass) { return panels_size(shares(pass), 1, pass.depth) + pass.columns; }

void pack(const Pass& pass, Direction, Index node_taps, const Real* weights, const Real* bias, Real* packed) {
  const Index columns = shares(pass);
  std::vector<Real> ordered(static_cast<std::size_t>(pass.depth * columns));  // [depth][tap][channel]
  auto to = ordered.begin();
  for (Index k = 0; k < pass.depth; ++k)
    for (const Index tap : pass.taps)
      for (Index c = 0; c < pass.columns; ++c) *to++ = weights[(k * pass.columns + c) * node_taps + tap];
  constexpr std::array<Index, 1> tap{0};
  pack_panels({.weights = ordered.data(),
               .taps = tap,
               .depth = pass.depth,
               .columns = columns,
               .depth_stride = columns,
               .column_stride = 1},
              packed);
  packed += panels_size(columns, 1, pass.depth);
  for (Index c = 0; c < pass.columns; ++c) packed[c] = bias ? bias[c] : Real{0};
}

// Adds one kernel row's shares of an input at place `w` of its line to the result line.
void add_row(const Pass& pass, const Real* shares, Index w, Real* line) {
  const Index channels = pass.columns, first = w * pass.stride[2] - pass.pad[2];
  if (pass.dilation[2] == 1) {
    const Index from = std::clamp<Index>(-first, 0, pass.kernel[2]);
    const Index to = std::clamp<Index>(pass.result[2] - first, from, pass.kernel[2]);
    Real* sums = line + (first + from) * channels;
    kernels().add(sums, shares + from * channels, sums, (to - from) * channels);
    return;
  }
  for (Index tap = 0; tap < pass.kernel[2]; ++tap) {
    const Index place = first + tap * pass.dilation[2];
    if (place < 0 || place >= pass.result[2]) continue;
    for (Index c = 0; c < channels; ++c) line[place * channels + c] += shares[tap * channels + c];
  }
}

// Adds one kernel row's shares of a whole input line, `step` apart, to the result line.
void add_rows(const Pass& pass, const Real* from, Index step, Real* line) {
  const Index kernel = pass.kernel[2], stride = pass.stride[2], pad = pass.pad[2];
  // Inputs [first, last) lie with all their shares inside the result line.
  Index first = 0, last = 0;
  if (pass.dilation[2] == 1 && pass.result[2] >= kernel) {
    first = std::min((pad + stride - 1) / stride, pass.input[2]);
    last = std::clamp((pass.result[2] - kernel + pad) / stride + 1, first, pass.input[2]);
  }
  for (Index w = 0; w < first; ++w) add_row(pass, from + w * step, w, line);
  for (Index w = last; w < pass.input[2]; ++w) add_row(pass, from + w * step, w, line);
  // Inputs whose shares do not overlap follow each other: a sum must not wait for the one before to reach the cache.
  const Index apart = (kernel + stride - 1) / stride;
  for (Index w = first; w < std::min(first + apart, last); ++w)
    kernels().add_runs(from + w * step, apart * step, line + (w * stride - pad) * pass.columns,
                       apart * stride * pass.columns, (last - w + apart - 1) / apart, kernel * pass.columns);
}

// Adds the shares of one input line, whose place along depth and height is given, to one image of the result.
void add_line(const Pass& pass, const Real* line_shares, Index d, Index h, Real* image) {
  const Index row = pass.kernel[2] * pass.columns;
  for (Index i = 0; i < pass.kernel[0]; ++i)
    for (Index j = 0; j < pass.kernel[1]; ++j) {
      const Index plane = d * pass.stride[0] - pass.pad[0] + i * pass.dilation[0];
      const Index line = h * pass.stride[1] - pass.pad[1] + j * pass.dilation[1];
      if (plane < 0 || plane >= pass.result[0] || line < 0 || line >= pass.result[1]) continue;
      Real* to = image + (plane * pass.result[1] + line) * pass.result[2] * pass.columns;
      add_rows(pass, line_shares + (i * pass.kernel[1] + j) * row, shares(pass), to);
    }
}

void run(const Pass& pass, const Job& job, Scratch& scratch) {
  const Scratch::Frame frame(scratch);
  const Index columns = shares(pass), line = pass.input[2] * pass.depth;
  const Index pixels = pass.result[0] * pass.result[1] * pass.result[2], size = pass.batch * pixels * pass.columns;
  const Real* bias = job.packed + panels_size(columns, 1, pass.depth);
  if (std::all_of(bias, bias + pass.columns, [](Real value) { return value == 0; }))
    std::fill_n(job.result, size, Real{0});  // as in gradients
  else
    for (Index i = 0; i < size; i += pass.columns) std::copy_n(bias, pass.columns, job.result + i);
  Real* line_shares = scratch.take<Real>(pass.input[2] * columns).data();
  const Real* input = job.input;
  Real* image = job.result;
  for (Index n = 0; n < pass.batch; ++n, image += pixels * pass.columns)
    for (Index d = 0; d < pass.input[0]; ++d)
      for (Index h = 0; h < pass.input[1]; ++h, input += line) {
        multiply_rows({.rows = input,
                       .row_stride = pass.depth,
                       .results = line_shares,
                       .result_stride = columns,
                       .count = pass.input[2]},
                      pass.depth, columns, job.packed, Clamp{}, scratch);
        add_line(pass, line_shares, d, h, image);
      }
  if (job.clamp.active()) kernels().clamp(job.result, job.clamp.low, job.clamp.high, job.result, size);
}

// Results are sums that are complete only in the end.
bool can_finish(const Pass&) { return false; }

}  // namespace

constexpr FormFunctions scattered_form{size, pack, run, can_finish};

}  // namespace whylight::convolution
