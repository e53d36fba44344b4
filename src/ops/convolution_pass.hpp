#pragma once
#include "ops/convolution_geometry.hpp"

namespace whylight::convolution {

// Elements of a pass's packed weights.
Index packed_size(const Pass& pass);

// Packs a node's weights [groups * target channels][source channels][taps] for a pass; bias (one for each result
// channel) may be null.
void pack_pass(const Pass& pass, Direction direction, Index node_taps, const Real* weights, const Real* bias,
               Real* packed);

// What a pass reads and writes; input and result are dense and channels-last.
struct Job {
  const Real* input = nullptr;
  const Real* packed = nullptr;
  Clamp clamp{};
  Real* result = nullptr;
  const Finish* finish = nullptr;  // for every result that the pass writes; only where it `finishes`
};

// Whether a pass can finish its results; otherwise that is for the caller to do once all passes are through.
bool finishes(const Pass& pass);

// Computes the pass's part of the result.
void run_pass(const Pass& pass, const Job& job, Scratch& scratch);

// What each form does for these four; their files are convolution_gathered.cpp and so on.
struct FormFunctions {
  Index (*size)(const Pass&);
  void (*pack)(const Pass&, Direction, Index node_taps, const Real* weights, const Real* bias, Real* packed);
  void (*run)(const Pass&, const Job&, Scratch&);
  bool (*finishes)(const Pass&);
};
extern const FormFunctions gathered_form;
extern const FormFunctions depthwise_form;
extern const FormFunctions scattered_form;
extern const FormFunctions winograd_form;

// The form in which a gathered pass is computed fastest when results need not be term by term: a Winograd form where
// its kernel and channels are such that it gains.
Form fastest_form(const Pass& pass);

// Results are computed in blocks of this size from the pass's first result on. A pass over a part of the results that
// begins on this grid gives the same bits as the whole.
Sizes grid(const Pass& pass);

// A rectangle of an image, channels innermost.
struct Window {
  Index top, left, height, width;
};

// One image of a pass; sizes are rows, then columns.
struct Image {
  const Real* input;
  Index height, width, channels;
  Real* result;
};

// Copies a window of an image that may reach over its edges; what lies outside is zero.
void copy_window(const Image& image, const Window& window, Real* to);

}  // namespace whylight::convolution
