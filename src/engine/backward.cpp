#include <algorithm>

#include "engine/session.hpp"
#include "kernels/kernels.hpp"

namespace whylight {

namespace {

// PyTorch's convention at the kinks: nothing flows at or beyond a bound.
void mask_clamp(const Node& node, const View& y, const View& signal) {
  Real* flow = signal.real().data();
  kernels().mask(y.real().data(), node.clamp.low, node.clamp.high, flow, flow, static_cast<Index>(signal.size));
}

void only_positive(const View& signal) {
  for (auto& value : signal.real()) value = std::max(value, Real(0));
}

// A Relu that was not fused into the node before it. (A Clip from 0 that stands alone, after a residual sum without
// clamp, say, is fused wherever its input is used once; elsewhere it keeps its plain gradient.)
bool is_rectifier(const Node& node) { return node.op->name == "Relu"; }

}  // namespace

Backward gradient() { return {}; }

Backward complete(Backward how) {
  if (!how.node) how.node = run_backward;
  if (!how.clamp) how.clamp = mask_clamp;
  return how;
}

Backward guided_backprop() {
  Backward how;
  how.node = [](const Call& call) {
    call.node.op->backward(call);
    if (is_rectifier(call.node) && call.gx[0].present()) only_positive(call.gx[0]);
  };
  how.clamp = [](const Node& node, const View& y, const View& signal) {
    mask_clamp(node, y, signal);
    if (node.clamp.low == 0) only_positive(signal);
  };
  return how;
}

Backward deconvnet() {
  Backward how;
  how.node = [](const Call& call) {
    if (!is_rectifier(call.node)) return call.node.op->backward(call);
    copy(call.gy[0], call.gx[0]);
    only_positive(call.gx[0]);
  };
  how.clamp = [](const Node& node, const View& y, const View& signal) {
    if (node.clamp.low == 0) return only_positive(signal);
    mask_clamp(node, y, signal);
  };
  return how;
}

}  // namespace whylight
