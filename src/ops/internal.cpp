#include <array>

#include "ops/op.hpp"
#include "ops/parts.hpp"

namespace whylight {

namespace {

void infer_relayout(Inference& inference) { inference.set(0, inference.shape(0), inference.inputs[0].type); }

void relayout(const Call& call) { copy(call.x[0], call.y[0]); }

void relayout_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  if (!given(call.gy, 0)) return fill_zero(call.gx[0]);
  copy(call.gy[0], call.gx[0]);
}

}  // namespace

std::span<const OpDef> internal_ops() {
  static constexpr std::string_view own = "whylight";
  static const std::array rows{
      OpDef{.name = "Relayout",
            .infer = infer_relayout,
            .forward = relayout,
            .backward = relayout_backward,
            .relevance = Relevance::gradient,
            .layouts = Layouts::any,
            .domain = own},
  };
  return rows;
}

}  // namespace whylight
