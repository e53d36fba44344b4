#include <algorithm>

#include "engine/plan.hpp"

namespace whylight {

void Plan::find_signs() {
  for (const auto& step : steps_) {
    const auto& node = *step.node;
    if (step.outputs[0] == absent) continue;
    bool result = node.op->sign == OutputSign::not_negative || (node.clamp.active() && node.clamp.low >= 0);
    if (node.op->sign == OutputSign::as_inputs)
      result = result || std::ranges::all_of(step.inputs, [&](int input) {
                 if (input == absent) return true;
                 const auto& slot = slots_[index(input)];
                 return slot.not_negative || slot.info.type != Type::real;
               });
    slots_[index(step.outputs[0])].not_negative = result;
  }
}

void Plan::choose_kept() {
  for (const auto& step : steps_)
    for (const auto input : step.inputs)
      if (step.flows && wants_signal(input)) ++slots_[index(input)].signals;
  for (auto& step : steps_) {
    const auto& node = *step.node;
    if (!step.flows || !node.clamp.active() || step.outputs[0] == absent) continue;
    auto& slot = slots_[index(step.outputs[0])];
    if (needs_.keep == Keep::gradient && wants_signal(step.outputs[0])) choose_bits(step.outputs[0]);
    const bool both_signs = step.inputs[0] != absent && !slots_[index(step.inputs[0])].not_negative;
    if (needs_.keep == Keep::sums && node.op->finishes && node.op->relevance == Relevance::rule)
      slot.keeps_sum = both_signs;
  }
}

// A signal is masked where it is written, by the one step that writes it, unless somebody wants to see it before.
void Plan::choose_bits(int number) {
  auto& slot = slots_[index(number)];
  slot.keeps_bits = true;
  if (slot.signals == 1 && number != explained_ && number != needs_.layer)
    for (const auto consumer : slot.consumers) {
      auto& step = steps_[index(consumer)];
      if (!step.flows || step.inputs[0] != number || !step.node->op->finishes) continue;
      step.masks_input = true;
      return;
    }
  steps_[index(slot.producer)].masks_first = true;
}

void Plan::make_finishes() {
  const auto bits = [&](FinishKind kind, int number, const View& results) {
    const auto& slot = slots_[index(number)];
    const auto& clamp = steps_[index(slot.producer)].node->clamp;
    return Finish{
        .kind = kind, .results = results.real().data(), .bits = slot.bits, .low = clamp.low, .high = clamp.high};
  };
  for (auto& step : steps_) {
    if (step.outputs[0] == absent) continue;
    const auto number = step.outputs[0];
    const auto& slot = slots_[index(number)];
    if (slot.keeps_bits) step.finish = bits(FinishKind::mark, number, slot.view);
    if (slot.keeps_sum) {
      step.finish = bits(FinishKind::split, number, slot.sum);
      step.finish->copy = slot.view.real().data();
    }
    if (step.masks_first) step.mask = bits(FinishKind::mask, number, slot.signal);
    if (step.masks_input) step.back_finish = bits(FinishKind::mask, step.inputs[0], step.gx[0]);
  }
}

}  // namespace whylight
