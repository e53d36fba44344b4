#include "kernels/winograd.hpp"

namespace whylight {

namespace {

constexpr Real r = Real(1.41421356237309504880);  // sqrt 2

constexpr Real input_2[] = {1, 0,  -1, 0,  //
                            0, 1,  1,  0,  //
                            0, -1, 1,  0,  //
                            0, 1,  0,  -1};
constexpr Real weights_2[] = {1,         0,          0,          //
                              Real(0.5), Real(0.5),  Real(0.5),  //
                              Real(0.5), -Real(0.5), Real(0.5),  //
                              0,         0,          1};
constexpr Real output_2[] = {1, 1, 1,  0,  //
                             0, 1, -1, -1};

constexpr Real input_4[] = {1, 0,      -Real(2.5), 0,          1, 0,  //
                            0, -r,     -2,         r / 2,      1, 0,  //
                            0, r,      -2,         -r / 2,     1, 0,  //
                            0, -r / 2, -Real(0.5), r,          1, 0,  //
                            0, r / 2,  -Real(0.5), -r,         1, 0,  //
                            0, 1,      0,          -Real(2.5), 0, 1};
constexpr Real third = Real(1) / 3;
constexpr Real weights_4[] = {1,          0,
                              0,  //
                              -2 * third, -r* third,
                              -third,  //
                              -2 * third, r* third,
                              -third,  //
                              third / 2,  r* third / 2,
                              third,  //
                              third / 2,  -r* third / 2,
                              third,  //
                              0,          0,
                              1};
constexpr Real output_4[] = {1, 1,         1,         1,     1,      0,  //
                             0, r / 2,     -r / 2,    r,     -r,     0,  //
                             0, Real(0.5), Real(0.5), 2,     2,      0,  //
                             0, r / 4,     -r / 4,    2 * r, -2 * r, 1};

constexpr Winograd of_2{2, 4, input_2, weights_2, output_2};
constexpr Winograd of_4{4, 6, input_4, weights_4, output_4};

// matrix * values * matrix transposed at (row, column), for a square of values of `side`.
Real at(const WinogradTile& t, const Real* matrix, Index side, Index row, Index column, Index channel) {
  Real sum = 0;
  for (Index i = 0; i < side; ++i)
    for (Index j = 0; j < side; ++j)
      sum += matrix[row * side + i] * matrix[column * side + j] * t.from[i * t.from_row + j * t.from_column + channel];
  return sum;
}

}  // namespace

const Winograd& winograd(Index tile) { return tile == of_2.tile ? of_2 : of_4; }

void scalar_winograd_input(const WinogradTile& t) {
  const auto& w = winograd(t.tile);
  for (Index row = 0; row < t.rows; ++row)
    for (Index column = 0; column < t.columns; ++column)
      for (Index c = 0; c < t.channels; ++c)
        t.to[row * t.to_row + column * t.to_column + c] = at(t, w.input, w.side, row, column, c);
}

void scalar_winograd_output(const WinogradTile& t) {
  const auto& w = winograd(t.tile);
  for (Index row = 0; row < t.rows; ++row)
    for (Index column = 0; column < t.columns; ++column)
      for (Index c = 0; c < t.channels; ++c) {
        const Real sum = t.start[c] + at(t, w.output, w.side, row, column, c);
        const Real raised = sum < t.low ? t.low : sum;
        t.to[row * t.to_row + column * t.to_column + c] = t.high < raised ? t.high : raised;
      }
}

}  // namespace whylight
