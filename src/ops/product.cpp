#include "ops/product.hpp"

#include <algorithm>

namespace whylight {

Index rows_at_once(Index elements_per_row) {
  constexpr Index cached = 1 << 15;  // elements
  constexpr Index least = 64;
  return std::max(cached / std::max<Index>(elements_per_row, 1), least) / tile_rows * tile_rows;
}

void multiply_rows(const DenseRows& rows, Index depth, Index columns, const Real* panels, const Clamp& clamp,
                   Scratch& scratch, const Finish* finish) {
  const Scratch::Frame frame(scratch);
  const Index block = std::min(rows_at_once(depth + columns), (rows.count + tile_rows - 1) / tile_rows * tile_rows);
  const auto from = scratch.take<const Real*>(block);
  const auto to = scratch.take<Real*>(block);
  Product product{.rows = from.data(),
                  .results = to.data(),
                  .depth = depth,
                  .columns = columns,
                  .panels = panels,
                  .low = clamp.low,
                  .high = clamp.high,
                  .finish = finish};
  for (Index first = 0; first < rows.count; first += block) {
    const Index count = std::min(block, rows.count - first);
    product.tiles = (count + tile_rows - 1) / tile_rows;
    for (Index i = 0; i < product.tiles * tile_rows; ++i) {
      const Index row = first + std::min(i, count - 1);
      from[static_cast<std::size_t>(i)] = rows.rows + row * rows.row_stride;
      to[static_cast<std::size_t>(i)] = rows.results + row * rows.result_stride;
    }
    kernels().product(product);
  }
}

}  // namespace whylight
