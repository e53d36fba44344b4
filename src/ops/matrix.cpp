#include "ops/matrix.hpp"

#include <algorithm>
#include <array>

#include "kernels/pack.hpp"
#include "ops/product.hpp"

namespace whylight {

namespace {

constexpr Index cached = 1 << 11;  // elements of one line that stay in the first-level cache with seven others

Index size_of_panels(const Matrix& m) { return panels_size(m.columns, 1, m.rows); }

void pack(const Matrix& m, const Affine& affine, Real* panels) {
  constexpr std::array<Index, 1> tap{0};
  pack_panels({.weights = m.data,
               .taps = tap,
               .depth = m.rows,
               .columns = m.columns,
               .depth_stride = m.row_stride,
               .column_stride = m.column_stride,
               .bias = affine.bias,
               .scale = affine.scale},
              panels);
}

// The same matrix with its rows contiguous, in scratch memory where they are not.
Matrix with_dense_rows(const Matrix& m, Scratch& scratch) {
  if (m.column_stride == 1) return m;
  Real* copy = scratch.take<Real>(m.rows * m.columns).data();
  for (Index i = 0; i < m.rows; ++i)
    for (Index j = 0; j < m.columns; ++j) copy[i * m.columns + j] = m.data[i * m.row_stride + j * m.column_stride];
  return Matrix::dense(copy, m.rows, m.columns);
}

// `a` has dense rows; the result has `stride` elements from row to row.
void multiply_packed(const Matrix& a, const Real* panels, Index columns, const Clamp& clamp, Real* result, Index stride,
                     Scratch& scratch) {
  multiply_rows(
      {.rows = a.data, .row_stride = a.row_stride, .results = result, .result_stride = stride, .count = a.rows},
      a.columns, columns, panels, clamp, scratch);
}

// Packs b into scratch memory, as many columns at once as the second-level cache holds, but whole panels.
void multiply_piecewise(const Matrix& a, const Matrix& b, const Affine& affine, Real* result, Scratch& scratch) {
  constexpr Index at_once = 1 << 16;  // elements
  const Index width = std::max<Index>(at_once / std::max<Index>(b.rows, 1) / panel_columns, 1) * panel_columns;
  const Scratch::Frame frame(scratch);
  Matrix piece = b;
  piece.columns = std::min(width, b.columns);
  Affine part = affine;
  Real* panels = scratch.take<Real>(size_of_panels(piece)).data();
  for (Index first = 0; first < b.columns; first += width) {
    piece.columns = std::min(width, b.columns - first);
    piece.data = b.data + first * b.column_stride;
    if (affine.bias) part.bias = affine.bias + first;
    pack(piece, part, panels);
    multiply_packed(a, panels, piece.columns, affine.clamp, result + first, b.columns, scratch);
  }
}

// Whether b is multiplied as it lies: with one of its sides contiguous, by so few rows that reading or making panels
// would cost more.
bool as_it_lies(const Matrix& a, const Matrix& b, const Affine& affine, Index few) {
  return a.rows < few && affine.scale == 1 && (b.row_stride == 1 || b.column_stride == 1);
}

// Whether columns first … first + size are zero in all rows.
bool is_zero(const Matrix& m, Index first, Index size) {
  for (Index i = 0; i < m.rows; ++i)
    for (Index k = first; k < first + size; ++k)
      if (m.data[i * m.row_stride + k] != 0) return false;
  return true;
}

constexpr Index lines = 8;  // of b that are multiplied at once

// In pieces that all rows of `a` find in the cache. Lines that only zeros are multiplied with are not read, as if all
// weights were finite: most of them where one output's gradient goes back.
void add_by_rows(const Matrix& a, const Matrix& b, Real* result) {
  for (Index k = 0; k < b.rows; k += lines) {
    if (is_zero(a, k, std::min(lines, b.rows - k))) continue;
    for (Index n = 0; n < b.columns; n += cached)
      for (Index m = 0; m < a.rows; ++m)
        kernels().add_rows(a.data + m * a.row_stride + k, b.data + k * b.row_stride + n, b.row_stride,
                           std::min(lines, b.rows - k), result + m * b.columns + n, std::min(cached, b.columns - n));
  }
}

void add_by_columns(const Matrix& a, const Matrix& b, Real* result) {
  for (Index n = 0; n < b.columns; n += lines)
    for (Index k = 0; k < b.rows; k += cached)
      for (Index m = 0; m < a.rows; ++m)
        kernels().add_dots(a.data + m * a.row_stride + k, b.data + n * b.column_stride + k, b.column_stride,
                           std::min(lines, b.columns - n), result + m * b.columns + n, std::min(cached, b.rows - k));
}

void multiply_as_it_lies(const Matrix& a, const Matrix& b, const Affine& affine, Real* result) {
  for (Index m = 0; m < a.rows; ++m) {
    Real* row = result + m * b.columns;
    if (affine.bias)
      std::copy_n(affine.bias, b.columns, row);
    else
      std::fill_n(row, b.columns, Real{0});
  }
  (b.row_stride == 1 ? add_by_columns : add_by_rows)(a, b, result);
  const auto& clamp = affine.clamp;
  if (clamp.active()) kernels().clamp(result, clamp.low, clamp.high, result, a.rows * b.columns);
}

}  // namespace

void multiply(const Matrix& a, const Matrix& b, const Affine& affine, Real* result, Scratch& scratch) {
  const Scratch::Frame frame(scratch);
  const auto rows = with_dense_rows(a, scratch);
  if (as_it_lies(a, b, affine, 2 * tile_rows)) return multiply_as_it_lies(rows, b, affine, result);
  multiply_piecewise(rows, b, affine, result, scratch);
}

ConstantMatrices::ConstantMatrices(Tensor memory, std::vector<Matrix> matrices, Real scale, std::vector<Real> bias)
    : memory_(std::move(memory)), matrices_(std::move(matrices)), scale_(scale), bias_(std::move(bias)) {}

void ConstantMatrices::forward(const Matrix& a, Index i, const Clamp& clamp, const Units& wanted, Real* result,
                               Scratch& scratch) const {
  Affine affine{bias_.empty() ? nullptr : bias_.data(), scale_, clamp};
  Matrix b = matrices_[static_cast<std::size_t>(i)];
  if (a.rows == 1 && as_it_lies(a, b, affine, tile_rows)) {
    // From one multiple of the kernels' lines to another, so that every sum has the bits that it has among all columns.
    const auto within = [&](std::int64_t unit) { return static_cast<Index>(std::min<std::int64_t>(unit, b.columns)); };
    const Index first = within(wanted.first) / lines * lines;
    const Index last = std::min((within(wanted.last) + lines - 1) / lines * lines, b.columns);
    b.data += first * b.column_stride;
    b.columns = last - first;
    if (affine.bias) affine.bias += first;
    result += first;
  }
  run(a, b, i, affine, forward_, result, scratch);
}

void ConstantMatrices::backward(const Matrix& a, Index i, Real* result, Scratch& scratch) const {
  run(a, matrices_[static_cast<std::size_t>(i)].transposed(), i, {.scale = scale_}, backward_, result, scratch);
}

void ConstantMatrices::run(const Matrix& a, const Matrix& b, Index i, const Affine& affine, Panels& panels,
                           Real* result, Scratch& scratch) const {
  if (as_it_lies(a, b, affine, tile_rows)) return multiply(a, b, affine, result, scratch);
  std::call_once(panels.once, [&] { pack_all(&panels == &backward_, affine, panels); });
  const Scratch::Frame frame(scratch);
  const auto rows = with_dense_rows(a, scratch);
  multiply_packed(rows, panels.values.data() + i * size_of_panels(b), b.columns, affine.clamp, result, b.columns,
                  scratch);
}

void ConstantMatrices::pack_all(bool transposed, const Affine& affine, Panels& panels) const {
  const auto oriented = [&](const Matrix& m) { return transposed ? m.transposed() : m; };
  const Index size = size_of_panels(oriented(matrices_[0]));
  panels.values.resize(matrices_.size() * static_cast<std::size_t>(size));
  Real* to = panels.values.data();
  for (const auto& matrix : matrices_) {
    pack(oriented(matrix), affine, to);
    to += size;
  }
}

}  // namespace whylight
