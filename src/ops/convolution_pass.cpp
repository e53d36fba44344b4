#include "ops/convolution_pass.hpp"

#include <algorithm>
#include <array>

namespace whylight::convolution {

namespace {

const FormFunctions& functions(const Pass& pass) {
  static constexpr std::array forms{&gathered_form, &depthwise_form, &scattered_form, &winograd_form,
                                    &winograd_form};  // in the order of Form
  return *forms[static_cast<std::size_t>(pass.form)];
}

}  // namespace

Index packed_size(const Pass& pass) { return functions(pass).size(pass); }

void pack_pass(const Pass& pass, Direction direction, Index node_taps, const Real* weights, const Real* bias,
               Real* packed) {
  functions(pass).pack(pass, direction, node_taps, weights, bias, packed);
}

bool finishes(const Pass& pass) { return functions(pass).finishes(pass); }

void run_pass(const Pass& pass, const Job& job, Scratch& scratch) { functions(pass).run(pass, job, scratch); }

void copy_window(const Image& image, const Window& w, Real* to) {
  const Index line = w.width * image.channels;
  const Index first = std::clamp<Index>(-w.left, 0, w.width);
  const Index last = std::clamp<Index>(image.width - w.left, first, w.width);
  for (Index row = w.top; row < w.top + w.height; ++row, to += line) {
    if (row < 0 || row >= image.height || first == last) {
      std::fill_n(to, line, Real{0});
      continue;
    }
    const Real* from = image.input + (row * image.width + w.left + first) * image.channels;
    std::fill(to, to + first * image.channels, Real{0});
    std::copy_n(from, (last - first) * image.channels, to + first * image.channels);
    std::fill(to + last * image.channels, to + line, Real{0});
  }
}

}  // namespace whylight::convolution
