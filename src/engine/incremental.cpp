#include "engine/incremental.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "ops/parts.hpp"

namespace whylight {

namespace {

// What calling an operator costs beside its arithmetic, in multiply-adds; a pass over many rows calls once for all.
constexpr double call_cost = 60000;
// The share of a whole pass's work below which a part is worth it.
constexpr double worthwhile = 0.95;
// A box that covers more than this share of a value is rounded up to all of it.
constexpr double most_of = 0.9;

std::size_t bytes_of(const View& view) { return static_cast<std::size_t>(view.size) * size_of(view.type); }

// A box of one element, as far into the value as `share` of it.
Region point(const Shape& shape, std::int64_t numerator, std::int64_t denominator) {
  Region region{.extent = Region::Extent::box};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    region.low[axis] = (shape[axis] - 1) * numerator / denominator;
    region.high[axis] = region.low[axis] + 1;
  }
  return region;
}

}  // namespace

Incremental::Incremental(Program& program, const Shape& row, bool direct)
    : plan_(program, row, {Keep::values}, std::numeric_limits<std::size_t>::max()),
      direct_(direct),
      explained_(program.explained),
      places_(plan_.slots_.size()) {
  for (const auto& step : plan_.steps_) {
    reaches_.push_back(reaches_of(step));
    whole_.multiply_adds += static_cast<double>(step.cost);
    whole_.calls += 1;
  }
  choose_bases();
}

std::size_t Incremental::most_bytes(const Plan& plan) {
  std::size_t sum = 0;
  for (const auto& slot : plan.slots_)
    if (slot.buffer >= 0) sum += bytes_of(slot.view);
  return 2 * sum;
}

bool Incremental::is_less(const Work& work, std::int64_t rows) const {
  const auto whole = whole_.multiply_adds + whole_.calls * call_cost / static_cast<double>(rows);
  return work.multiply_adds + work.calls * call_cost < worthwhile * whole;
}

Incremental::Reaches Incremental::reaches_of(const Plan::Step& step) const {
  Reaches reaches(step.inputs.size());
  const auto& op = *step.node->op;
  const auto& y = step.y[0];
  const auto outputs = std::count_if(step.y.begin(), step.y.end(), [](const View& view) { return view.present(); });
  if (outputs != 1 || !y.present() || y.rank() > Region::most_axes) return reaches;
  const Call call{*step.node, step.x, step.y, {}, {}, step.node->clamp, step.prepared, nullptr, direct_};
  for (std::size_t i = 0; i < reaches.size(); ++i) {
    const auto& x = step.x[i];
    if (!x.present() || x.rank() > Region::most_axes) continue;
    Spreads spreads;
    bool known = op.spread && op.spread(call, i, spreads);
    if (op.in_place) {
      spread_in_place(x.shape, y.shape, spreads);
      known = true;
    }
    if (known) reaches[i] = spreads;
  }
  return reaches;
}

// Where the output of a step must be computed, given what changed in its inputs.
Region Incremental::find_change(std::size_t number) const {
  const auto& step = plan_.steps_[number];
  Region change;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    if (step.inputs[i] == absent) continue;
    const auto& input = places_[index(step.inputs[i])].change;
    if (input.nothing()) continue;
    const auto& spreads = reaches_[number][i];
    if (!spreads) return Region::everything();
    change = joined(change, reach(input, *spreads, step.y[0].shape), step.y[0].rank());
  }
  if (change.box() &&
      static_cast<double>(size_of(change, step.y[0].shape)) > most_of * static_cast<double>(step.y[0].size))
    return Region::everything();
  return change;
}

const Region& Incremental::change_of(const Plan::Step& step) const {
  const auto output = *std::find_if(step.outputs.begin(), step.outputs.end(), [](int slot) { return slot != absent; });
  return places_[index(output)].change;
}

double Incremental::share_of(const Plan::Step& step) const {
  const auto& change = change_of(step);
  if (!change.box()) return change.all() ? 1 : 0;
  return static_cast<double>(size_of(change, step.y[0].shape)) / static_cast<double>(step.y[0].size);
}

std::vector<Incremental::Share> Incremental::shares() const {
  std::vector<Share> shares;
  for (const auto& step : plan_.steps_) shares.push_back({step.node, step.cost, share_of(step)});
  return shares;
}

// Follows a change of the input through all values; gives the work that it takes.
Incremental::Work Incremental::spread_change(const Region& input) {
  for (auto& place : places_) place.change = {};
  places_[index(plan_.input_)].change = input;
  Work work;
  for (std::size_t i = 0; i < plan_.steps_.size(); ++i) {
    const auto& step = plan_.steps_[i];
    const auto change = find_change(i);
    for (const auto output : step.outputs)
      if (output != absent) places_[index(output)].change = change;
    if (change.nothing()) continue;
    work.multiply_adds += static_cast<double>(step.cost) * share_of(step);
    work.calls += 1;
  }
  return work;
}

// A copy of the base is kept of every value that some change leaves partly as it is; changes of one element in a corner
// and in the middle stand for all.
void Incremental::choose_bases() {
  const auto& shape = plan_.slots_[index(plan_.input_)].view.shape;
  std::vector<bool> kept(places_.size(), false);
  kept[index(explained_)] = true;
  for (const auto numerator : {0, 1}) {
    spread_change(shape.size() <= Region::most_axes ? point(shape, numerator, 2) : Region::everything());
    for (std::size_t i = 0; i < places_.size(); ++i) kept[i] = kept[i] || !places_[i].change.all();
  }
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (kept[i] && plan_.slots_[i].buffer >= 0) places_[i].base.resize(bytes_of(plan_.slots_[i].view));
}

void Incremental::set_base(const Tensor& row) {
  if (base_.present() &&
      std::memcmp(row.bytes(), base_.bytes(), static_cast<std::size_t>(row.size()) * sizeof(Real)) == 0)
    return;
  base_ = row.clone();
  plan_.forward(base_, direct_);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    auto& place = places_[i];
    place.stale = {};
    if (!place.base.empty()) std::memcpy(place.base.data(), plan_.slots_[i].view.data, place.base.size());
  }
  rewind();
}

Incremental::Work Incremental::prepare(std::span<const Real> row) {
  const auto& shape = base_.shape();
  next_ = row;
  auto change = difference(shape, base_.real().data(), row.data());
  from_base_ = true;
  if (!current_.empty()) {
    const auto step = difference(shape, current_.data(), row.data());
    from_base_ = size_of(change, shape) <= size_of(step, shape);
    if (!from_base_) change = step;
  }
  return spread_change(change);
}

Incremental::Work Incremental::step_work(std::span<const Real> from, std::span<const Real> to) {
  return spread_change(difference(base_.shape(), from.data(), to.data()));
}

// Makes the plan's value right outside of what will be computed: as for the base row, or as it is.
void Incremental::make_ready(Place& place, const View& view) const {
  const auto change = place.change;
  if (!from_base_) {
    place.stale = joined(place.stale, change, view.rank());
    return;
  }
  if (!contains(change, place.stale, view.rank())) {
    if (place.base.empty()) place.change = Region::everything();
    const auto size = size_of(view.type);
    const auto runs = runs_of(view, place.base.empty() ? Region{} : place.stale);
    for (const auto start : runs.starts) {
      const auto from = static_cast<std::size_t>(start) * size;
      std::memcpy(view.data + from, place.base.data() + from, static_cast<std::size_t>(runs.length) * size);
    }
  }
  place.stale = change;
}

void Incremental::run_step(const Plan::Step& step) {
  const auto& change = change_of(step);
  if (change.nothing()) return;
  const Scratch::Frame frame(plan_.scratch_);
  Call call{*step.node, step.x, step.y, {}, {}, step.node->clamp, step.prepared, &plan_.scratch_, direct_};
  if (change.box()) call.region = &change;
  if (change.box() && step.node->op->in_place)
    run_by_parts(call, change);
  else
    step.node->op->forward(call);
}

View Incremental::run() {
  auto& explained = places_[index(explained_)];
  auto result = plan_.slots_[index(explained_)].view;
  if (places_[index(plan_.input_)].change.nothing()) {
    if (from_base_) result.data = explained.base.data();
    return result;
  }
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (plan_.slots_[i].buffer >= 0) make_ready(places_[i], plan_.slots_[i].view);
  const auto& input = plan_.slots_[index(plan_.input_)].view;
  auto row = input;  // the same layout: inputs are plain
  row.data = reinterpret_cast<std::byte*>(const_cast<Real*>(next_.data()));
  const auto& change = places_[index(plan_.input_)].change;
  move_elements(part(row, change), part(input, change));
  for (const auto& step : plan_.steps_) run_step(step);
  current_ = next_;
  return result;
}

}  // namespace whylight
