#pragma once
#include "ops/convolution_geometry.hpp"

namespace whylight {

// Elements of a pass's packed weights.
Index packed_size(const Pass& pass);

// Packs a node's weights [groups * target channels][source channels][taps] for a pass; bias (one for each result
// channel) may be null.
void pack_pass(const Pass& pass, Direction direction, Index node_taps, const Real* weights, const Real* bias,
               Real* packed);

// Computes the pass's part of the result; input and result are dense and channels-last.
void run_pass(const Pass& pass, const Real* input, const Real* packed, const Clamp& clamp, Real* result,
              Scratch& scratch);

// The depthwise form of run_pass (convolution_depthwise.cpp).
void run_depthwise(const Pass& pass, const Real* input, const Real* packed, const Clamp& clamp, Real* result,
                   Scratch& scratch);

}  // namespace whylight
