#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "graph/graph.hpp"
#include "kernels/kernels.hpp"
#include "ops/op.hpp"

namespace whylight {

// A matrix in memory, of any strides.
struct Matrix {
  const Real* data = nullptr;
  Index rows = 0, columns = 0;
  Index row_stride = 0, column_stride = 0;

  static Matrix dense(const Real* data, Index rows, Index columns) { return {data, rows, columns, columns, 1}; }
  Matrix transposed() const { return {data, columns, rows, column_stride, row_stride}; }
};

// What is done to a product besides: clamp(bias + scale * a * b, low, high).
struct Affine {
  const Real* bias = nullptr;  // one for each column, or null
  Real scale = 1;
  Clamp clamp{};
};

// result = a * b, dense; every row of the result is the same whatever other rows are computed with it. A few rows are
// multiplied with b as it lies; for more of them b is packed into scratch memory, piece by piece.
void multiply(const Matrix& a, const Matrix& b, const Affine& affine, Real* result, Scratch& scratch);

// Constant right-hand matrices of one size, which multiply many times from either side. Where there are enough rows
// they are packed and stay so.
class ConstantMatrices : public Prepared {
 public:
  // All matrices lie in `memory`; the bias may be empty.
  ConstantMatrices(Tensor memory, std::vector<Matrix> matrices, Real scale, std::vector<Real> bias);

  bool biased() const { return !bias_.empty(); }
  // result = clamp(bias + scale * a * matrix number i). Of a single row the columns that are not wanted may be left
  // out.
  void forward(const Matrix& a, Index i, const Clamp& clamp, const Units& wanted, Real* result, Scratch& scratch) const;
  // result = scale * a * the same matrix transposed.
  void backward(const Matrix& a, Index i, Real* result, Scratch& scratch) const;

 private:
  struct Panels {
    std::once_flag once;
    std::vector<Real> values;
  };
  void run(const Matrix& a, const Matrix& b, Index i, const Affine& affine, Panels& panels, Real* result,
           Scratch& scratch) const;
  void pack_all(bool transposed, const Affine& affine, Panels& panels) const;

  Tensor memory_;
  std::vector<Matrix> matrices_;
  Real scale_;
  std::vector<Real> bias_;
  mutable Panels forward_;
  mutable Panels backward_;
};

}  // namespace whylight
