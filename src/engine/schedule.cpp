#include <algorithm>
#include <limits>

#include "engine/plan.hpp"

namespace whylight {

namespace {

// Something new is in memory from `now` on.
void define(Lives& lives, int now) { lives.push_back({now, now}); }

void read(Lives& lives, int now) {
  if (!lives.empty()) lives.back().end = std::max(lives.back().end, now);
}

std::size_t bytes_of(const ValueInfo& info) { return static_cast<std::size_t>(count(info.shape)) * size_of(info.type); }

}  // namespace

// Calls use(slot, its bits or its sum in place of its value) for all that a step reads on the way back.
void Plan::for_read_back(const Step& step, const ReadBack& use) const {
  const auto each = [&](const std::vector<int>& numbers, int but) {
    for (int i = 0; i < static_cast<int>(numbers.size()); ++i)
      if (numbers[index(i)] != absent && i != but) use(numbers[index(i)], Item::value);
  };
  if (step.masks_first) use(step.outputs[0], Item::bits);
  if (step.masks_input) use(step.inputs[0], Item::bits);
  if (step.outputs[0] != absent && slots_[index(step.outputs[0])].keeps_sum) use(step.outputs[0], Item::sum);
  const auto reads = needs_.keep == Keep::gradient ? step.node->op->reads : Reads::everything;
  if (reads == Reads::everything) {
    each(step.inputs, -1);
    if (step.outputs[0] == absent || !slots_[index(step.outputs[0])].keeps_sum) each(step.outputs, -1);
  } else if (reads == Reads::other_inputs) {
    for (int k = 0; k < static_cast<int>(step.inputs.size()); ++k)
      if (wants_signal(step.inputs[index(k)])) each(step.inputs, k);
  }
}

bool Plan::wants_signal(int slot) const {
  return slot != absent && slots_[index(slot)].leads && slots_[index(slot)].depends;
}

// Tries more and more segments until everything fits, or takes the way that needs least.
void Plan::lay_out(const Program& program, std::size_t limit) {
  int best = 1;
  auto least = std::numeric_limits<std::size_t>::max();
  const auto attempt = [&](int segments) {
    make_schedule(segments);
    reserve(program);
    arena_.place();
  };
  const int most = !goes_back() ? 1 : static_cast<int>(steps_.size());
  for (int segments = 1; segments <= most; segments += (segments + 1) / 2) {
    attempt(segments);
    if (arena_.total() < least) {
      least = arena_.total();
      best = segments;
    }
    if (least <= limit) break;
  }
  attempt(best);
  needed_ = end_of_read();
  arena_.allocate();
}

// The number of actions forward up to the last that gives something which is read on the way back.
std::size_t Plan::end_of_read() const {
  std::vector<bool> is_read(slots_.size(), false);
  for (const auto& step : steps_)
    if (step.flows) for_read_back(step, [&](int slot, Item) { is_read[index(slot)] = true; });
  if (needs_.layer != absent) is_read[index(needs_.layer)] = true;
  auto end = turn_;
  const auto gives = [&](int output) { return output != absent && is_read[index(output)]; };
  while (end > 0 && std::ranges::none_of(steps_[index(schedule_[end - 1].step)].outputs, gives)) --end;
  return end;
}

// Whether a value is read by a later segment than the one that makes it.
bool Plan::crosses(int number, const std::vector<int>& segment_of) const {
  const auto& slot = slots_[index(number)];
  return slot.producer < 0 ||
         (!slot.consumers.empty() && segment_of[index(slot.consumers.back())] > segment_of[index(slot.producer)]);
}

// Forward through all steps, then backward; with several segments, which hold about as many bytes each, those before
// the last are run again when their turn to go backward comes.
void Plan::make_schedule(int segments) {
  const auto count_steps = static_cast<int>(steps_.size());
  std::vector<std::size_t> bytes{0};  // of the values before each step
  for (const auto& step : steps_) {
    auto sum = bytes.back();
    for (const auto output : step.outputs)
      if (output != absent) sum += bytes_of(slots_[index(output)].info) >> 8;
    bytes.push_back(sum);
  }
  std::vector<int> segment_of;
  for (int i = 0; i < count_steps; ++i) {
    const auto share = bytes.back() ? bytes[index(i)] * static_cast<std::size_t>(segments) / bytes.back() : 0;
    segment_of.push_back(std::min(static_cast<int>(share), segments - 1));
  }
  schedule_.clear();
  for (int i = 0; i < count_steps; ++i) schedule_.push_back({i, false});
  turn_ = schedule_.size();
  for (int last = count_steps - 1; last >= 0;) {
    int first = last;
    while (first > 0 && segment_of[index(first - 1)] == segment_of[index(last)]) --first;
    if (last < count_steps - 1) run_again(first, last, segment_of);
    for (int i = last; i >= first; --i)
      if (steps_[index(i)].flows) schedule_.push_back({i, true});
    last = first - 1;
  }
}

// Schedules the steps first … last whose results their own way back needs and that are not kept.
void Plan::run_again(int first, int last, const std::vector<int>& segment_of) {
  std::vector<bool> wanted(steps_.size(), false);
  const auto want = [&](int slot, Item) {
    if (!crosses(slot, segment_of)) wanted[index(slots_[index(slot)].producer)] = true;
  };
  for (int i = last; i >= first; --i)
    if (steps_[index(i)].flows) for_read_back(steps_[index(i)], want);
  for (int i = last; i >= first; --i)
    for (const auto input : steps_[index(i)].inputs)
      if (wanted[index(i)] && input != absent && slots_[index(input)].producer >= first) want(input, Item::value);
  for (int i = first; i <= last; ++i)
    if (wanted[index(i)]) schedule_.push_back({i, false});
}

// When an action runs; at 0 the input is written, and at the turn the session reads and writes.
int Plan::position(std::size_t action) const { return static_cast<int>(action) + (action < turn_ ? 1 : 2); }

void Plan::reserve(const Program& program) {
  arena_ = Arena();
  std::vector<Lives> lives[3];  // by Item
  for (auto& item : lives) item.resize(slots_.size());
  const auto of = [&](int slot, Item item) -> Lives& { return lives[static_cast<std::size_t>(item)][index(slot)]; };
  define(of(input_, Item::value), 0);
  std::vector<bool> made_again(slots_.size(), false);
  for (std::size_t i = 0; i <= schedule_.size(); ++i) {
    if (i == turn_) {
      for (const auto output : program.graph.outputs) read(of(output, Item::value), position(i) - 1);
      for (const auto value : {program.output, program.explained, needs_.layer})
        if (value != absent) read(of(value, Item::value), position(i) - 1);
      if (needs_.keep == Keep::values)
        for (auto& value : lives[0]) read(value, position(i) - 1);
    }
    if (i == schedule_.size()) break;
    const auto now = position(i);
    auto& step = steps_[index(schedule_[i].step)];
    if (schedule_[i].back) {
      step.clamped.clear();
      for_read_back(step, [&](int slot, Item item) {
        if (item == Item::value && slots_[index(slot)].keeps_sum && !made_again[index(slot)]) {
          made_again[index(slot)] = true;
          step.clamped.push_back(slot);
          read(of(slot, Item::sum), now);
          define(of(slot, Item::value), now);
        }
        read(of(slot, item), now);
      });
      continue;
    }
    for (const auto input : step.inputs)
      if (input != absent) read(of(input, Item::value), now);
    for (const auto output : step.outputs) {
      if (output == absent || !slots_[index(output)].info.given) continue;
      define(of(output, Item::value), now);
      if (slots_[index(output)].keeps_bits) define(of(output, Item::bits), now);
      if (slots_[index(output)].keeps_sum) define(of(output, Item::sum), now);
    }
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    auto& slot = slots_[i];
    const auto take = [&](Item item, std::size_t bytes) {
      auto& found = of(static_cast<int>(i), item);
      return found.empty() ? -1 : arena_.reserve(bytes, std::move(found));
    };
    slot.buffer = take(Item::value, bytes_of(slot.info));
    slot.bits_buffer = take(Item::bits, static_cast<std::size_t>(count(slot.info.shape) / finish_block + 1));
    slot.sum_buffer = take(Item::sum, bytes_of(slot.info));
  }
  if (goes_back()) reserve_signals(program);
}

// A signal lives from the first that arrives until its value's producer has passed it on.
void Plan::reserve_signals(const Program& program) {
  std::vector<Lives> lives(slots_.size());
  const auto end = position(schedule_.size());
  if (wants_signal(program.explained)) define(lives[index(program.explained)], position(turn_) - 1);
  for (auto i = turn_; i < schedule_.size(); ++i) {
    if (!schedule_[i].back) continue;
    auto& step = steps_[index(schedule_[i].step)];
    const auto now = position(i);
    for (const auto output : step.outputs)
      if (output != absent) read(lives[index(output)], now);
    step.sum_buffers.assign(step.inputs.size(), -1);
    for (std::size_t k = 0; k < step.inputs.size(); ++k) {
      if (!wants_signal(step.inputs[k])) continue;
      auto& signal = lives[index(step.inputs[k])];
      const auto& info = slots_[index(step.inputs[k])].info;
      if (signal.empty())
        define(signal, now);
      else
        step.sum_buffers[k] = arena_.reserve(bytes_of(info), {{now, now}});
      read(signal, now);
    }
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    auto& slot = slots_[i];
    slot.signal_buffer = -1;
    if (lives[i].empty()) continue;
    if (slot.producer < 0 || !steps_[index(slot.producer)].flows) read(lives[i], end);
    slot.signal_buffer = arena_.reserve(bytes_of(slot.info), std::move(lives[i]));
  }
}

}  // namespace whylight
