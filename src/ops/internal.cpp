#include <algorithm>
#include <array>
#include <cmath>

#include "ops/elementwise.hpp"
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

// RoundToGrid: what QuantizeLinear and DequantizeLinear do together with one scale, in real numbers. The signal goes
// straight through where the range is not left (Bengio, Léonard and Courville 2013; Jacob et al. 2018), as integers
// could not do.
struct Grid {
  Real scale, zero, low, high;
};

Grid grid_of(const Node& node) {
  const auto number = [&](std::string_view name) { return static_cast<Real>(node.number(name, 0)); };
  return {number("scale"), number("zero"), number("low"), number("high")};
}

void infer_grid(Inference& inference) { inference.set(0, inference.shape(0)); }

void round_to_grid(const Call& call) {
  const auto grid = grid_of(call.node);
  map<Real, Real>(call.x[0], call.y[0], [&](Real x) {
    return (std::clamp(std::nearbyint(x / grid.scale) + grid.zero, grid.low, grid.high) - grid.zero) * grid.scale;
  });
}

void round_to_grid_backward(const Call& call) {
  if (!call.gx[0].present()) return;
  if (!given(call.gy, 0)) return fill_zero(call.gx[0]);
  const auto grid = grid_of(call.node);
  const auto least = (grid.low - grid.zero) * grid.scale;
  const auto most = (grid.high - grid.zero) * grid.scale;
  map_back(call.x[0], call.y[0], call.gy[0], call.gx[0],
           [&](Real x, Real) { return x >= least && x <= most ? Real(1) : Real(0); });
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
            .reads = Reads::nothing,
            .sign = OutputSign::as_inputs,
            .in_place = true,
            .domain = own},
      OpDef{.name = "RoundToGrid",
            .infer = infer_grid,
            .forward = round_to_grid,
            .backward = round_to_grid_backward,
            .relevance = Relevance::pass,
            .layouts = Layouts::any,
            .in_place = true,
            .domain = own},
  };
  return rows;
}

}  // namespace whylight
