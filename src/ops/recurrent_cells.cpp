#include <cmath>

#include "ops/recurrent.hpp"
#include "tensor/fail.hpp"

namespace whylight::recurrent {

Bent::Bent(const Squash& squash, Real clip)
    : squash_(&squash), clip_(clip), low_(squash.value(-clip)), high_(squash.value(clip)) {}

Real Bent::value(Real x) const { return squash_->value(std::clamp(x, -clip_, clip_)); }

Real Bent::slope(Real y) const { return y <= low_ || high_ <= y ? 0 : squash_->slope(y); }

void reset(const Run& run, Index step, Real* to) {
  const auto units = run.sizes.hidden;
  for (Index n = 0; n < run.sizes.batch; ++n)
    kernels().multiply(run.gates + run.gate_row(step, n) + units, run.h + run.state_row(step, n), to + n * units,
                       units);
}

namespace {

constexpr std::array squashes{
    Squash{"Sigmoid", [](Real x) { return 1 / (1 + std::exp(-x)); }, [](Real y) { return y * (1 - y); }},
    Squash{"Tanh", [](Real x) { return std::tanh(x); }, [](Real y) { return 1 - y * y; }},
    Squash{"Relu", [](Real x) { return std::max(x, Real(0)); }, [](Real y) { return y > 0 ? Real(1) : Real(0); }},
    Squash{"HardSigmoid", [](Real x) { return std::clamp(Real(0.2) * x + Real(0.5), Real(0), Real(1)); },
           [](Real y) { return y > 0 && y < 1 ? Real(0.2) : Real(0); }},
};

// Loops are over the rows of the batch and the units; pointers go to unit j of one row.

void forward_plain(const Run& run, Index step) {
  const auto from = run.gate_row(step, 0), to = run.state_row(step + 1, 0);
  for (Index i = 0; i < run.sizes.batch * run.sizes.hidden; ++i)
    run.h[to + i] = run.squash[0].value(run.gates[from + i] + run.products[from + i]);
}

void backward_plain(const Run& run, Index step, const Signal& signal) {
  const auto at = run.gate_row(step, 0), state = run.state_row(step + 1, 0);
  for (Index i = 0; i < run.sizes.batch * run.sizes.hidden; ++i) {
    signal.gates[at + i] = signal.h[i] * run.squash[0].slope(run.h[state + i]);
    signal.h[i] = 0;
  }
}

// Peephole weights of unit j for the input, output and forget gates.
std::array<Real, 3> peepholes_of(const Run& run, Index j) {
  if (!run.peepholes) return {};
  const auto* p = run.peepholes + j;
  return {p[0], p[run.sizes.hidden], p[2 * run.sizes.hidden]};
}

void forward_lstm(const Run& run, Index step) {
  const auto units = run.sizes.hidden;
  const auto [f, g, h] = run.squash;
  for (Index n = 0; n < run.sizes.batch; ++n)
    for (Index j = 0; j < units; ++j) {
      Real* gate = run.gates + run.gate_row(step, n) + j;
      const Real* back = run.products + run.gate_row(step, n) + j;
      const auto before = run.c[run.state_row(step, n) + j];
      const auto peep = peepholes_of(run, j);
      gate[0] = f.value(gate[0] + back[0] + peep[0] * before);
      gate[2 * units] = run.coupled ? 1 - gate[0] : f.value(gate[2 * units] + back[2 * units] + peep[2] * before);
      gate[3 * units] = g.value(gate[3 * units] + back[3 * units]);
      const auto after = gate[2 * units] * before + gate[0] * gate[3 * units];
      gate[units] = f.value(gate[units] + back[units] + peep[1] * after);
      run.c[run.state_row(step + 1, n) + j] = after;
      run.h[run.state_row(step + 1, n) + j] = gate[units] * h.value(after);
    }
}

void backward_lstm(const Run& run, Index step, const Signal& signal) {
  const auto units = run.sizes.hidden;
  const auto [f, g, h] = run.squash;
  for (Index n = 0; n < run.sizes.batch; ++n)
    for (Index j = 0; j < units; ++j) {
      const Real* gate = run.gates + run.gate_row(step, n) + j;
      Real* down = signal.gates + run.gate_row(step, n) + j;
      Real& gh = signal.h[n * units + j];
      Real& gc = signal.c[n * units + j];
      const auto before = run.c[run.state_row(step, n) + j];
      const auto bent = h.value(run.c[run.state_row(step + 1, n) + j]);
      const auto peep = peepholes_of(run, j);
      const auto in = gate[0], out = gate[units], forget = gate[2 * units], fresh = gate[3 * units];
      down[units] = gh * bent * f.slope(out);
      gc += gh * out * h.slope(bent) + down[units] * peep[1];
      down[0] = gc * (run.coupled ? fresh - before : fresh) * f.slope(in);
      down[2 * units] = run.coupled ? 0 : gc * before * f.slope(forget);
      down[3 * units] = gc * in * g.slope(fresh);
      gc = gc * forget + down[0] * peep[0] + down[2 * units] * peep[2];
      gh = 0;
    }
}

// The rows of r that belong to the new state.
Matrix fresh_weights(const Run& run) {
  const auto units = run.sizes.hidden;
  return {run.r.data + 2 * units * units, units, units, units, 1};
}

void forward_gru(const Run& run, Index step) {
  const auto units = run.sizes.hidden;
  const auto [f, g, _] = run.squash;
  for (Index n = 0; n < run.sizes.batch; ++n)
    for (Index j = 0; j < 2 * units; ++j) {
      const auto at = run.gate_row(step, n) + j;
      run.gates[at] = f.value(run.gates[at] + run.products[at]);
    }
  const Scratch::Frame frame(*run.call.scratch);
  if (!run.reset_after) {
    const auto kept = run.call.scratch->take<Real>(run.sizes.batch * units);
    const auto product = run.call.scratch->take<Real>(run.sizes.batch * units);
    reset(run, step, kept.data());
    multiply(Matrix::dense(kept.data(), run.sizes.batch, units), fresh_weights(run).transposed(),
             {.bias = run.biases ? run.biases + 5 * units : nullptr}, product.data(), *run.call.scratch);
    for (Index n = 0; n < run.sizes.batch; ++n)
      std::copy_n(product.data() + n * units, units, run.products + run.gate_row(step, n) + 2 * units);
  }
  for (Index n = 0; n < run.sizes.batch; ++n)
    for (Index j = 0; j < units; ++j) {
      Real* gate = run.gates + run.gate_row(step, n) + j;
      const auto back = run.products[run.gate_row(step, n) + 2 * units + j];
      gate[2 * units] = g.value(gate[2 * units] + (run.reset_after ? gate[units] * back : back));
      run.h[run.state_row(step + 1, n) + j] =
          (1 - gate[0]) * gate[2 * units] + gate[0] * run.h[run.state_row(step, n) + j];
    }
}

void backward_gru(const Run& run, Index step, const Signal& signal) {
  const auto units = run.sizes.hidden;
  const auto [f, g, _] = run.squash;
  const Scratch::Frame frame(*run.call.scratch);
  const auto to_reset = run.call.scratch->take<Real>(run.sizes.batch * units);  // of the state after its reset
  for (Index n = 0; n < run.sizes.batch; ++n)
    for (Index j = 0; j < units; ++j) {
      const Real* gate = run.gates + run.gate_row(step, n) + j;
      Real* down = signal.gates + run.gate_row(step, n) + j;
      Real* back = signal.products + run.gate_row(step, n) + j;
      Real& gh = signal.h[n * units + j];
      down[0] = back[0] = gh * (run.h[run.state_row(step, n) + j] - gate[2 * units]) * f.slope(gate[0]);
      down[2 * units] = gh * (1 - gate[0]) * g.slope(gate[2 * units]);
      back[2 * units] = down[2 * units] * (run.reset_after ? gate[units] : 1);
      gh *= gate[0];
    }
  if (!run.reset_after)
    multiply({signal.gates + run.gate_row(step, 0) + 2 * units, run.sizes.batch, units, run.width(), 1},
             fresh_weights(run), {}, to_reset.data(), *run.call.scratch);
  for (Index n = 0; n < run.sizes.batch; ++n)
    for (Index j = 0; j < units; ++j) {
      const auto at = run.gate_row(step, n) + units + j;
      const auto state = n * units + j;
      const auto through = run.reset_after
                               ? signal.gates[at + units] * run.products[at + units]
                               : to_reset[static_cast<std::size_t>(state)] * run.h[run.state_row(step, n) + j];
      if (!run.reset_after) signal.h[state] += to_reset[static_cast<std::size_t>(state)] * run.gates[at];
      signal.gates[at] = signal.products[at] = through * f.slope(run.gates[at]);
    }
}

constexpr std::array cells{
    Cell{"RNN", 1, 1, forward_plain, backward_plain},
    Cell{"GRU", 3, 2, forward_gru, backward_gru},
    Cell{"LSTM", 4, 3, forward_lstm, backward_lstm},
};

}  // namespace

const Squash& find_squash(const Node& node, std::string_view name) {
  for (const auto& squash : squashes)
    if (squash.name == name) return squash;
  fail(node.label(), "the activation '", name, "' is not supported in a recurrent layer");
}

const Cell& cell_of(const Node& node) {
  for (const auto& cell : cells)
    if (cell.name == node.op->name) return cell;
  fail(node.label(), "is no recurrent layer");
}

}  // namespace whylight::recurrent
