#pragma once
#include "ops/convolution_geometry.hpp"

namespace whylight::convolution {

// Elements of a pass's packed weights.
Index packed_size(const Pass& pass);

// Packs a node's weights [groups * target channels][source channels][taps] for a pass; bias (one for each result
// channel) may be null.
void pack_pass(const Pass& pass, Direction direction, Index node_taps, const Real* weights, const Real* bias,
               Real* packed);

// Computes the pass's part of the result; input and result are dense and channels-last.
void run_pass(const Pass& pass, const Real* input, const Real* packed, const Clamp& clamp, Real* result,
              Scratch& scratch);

// What each form does for these three; their files are convolution_gathered.cpp and so on.
struct FormFunctions {
  Index (*size)(const Pass&);
  void (*pack)(const Pass&, Direction, Index node_taps, const Real* weights, const Real* bias, Real* packed);
  void (*run)(const Pass&, const Real* input, const Real* packed, const Clamp&, Real* result, Scratch&);
};
extern const FormFunctions gathered_form;
extern const FormFunctions depthwise_form;
extern const FormFunctions scattered_form;

}  // namespace whylight::convolution
