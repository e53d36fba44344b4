#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/clock.hpp"
#include "tensor/shape.hpp"
#include "tensor/tensor.hpp"

namespace whylight {

// What one step of a plan is: a node of the model with what was fused into it, or a change of layout.
struct StepFacts {
  std::string name;       // the node's
  std::string_view op;    // the operator's name
  Shape shape;            // of its first output, in ONNX's order, for the whole batch
  Layout layout;          // in which that output lies in memory
  std::int64_t forward;   // multiply-adds of a weighted sum (Conv, Gemm, MatMul) over the batch; 0 for everything else
  std::int64_t backward;  // those of its gradient: as many for each input that gets one
  bool flows;             // takes part in the way back
};

// Takes the time of every step of a pass: each gets what passed since the one before it ended, so that the steps add up
// to the pass. Browsers tell time in steps of 100 microseconds: single times of short steps mean nothing, and sums over
// many passes do.
class Stopwatch {
 public:
  explicit Stopwatch(std::size_t steps) : forward_(steps), backward_(steps) {}

  void start() { last_ = clock_milliseconds(); }
  void forward(std::size_t step) { add(forward_[step]); }
  void backward(std::size_t step) { add(backward_[step]); }
  // Milliseconds by step.
  const std::vector<double>& forward() const { return forward_; }
  const std::vector<double>& backward() const { return backward_; }

 private:
  void add(double& sum) {
    const double now = clock_milliseconds();
    sum += now - last_;
    last_ = now;
  }

  double last_ = 0;
  std::vector<double> forward_;
  std::vector<double> backward_;
};

// How long each step of one pass took, in the order of the forward pass.
struct Profile {
  std::int64_t rows = 0;  // of the batch that were run
  std::vector<StepFacts> steps;
  std::vector<double> forward;   // milliseconds
  std::vector<double> backward;  // likewise; all 0 when only the forward pass was asked for
};

}  // namespace whylight
