#pragma once
#include <algorithm>
#include <array>
#include <string_view>

#include "ops/matrix.hpp"
#include "ops/op.hpp"

namespace whylight::recurrent {

// What the recurrent operators share with their cells.

enum Input : std::size_t { x_input, w_input, r_input, b_input, length_input, h_input, c_input, p_input };

// A squashing function and its slope where it has value y.
struct Squash {
  std::string_view name;
  Real (*value)(Real x);
  Real (*slope)(Real y);
};

// The same with what goes in kept within `clip` of zero; infinite where a layer does not clip.
class Bent {
 public:
  Bent(const Squash& squash, Real clip);
  Real value(Real x) const;
  Real slope(Real y) const;

 private:
  const Squash* squash_;
  Real clip_, low_, high_;
};

// Sizes of a layer, and where its rows lie.
struct Sizes {
  Index steps, batch, inputs, hidden, gates, directions;
  bool batch_first;

  Index row(Index step, Index n) const { return batch_first ? n * steps + step : step * batch + n; }
  // Places of one row of the input, the output and a state, in elements.
  Index x(Index step, Index n) const { return row(step, n) * inputs; }
  Index y(Index step, Index direction, Index n) const {
    return (batch_first ? row(step, n) * directions + direction : (step * directions + direction) * batch + n) * hidden;
  }
  Index state(Index direction, Index n) const {
    return (batch_first ? n * directions + direction : direction * batch + n) * hidden;
  }
  Shape state_shape() const {
    return batch_first ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
  }
};

// One direction of one call. Rows of steps come first in every array, rows of the batch second.
struct Run {
  const Call& call;
  Sizes sizes;
  Index direction;
  bool backwards;
  bool coupled;      // LSTM: what the input gate lets in the cell forgets
  bool reset_after;  // GRU: the reset gate acts on the product with the state and not on the state
  std::array<Bent, 3> squash;
  Matrix w, r;
  const Real* biases;     // those beside w, then those beside r; or null
  const Real* peepholes;  // or null
  Real* x;                // [steps][batch][inputs]
  Real* gates;            // [steps][batch][gates][hidden]: what the input adds, then the gates' values
  Real* products;         // the same: what the state adds
  Real* h;                // [steps + 1][batch][hidden]
  Real* c;                // LSTM: likewise

  Index width() const { return sizes.gates * sizes.hidden; }
  Index gate_row(Index step, Index n) const { return (step * sizes.batch + n) * width(); }
  Index state_row(Index step, Index n) const { return (step * sizes.batch + n) * sizes.hidden; }
  Index length(Index n) const {
    const auto& lengths = call.x;
    if (lengths.size() <= length_input || !lengths[length_input].present()) return sizes.steps;
    const auto length = lengths[length_input].i64()[static_cast<std::size_t>(n)];
    return static_cast<Index>(std::clamp<std::int64_t>(length, 0, sizes.steps));
  }
  bool runs(Index step, Index n) const { return step < length(n); }
  // Which element of the sequence a step takes; past its end a sequence rests.
  Index time(Index step, Index n) const { return backwards && runs(step, n) ? length(n) - 1 - step : step; }
  // Columns of the product with the state as it is; the reset gate stands before the others.
  Index recurrent() const { return (reset_after || sizes.gates != 3 ? sizes.gates : 2) * sizes.hidden; }
};

// The signal on its way back through a step.
struct Signal {
  Real* h;         // [batch][hidden]: of the state after the step, then what goes past the products to that before
  Real* c;         // LSTM: of the cell after, then before
  Real* gates;     // as Run::gates: of what the input adds
  Real* products;  // likewise of what the state adds; the same array where both are summed
};

// One kind of layer. A step takes Run::gates and products of that step, and the state; it writes the gates' values and
// the next state.
struct Cell {
  std::string_view name;
  Index gates;
  std::size_t activations;
  void (*forward)(const Run&, Index step);
  void (*backward)(const Run&, Index step, const Signal&);
};

// recurrent_cells.cpp: the cell and the squashing functions by name; they throw Error when there are none.
const Cell& cell_of(const Node& node);
const Squash& find_squash(const Node& node, std::string_view name);

// GRU: the state after its reset at that step, for all rows, in `to`.
void reset(const Run& run, Index step, Real* to);

}  // namespace whylight::recurrent
