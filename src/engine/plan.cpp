#include "engine/plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

// 0 for what is not a weighted sum.
std::int64_t multiply_adds_of(const Node& node, const std::vector<View>& x, const std::vector<View>& y) {
  return node.op->work ? node.op->work(node, x, y) : 0;
}

// The work of one call: of what is not a weighted sum, one an output.
std::int64_t cost_of(const Node& node, const std::vector<View>& x, const std::vector<View>& y) {
  return std::max(multiply_adds_of(node, x, y), y.empty() ? 0 : y[0].size);
}

}  // namespace

Plan::Plan(Program& program, const Shape& input_shape, Needs needs, std::size_t limit) : needs_(needs) {
  program_values_ = program.graph.values.size();
  slots_.resize(program_values_);
  input_ = program.input;
  explained_ = program.explained;
  infer_shapes(program, input_shape);
  // A file can declare one type and compute another.
  for (const auto value : {program.output, program.explained})
    if (const auto type = slots_[index(value)].info.type; type != Type::real)
      fail("output '" + program.graph.values[index(value)].name + "'", "must be real numbers, found ", name_of(type));
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    for (const auto input : steps_[i].inputs)
      if (input != absent) slots_[index(input)].consumers.push_back(static_cast<int>(i));
    for (const auto output : steps_[i].outputs)
      if (output != absent) slots_[index(output)].producer = static_cast<int>(i);
  }
  if (goes_back()) {
    find_flow();
    find_signs();
    choose_kept();
  }
  lay_out(program, limit);
  make_views();
  make_finishes();
  for (auto& step : steps_) cost_ += step.cost = cost_of(*step.node, step.x, step.y);
}

void Plan::infer_shapes(Program& program, const Shape& input_shape) {
  for (std::size_t i = 0; i < program_values_; ++i) {
    const auto& value = program.graph.values[i];
    if (!value.constant.present()) continue;
    slots_[i].info = {value.constant.shape(), value.constant.type(), value.constant, true};
  }
  slots_[index(input_)].info = {input_shape, program.graph.values[index(input_)].type, {}, true};
  for (std::size_t node = 0; node < program.graph.nodes.size(); ++node) add_step(program, node);
}

void Plan::add_step(Program& program, std::size_t number) {
  const auto& node = program.graph.nodes[number];
  std::vector<ValueInfo> inputs;
  bool known = true;
  for (const auto input : node.inputs) {
    inputs.push_back(input == absent ? ValueInfo{} : slots_[index(input)].info);
    known = known && (input == absent || inputs.back().constant.present());
  }
  if (known || node.op->shape_only) {
    const auto results = compute(node, inputs);
    for (std::size_t i = 0; i < results.size(); ++i)
      if (node.outputs[i] != absent)
        slots_[index(node.outputs[i])].info = {results[i].shape(), results[i].type(), results[i], true};
    return;
  }
  const auto outputs = infer(node, inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (node.outputs[i] != absent) slots_[index(node.outputs[i])].info = outputs[i];
  auto& prepared = program.prepared[number];
  if (!prepared && node.op->prepare && !node.held_once) prepared = node.op->prepare(node, inputs);
  Step step;
  step.node = &node;
  step.inputs = node.inputs;
  step.outputs = node.outputs;
  step.prepared = prepared.get();
  choose_layouts(step);
  steps_.push_back(std::move(step));
}

void Plan::choose_layouts(Step& step) {
  const auto layouts = step.node->op->layouts;
  const auto rank_of = [&](int slot) { return slots_[index(slot)].info.shape.size(); };
  const auto output_rank = step.outputs[0] == absent ? 0 : rank_of(step.outputs[0]);
  auto shared = Layout::plain;
  if (layouts == Layouts::any && output_rank >= 3)
    for (const auto input : step.inputs)
      if (input != absent && slots_[index(input)].layout == Layout::channels_last && rank_of(input) == output_rank)
        shared = Layout::channels_last;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    auto& input = step.inputs[i];
    if (input == absent) continue;
    auto wanted = Layout::plain;
    if (layouts == Layouts::channels_last && i == 0 && rank_of(input) >= 3) wanted = Layout::channels_last;
    const bool constant = slots_[index(input)].info.constant.present();
    if (layouts == Layouts::any && rank_of(input) == output_rank && !constant) wanted = shared;
    input = in_layout(input, wanted);
  }
  for (std::size_t i = 0; i < step.outputs.size(); ++i) {
    if (step.outputs[i] == absent) continue;
    auto& output = slots_[index(step.outputs[i])];
    const auto rank = output.info.shape.size();
    if (layouts == Layouts::channels_last && i == 0 && rank >= 3) output.layout = Layout::channels_last;
    if (layouts == Layouts::any && rank == output_rank) output.layout = shared;
  }
}

// The slot that holds the same value in that layout, with a step to make it where it is not there yet.
int Plan::in_layout(int slot, Layout layout) {
  if (slots_[index(slot)].layout == layout || slots_[index(slot)].info.shape.size() < 3) return slot;
  const auto key = std::make_pair(slot, layout);
  if (const auto found = converted_.find(key); found != converted_.end()) return found->second;
  const auto made = static_cast<int>(slots_.size());
  Slot converted;
  converted.info = slots_[index(slot)].info;
  converted.info.constant = Tensor();
  converted.layout = layout;
  slots_.push_back(std::move(converted));
  relayouts_.push_back({find_op("whylight", "Relayout", 1), "change of layout", 1, {}, {slot}, {made}, {}});
  Step step;
  step.node = &relayouts_.back();
  step.inputs = {slot};
  step.outputs = {made};
  steps_.push_back(std::move(step));
  converted_[key] = made;
  return made;
}

void Plan::find_flow() {
  slots_[index(input_)].depends = true;
  for (const auto& step : steps_) {
    bool depends = false;
    for (const auto input : step.inputs) depends = depends || (input != absent && slots_[index(input)].depends);
    for (const auto output : step.outputs)
      if (output != absent) slots_[index(output)].depends = depends;
  }
  slots_[index(explained_)].leads = true;
  for (auto i = steps_.size(); i-- > 0;) {
    auto& step = steps_[i];
    const bool leads = std::any_of(step.outputs.begin(), step.outputs.end(),
                                   [&](int output) { return output != absent && slots_[index(output)].leads; });
    if (!leads || !step.node->op->backward) continue;
    for (const auto input : step.inputs) {
      if (input == absent) continue;
      auto& slot = slots_[index(input)];
      if (slot.info.type != Type::real || !slot.depends) continue;
      slot.leads = true;
      step.flows = true;
    }
  }
}

void Plan::make_views() {
  for (auto& slot : slots_) {
    if (slot.info.constant.present()) slot.view = View(slot.info.constant);
    const auto& shape = slot.info.shape;
    if (slot.buffer >= 0) slot.view = View(shape, slot.layout, slot.info.type, arena_.at(slot.buffer));
    if (slot.signal_buffer >= 0) slot.signal = View(shape, slot.layout, Type::real, arena_.at(slot.signal_buffer));
    if (slot.sum_buffer >= 0) slot.sum = View(shape, slot.layout, Type::real, arena_.at(slot.sum_buffer));
    if (slot.bits_buffer >= 0) slot.bits = reinterpret_cast<std::uint8_t*>(arena_.at(slot.bits_buffer));
  }
  for (auto& step : steps_) {
    for (const auto input : step.inputs) step.x.push_back(input == absent ? View() : slots_[index(input)].view);
    for (const auto output : step.outputs) step.y.push_back(output == absent ? View() : slots_[index(output)].view);
    if (!step.flows) continue;
    for (const auto output : step.outputs) step.gy.push_back(output == absent ? View() : slots_[index(output)].signal);
    for (std::size_t k = 0; k < step.inputs.size(); ++k) {
      View signal = step.inputs[k] == absent ? View() : slots_[index(step.inputs[k])].signal;
      if (step.sum_buffers[k] >= 0) {
        const View extra(signal.shape, signal.layout, Type::real, arena_.at(step.sum_buffers[k]));
        step.sums.push_back({extra, signal});
        signal = extra;
      }
      step.gx.push_back(signal);
    }
  }
}

void Plan::set_input(const Tensor& batch) {
  const auto& input = slots_[index(input_)].view;
  if (input.type == Type::real) return copy(View(batch), input);
  std::ranges::transform(batch.real(), input.i64().begin(), [](Real value) { return std::llround(value); });
}

void Plan::run_step(const Step& step, bool direct, const Units& wanted) {
  const Scratch::Frame frame(scratch_);
  const auto& node = *step.node;
  const auto* finish = step.finish ? &*step.finish : nullptr;
  const View* sum = step.outputs[0] == absent ? nullptr : &slots_[index(step.outputs[0])].sum;
  if (sum && sum->present())
    run_forward({node, step.x, {sum, 1}, {}, {}, Clamp{}, step.prepared, &scratch_, true, finish});  // to be divided by
  else
    run_forward({.node = node,
                 .x = step.x,
                 .y = step.y,
                 .clamp = node.clamp,
                 .prepared = step.prepared,
                 .scratch = &scratch_,
                 .direct = direct,
                 .finish = finish,
                 .units = wanted});
}

void Plan::run_step_back(const Step& step, const Backward& how, bool direct) {
  const Scratch::Frame frame(scratch_);
  const auto& node = *step.node;
  for (const auto number : step.clamped) {
    const auto& slot = slots_[index(number)];
    const auto& clamp = steps_[index(slot.producer)].node->clamp;
    kernels().clamp(slot.sum.real().data(), clamp.low, clamp.high, slot.view.real().data(),
                    static_cast<Index>(slot.view.size));
  }
  if (step.mask)
    kernels().finish(*step.mask, 0, static_cast<Index>(step.gy[0].size));
  else if (needs_.keep != Keep::gradient && node.clamp.active())
    how.clamp(node, step.y[0], step.gy[0]);
  Call call{node, step.x, step.y, step.gy, step.gx, node.clamp, step.prepared, &scratch_, direct};
  if (step.back_finish) call.finish = &*step.back_finish;
  if (step.outputs[0] != absent) call.sum = &slots_[index(step.outputs[0])].sum;
  call.not_negative = step.inputs[0] != absent && slots_[index(step.inputs[0])].not_negative;
  how.node(call);
  for (const auto& sum : step.sums) {
    Real* into = sum.into.real().data();
    kernels().add(into, sum.from.real().data(), into, static_cast<Index>(sum.into.size));
  }
}

void Plan::forward(const Tensor& batch, bool direct, const Units& wanted) {
  set_input(batch);
  if (stopwatch_) stopwatch_->start();
  const auto last = slots_[index(explained_)].producer;
  // Operators take units for their columns, which they are where a row of the batch is one row of the output.
  const auto& output = slots_[index(explained_)].info.shape;
  const bool columns = output.size() == 2 && output[0] == batch.shape()[0];
  for (std::size_t i = 0; i < turn_; ++i) {
    const auto number = schedule_[i].step;
    if (i >= needed_ && !wanted.all() && (number > last || wanted.first == wanted.last)) return;
    const auto& step = steps_[index(number)];
    run_step(step, direct, columns && i >= needed_ && number == last ? wanted : Units{});
    if (stopwatch_) stopwatch_->forward(index(number));
  }
}

void Plan::backward(const Backward& how, int layer, bool direct) {
  const auto stop = slots_[index(layer)].producer;
  if (stopwatch_) stopwatch_->start();
  for (auto i = turn_; i < schedule_.size(); ++i) {
    const auto [number, back] = schedule_[i];
    if (back && number <= stop) return;
    if (back)
      run_step_back(steps_[index(number)], how, direct);
    else
      run_step(steps_[index(number)], direct);
    if (stopwatch_) stopwatch_->backward(index(number));
  }
}

std::vector<StepFacts> Plan::steps() const {
  std::vector<StepFacts> facts;
  for (const auto& step : steps_) {
    const auto work = multiply_adds_of(*step.node, step.x, step.y);
    const auto wanted = std::count_if(step.gx.begin(), step.gx.end(), [](const View& gx) { return gx.present(); });
    const auto& output = slots_[index(step.outputs[0] == absent ? step.outputs.back() : step.outputs[0])];
    facts.push_back(
        {step.node->name, step.node->op->name, output.info.shape, output.layout, work, work * wanted, step.flows});
  }
  return facts;
}

View Plan::value(int value) const { return slots_[index(value)].view; }

View Plan::signal(int value) const { return slots_[index(value)].signal; }

int Plan::entry() const {
  int first = absent;
  for (const auto& step : steps_)
    for (const auto output : step.outputs) {
      if (output == absent || !slots_[index(output)].signal.present()) continue;
      if (step.node->op->name == "Gather") return output;
      if (first == absent) first = output;
    }
  if (first == absent) fail("model", "nothing real that leads to the output is computed from its integers");
  return first;
}

const Node* Plan::producer(int value) const {
  const auto step = slots_[index(value)].producer;
  return step < 0 ? nullptr : steps_[index(step)].node;
}

}  // namespace whylight
