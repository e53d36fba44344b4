#include "ops/convolution_pass.hpp"

#include <array>

namespace whylight::convolution {

namespace {

const FormFunctions& functions(const Pass& pass) {
  static constexpr std::array forms{&gathered_form, &depthwise_form, &scattered_form};  // in the order of Form
  return *forms[static_cast<std::size_t>(pass.form)];
}

}  // namespace

Index packed_size(const Pass& pass) { return functions(pass).size(pass); }

void pack_pass(const Pass& pass, Direction direction, Index node_taps, const Real* weights, const Real* bias,
               Real* packed) {
  functions(pass).pack(pass, direction, node_taps, weights, bias, packed);
}

void run_pass(const Pass& pass, const Real* input, const Real* packed, const Clamp& clamp, Real* result,
              Scratch& scratch) {
  functions(pass).run(pass, input, packed, clamp, result, scratch);
}

}  // namespace whylight::convolution
