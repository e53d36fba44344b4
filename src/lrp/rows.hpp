#pragma once
#include <cstdint>
#include <vector>

#include "ops/op.hpp"

namespace whylight {

// How many rows (of axis 2) of a call's values to hand back at once: all, or where each row of the output is made of
// the same row of input 0 alone (a pointwise convolution of one image), as many as stay in the second-level cache
// together.
std::int64_t rows_at_once(const Call& call);

// How many rows of the batch a layer with constant weights has, each of which is computed by itself; 1 where there are
// none.
std::int64_t batch_rows(const Call& call);

// `rows` rows along an axis of a backward call from `first` on, as a call of its own; the other inputs are shared.
class RowsOfCall {
 public:
  RowsOfCall(const Call& call, std::size_t axis, std::int64_t first, std::int64_t rows);
  RowsOfCall(const RowsOfCall&) = delete;
  RowsOfCall& operator=(const RowsOfCall&) = delete;

  const Call& call() const { return call_; }

 private:
  std::vector<View> x_, gx_;
  View y_, gy_, sum_;
  Call call_;
};

}  // namespace whylight
