#include "wasm/tile_peak.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "kernels/kernels.hpp"
#include "tensor/clock.hpp"

namespace whylight {

double tile_peak() {
  constexpr Index depth = 256, tiles = 4, count = tiles * tile_rows;
  constexpr int calls = 8000, samples = 8;
  const std::vector<Real> input(count * depth, Real(0.5)), panels((1 + depth) * panel_columns, Real(0.25));
  std::vector<Real> output(count * panel_columns);
  std::array<const Real*, count> rows;
  std::array<Real*, count> results;
  for (std::size_t i = 0; i < count; ++i) {
    rows[i] = input.data() + i * depth;
    results[i] = output.data() + i * panel_columns;
  }
  const Product product{.rows = rows.data(),
                        .results = results.data(),
                        .tiles = tiles,
                        .depth = depth,
                        .columns = panel_columns,
                        .panels = panels.data(),
                        .low = -1e9F,
                        .high = 1e9F};
  double best = 0;
  for (int sample = 0; sample < samples; ++sample) {
    const double start = clock_milliseconds();
    for (int i = 0; i < calls; ++i) kernels().product(product);
    const double spent = clock_milliseconds() - start;
    best = std::max(best, 2e-6 * count * depth * panel_columns * calls / spent);
  }
  return best;
}

}  // namespace whylight
