#pragma once
#include "graph/graph.hpp"
#include "kernels/kernels.hpp"
#include "ops/op.hpp"

namespace whylight {

// Rows of a product in the order of the result: row m is at rows + m * row_stride, its result at results + m *
// result_stride.
struct DenseRows {
  const Real* rows = nullptr;
  Index row_stride = 0;
  Real* results = nullptr;
  Index result_stride = 0;
  Index count = 0;
};

// result[m] = clamp(start + row[m] times the weights), the weights packed by pack_panels with one tap; then the finish,
// if any, for which see Product.
void multiply_rows(const DenseRows& rows, Index depth, Index columns, const Real* panels, const Clamp& clamp,
                   Scratch& scratch, const Finish* finish = nullptr);

// How many rows to hand to a product at once so that what it reads and writes stays in the second-level cache: a
// multiple of four.
Index rows_at_once(Index elements_per_row);

}  // namespace whylight
