#include "kernels/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/pack.hpp"
#include "support/catch.hpp"
#include "tensor/random.hpp"

using namespace whylight;

namespace {

constexpr Real sentinel = 12345;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

std::vector<Real> noise(Index size, std::uint64_t stream) {
  std::vector<Real> values(at(size));
  Random(3, stream).fill_normal(values, 0, 1);
  return values;
}

void check_close(const std::vector<Real>& found, const std::vector<Real>& wanted, Real scale) {
  const auto tolerance = (sizeof(Real) == 8 ? Real(1e-13) : Real(1e-6)) * scale;
  REQUIRE(found.size() == wanted.size());
  Real worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto difference = std::abs(found[i] - wanted[i]);
    worst = difference <= worst ? worst : difference;  // a NaN becomes the worst
  }
  CHECK(worst <= tolerance);
}

// Runs a flat kernel of both tables at every length and offset; they must agree, and touch nothing outside.
template <class Run>
void check_flat(const Run& run) {
  for (Index size = 0; size < 20; ++size)
    for (Index offset = 0; offset < 4; ++offset) {
      const auto a = noise(size + offset, 1), b = noise(size + offset, 2), start = noise(size + offset, 3);
      std::vector<Real> results[2];
      for (int i = 0; i < 2; ++i) {
        auto& y = results[i] = start;
        y.resize(at(offset + size + 9), sentinel);
        run(i ? simd() : scalar(), a.data() + offset, b.data() + offset, y.data() + offset, size);
        CHECK(std::all_of(y.end() - 9, y.end(), [](Real v) { return v == sentinel; }));
        CHECK(std::equal(y.begin(), y.begin() + offset, start.begin()));
      }
      check_close(results[1], results[0], 10);
    }
}

// Panels of weights that lie [taps][depth][columns].
std::vector<Real> packed(const std::vector<Real>& weights, const std::vector<Real>& bias, Index taps, Index depth) {
  const Index columns = std::ssize(bias);
  std::vector<Index> places;
  for (Index tap = 0; tap < taps; ++tap) places.push_back(tap * depth * columns);
  std::vector<Real> panels(at(panels_size(columns, taps, depth)), sentinel);
  pack_panels({.weights = weights.data(),
               .taps = places,
               .depth = depth,
               .columns = columns,
               .depth_stride = columns,
               .column_stride = 1,
               .bias = bias.data()},
              panels.data());
  return panels;
}

struct Clip {
  Real low, high;
};
constexpr Clip clips[] = {{-1e30F, 1e30F}, {0, 6}};

}  // namespace

TEST_CASE("flat kernels agree with their plain loops and stay inside their arrays") {
  check_flat([](const Kernels& k, auto a, auto b, auto y, Index n) { k.add(a, b, y, n); });
  check_flat([](const Kernels& k, auto a, auto b, auto y, Index n) { k.multiply(a, b, y, n); });
  check_flat([](const Kernels& k, auto a, auto, auto y, Index n) { k.axpy(Real(0.3), a, y, n); });
  check_flat([](const Kernels& k, auto a, auto, auto y, Index n) { k.clamp(a, Real(-0.5), Real(0.5), y, n); });
  check_flat([](const Kernels& k, auto a, auto b, auto y, Index n) { k.mask(a, Real(-0.5), Real(0.5), b, y, n); });
  for (Index size = 0; size < 40; ++size) {
    const auto a = noise(size, 1), b = noise(size, 2);
    check_close({simd().dot(a.data(), b.data(), size)}, {scalar().dot(a.data(), b.data(), size)}, 40);
  }
}

TEST_CASE("flat kernels compute what they say") {
  const std::vector<Real> a{1, 2, 3, 4, 5, 6}, b{-1, 1, -1, 1, -1, 1};
  for (const auto* k : {&scalar(), &simd()}) {
    std::vector<Real> y(6);
    k->add(a.data(), b.data(), y.data(), 6);
    CHECK(y == std::vector<Real>{0, 3, 2, 5, 4, 7});
    k->multiply(a.data(), b.data(), y.data(), 6);
    CHECK(y == std::vector<Real>{-1, 2, -3, 4, -5, 6});
    k->axpy(2, a.data(), y.data(), 6);
    CHECK(y == std::vector<Real>{1, 6, 3, 12, 5, 18});
    k->clamp(a.data(), 2, 5, y.data(), 6);
    CHECK(y == std::vector<Real>{2, 2, 3, 4, 5, 5});
    k->mask(a.data(), 2, 5, b.data(), y.data(), 6);
    CHECK(y == std::vector<Real>{0, 0, -1, 1, 0, 0});
    CHECK(k->dot(a.data(), b.data(), 6) == 3);
  }
}

TEST_CASE("products of a vector with a matrix as it lies sum as the packed product does") {
  for (const Index depth : {0, 1, 7, 8, 21})
    for (const Index columns : {1, 4, 8, 11, 30}) {
      const auto x = noise(depth, 1), weights = noise(depth * columns, 2), bias = noise(columns, 3);
      const auto panels = packed(weights, bias, 1, depth);
      const Index gap = 3;  // between the rows of the matrix
      std::vector<Real> lying(at(depth * (columns + gap))), standing(at(columns * (depth + gap)));
      for (Index k = 0; k < depth; ++k)
        for (Index n = 0; n < columns; ++n)
          lying[at(k * (columns + gap) + n)] = standing[at(n * (depth + gap) + k)] = weights[at(k * columns + n)];
      std::vector<Real> results[2];
      for (int i = 0; i < 2; ++i) {
        const auto& table = i ? simd() : scalar();
        auto packed = bias, by_rows = bias, by_dots = bias;
        const std::vector<const Real*> rows(4, x.data());
        const std::vector<Real*> to(4, packed.data());
        table.product({.rows = rows.data(),
                       .results = to.data(),
                       .tiles = 1,
                       .depth = depth,
                       .columns = columns,
                       .panels = panels.data(),
                       .low = -1e30F,
                       .high = 1e30F});
        for (auto* y : {&by_rows, &by_dots}) y->push_back(sentinel);
        table.add_rows(x.data(), lying.data(), columns + gap, depth, by_rows.data(), columns);
        table.add_dots(x.data(), standing.data(), depth + gap, columns, by_dots.data(), depth);
        packed.push_back(sentinel);
        CHECK(by_rows == packed);
        CHECK(by_dots == packed);
        results[i] = packed;
      }
      check_close(results[1], results[0], 30);
    }
}

TEST_CASE("NaN goes through clamps, and signals through a NaN") {
  const std::vector<Real> x(5, std::numeric_limits<Real>::quiet_NaN());
  for (const auto* k : {&scalar(), &simd()}) {
    std::vector<Real> y(5);
    k->clamp(x.data(), 0, 6, y.data(), 5);
    CHECK(std::all_of(y.begin(), y.end(), [](Real v) { return std::isnan(v); }));
    const std::vector<Real> gy(5, 3);
    k->mask(x.data(), 0, 6, gy.data(), y.data(), 5);
    CHECK(y == gy);
  }
}

TEST_CASE("products agree with their plain loops and stay inside their results") {
  for (const Index rows : {1, 4, 6, 11})
    for (const Index columns : {1, 3, 8, 13, 24})
      for (const Index taps : {0, 1, 3})
        for (const Index depth : {1, 5, 32})
          for (const auto& [low, high] : clips) {
            const Index offset = 2, stride = columns + 5;
            const auto x = noise(rows * taps * (depth + offset) + 1, 1);
            const auto weights = noise(taps * depth * columns + 1, 2), bias = noise(columns, 3);
            const auto panels = packed(weights, bias, taps, depth);
            const Index tiles = (rows + 3) / 4;
            std::vector<const Real*> from(at(tiles * taps * 4 + 1));
            std::vector<Real> y[2];
            for (int i = 0; i < 2; ++i) {
              y[i].assign(at(rows * stride), sentinel);
              std::vector<Real*> to;
              for (Index m = 0; m < tiles * 4; ++m) {
                const Index row = std::min(m, rows - 1);
                to.push_back(y[i].data() + row * stride);
                for (Index tap = 0; tap < taps; ++tap)
                  from[at((m / 4 * taps + tap) * 4 + m % 4)] = x.data() + (row * taps + tap) * (depth + offset);
              }
              (i ? simd() : scalar())
                  .product({.rows = from.data(),
                            .results = to.data(),
                            .tiles = tiles,
                            .taps = taps,
                            .depth = depth,
                            .columns = columns,
                            .panels = panels.data(),
                            .row_offset = offset,
                            .result_offset = 3,
                            .low = low,
                            .high = high});
            }
            check_close(y[1], y[0], 100);
            for (Index m = 0; m < rows; ++m)
              for (Index n = 0; n < stride; ++n) {
                const auto found = y[0][at(m * stride + n)];
                if (n < 3 || n >= 3 + columns) {
                  REQUIRE(found == sentinel);
                  continue;
                }
                double sum = static_cast<double>(bias[at(n - 3)]);
                for (Index tap = 0; tap < taps; ++tap)
                  for (Index k = 0; k < depth; ++k)
                    sum += static_cast<double>(x[at((m * taps + tap) * (depth + offset) + offset + k)]) *
                           static_cast<double>(weights[at((tap * depth + k) * columns + n - 3)]);
                sum = std::min(std::max(sum, static_cast<double>(low)), static_cast<double>(high));
                REQUIRE(std::abs(static_cast<double>(found) - sum) < 1e-4);
              }
          }
}

TEST_CASE("depthwise passes agree with their plain loops and stay inside their results") {
  for (const Index channels : {1, 3, 4, 9, 16})
    for (const Index kernel : {0, 1, 3, 5})
      for (const Index stride : {1, 2})
        for (const Index tiles : {1, 3})
          for (const auto& [low, high] : clips) {
            const Index columns = 4 * tiles, width = (columns - 1) * stride + 5, height = stride + 5, gap = 2;
            const auto x = noise(width * height * channels, 1), weights = noise(kernel * kernel * channels + 1, 2),
                       bias = noise(channels, 3);
            std::vector<Index> places;
            for (Index tap = 0; tap < kernel * kernel; ++tap) places.push_back(tap);
            std::vector<Real> packed(at(depthwise_size(channels, kernel * kernel)), sentinel);
            pack_depthwise({.weights = weights.data(),
                            .taps = places,
                            .columns = channels,
                            .column_stride = kernel * kernel,
                            .bias = bias.data()},
                           packed.data());
            std::vector<Real> y[2];
            for (int i = 0; i < 2; ++i) {
              y[i].assign(at(2 * columns * (channels + gap)), sentinel);
              (i ? simd() : scalar())
                  .depthwise({.x = x.data(),
                              .x_row = stride * width * channels,
                              .x_pixel = stride * channels,
                              .tap_row = width * channels,
                              .tap_pixel = channels,
                              .height = kernel,
                              .width = kernel,
                              .channels = channels,
                              .weights = packed.data(),
                              .y = y[i].data(),
                              .y_row = columns * (channels + gap),
                              .y_pixel = channels + gap,
                              .tiles = tiles,
                              .low = low,
                              .high = high});
            }
            check_close(y[1], y[0], 100);
            for (Index r = 0; r < 2; ++r)
              for (Index p = 0; p < columns; ++p)
                for (Index c = 0; c < channels + gap; ++c) {
                  const auto found = y[0][at((r * columns + p) * (channels + gap) + c)];
                  if (c >= channels) {
                    REQUIRE(found == sentinel);
                    continue;
                  }
                  double sum = static_cast<double>(bias[at(c)]);
                  for (Index i = 0; i < kernel; ++i)
                    for (Index j = 0; j < kernel; ++j)
                      sum += static_cast<double>(x[at(((r * stride + i) * width + p * stride + j) * channels + c)]) *
                             static_cast<double>(weights[at(c * kernel * kernel + i * kernel + j)]);
                  sum = std::min(std::max(sum, static_cast<double>(low)), static_cast<double>(high));
                  REQUIRE(std::abs(static_cast<double>(found) - sum) < 1e-4);
                }
          }
}

namespace {

constexpr FinishKind finish_kinds[] = {FinishKind::mark,  FinishKind::mask,          FinishKind::multiply,
                                       FinishKind::ratio, FinishKind::ratio_of_half, FinishKind::by_sign,
                                       FinishKind::split};

// A finish of every kind over arrays of its own.
struct FinishBench {
  std::vector<Real> results, other, addend, copy;
  std::vector<std::uint8_t> bits;

  explicit FinishBench(Index size)
      : results(noise(size, 1)), other(noise(size, 2)), addend(noise(size, 3)), copy(at(size), sentinel) {
    for (Index i = 0; i < size / finish_block + 1; ++i) bits.push_back(static_cast<std::uint8_t>((7 * i + 11) % 16));
  }
  Finish finish(FinishKind kind) {
    return {.kind = kind,
            .results = results.data(),
            .other = other.data(),
            .addend = addend.data(),
            .copy = copy.data(),
            .bits = bits.data(),
            .low = Real(-0.5),
            .high = Real(0.75),
            .share = Real(1.5),
            .epsilon = Real(1e-3)};
  }
};

void check_same(const FinishBench& found, const FinishBench& wanted) {
  for (std::size_t i = 0; i < wanted.results.size(); ++i)
    CHECK(found.results[i] == Approx(wanted.results[i]).epsilon(1e-5).margin(1e-6));
  CHECK(found.copy == wanted.copy);
  CHECK(found.bits == wanted.bits);
}

}  // namespace

TEST_CASE("every finish agrees with its plain loop over all lengths and places, and touches nothing else") {
  for (const auto kind : finish_kinds)
    for (const Index first : {0, 4, 8, 24})
      for (Index size = 0; size < 20; ++size) {
        FinishBench benches[2]{FinishBench(48), FinishBench(48)};
        for (int i = 0; i < 2; ++i) (i ? simd() : scalar()).finish(benches[i].finish(kind), first, size);
        INFO("kind " << static_cast<int>(kind) << " from " << first << ", " << size << " results");
        check_same(benches[1], benches[0]);
        const auto untouched = noise(48, 1);
        for (Index i = 0; i < 48; ++i)
          if (i < first || i >= first + size) CHECK(benches[1].results[at(i)] == untouched[at(i)]);
      }
}

TEST_CASE("finishes compute what they say") {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  for (const auto* k : {&scalar(), &simd()}) {
    std::vector<Real> y{0, 1, 2, 3, 6, -1, nan, 5, 4, 0};
    std::vector<Real> other{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const std::vector<Real> addend{2, 2, 2, 2, 2, 3, 2, 2, 2, 2};
    std::vector<Real> copy(10);
    std::vector<std::uint8_t> bits(3);
    Finish f{.kind = FinishKind::mark, .results = y.data(), .other = other.data(), .addend = addend.data()};
    f.copy = copy.data(), f.bits = bits.data(), f.low = 0, f.high = 6, f.share = 2, f.epsilon = 1;
    k->finish(f, 0, 10);
    CHECK(bits == std::vector<std::uint8_t>{0b0001, 0b0011, 0b10});
    y[6] = 1;
    const auto after = [&](FinishKind kind) {
      auto values = y;
      f.kind = kind, f.results = values.data();
      k->finish(f, 0, 10);
      return values;
    };
    CHECK(after(FinishKind::mask) == std::vector<Real>{0, 1, 2, 3, 0, 0, 1, 5, 4, 0});
    CHECK(after(FinishKind::multiply) == std::vector<Real>{0, 2, 6, 12, 30, -6, 7, 40, 36, 0});
    const auto ratio = after(FinishKind::ratio);
    CHECK(ratio[0] == 2);                             // a zero counts as positive
    CHECK(ratio[1] == 2);                             // 2 * 2 / (1 + 1)
    CHECK(ratio[5] == -6);                            // 2 * 6 / (-1 - 1)
    CHECK(after(FinishKind::ratio_of_half)[5] == 6);  // 2 * 6 / ((-1 + 3) / 2 + 1)
    other[3] = -4, other[4] = 0;
    CHECK(after(FinishKind::by_sign) == std::vector<Real>{2, 4, 6, -12, 0, 18, 14, 16, 18, 20});
    CHECK(after(FinishKind::split) == y);
    CHECK(copy == std::vector<Real>{0, 1, 2, 3, 6, 0, 1, 5, 4, 0});
  }
}

namespace {

// A product of `rows` rows with `columns` columns, finished on its way or afterwards.
FinishBench product_with(const Kernels& k, FinishKind kind, Index rows, Index columns, bool afterwards) {
  const Index depth = 5, tiles = (rows + 3) / 4;
  const auto x = noise(rows * depth, 4), panels = noise(panels_size(columns, 1, depth), 5);
  FinishBench bench(rows * columns);
  std::vector<const Real*> from;
  std::vector<Real*> to;
  for (Index m = 0; m < tiles * 4; ++m) {
    from.push_back(x.data() + std::min(m, rows - 1) * depth);
    to.push_back(bench.results.data() + std::min(m, rows - 1) * columns);
  }
  const auto finish = bench.finish(kind);
  k.product({.rows = from.data(),
             .results = to.data(),
             .tiles = tiles,
             .depth = depth,
             .columns = columns,
             .panels = panels.data(),
             .low = -100,
             .high = 100,
             .finish = afterwards ? nullptr : &finish});
  if (afterwards) k.finish(finish, 0, rows * columns);
  return bench;
}

struct Taps {
  Index down, across;
};

// Only what is marked is clamped.
FinishBench depthwise_with(const Kernels& k, FinishKind kind, Index channels, Index stride, Taps taps,
                           bool afterwards) {
  const Index columns = 8, width = (columns - 1) * stride + taps.across, height = stride + taps.down;
  const auto x = noise(width * height * channels, 4);
  const auto packed = noise(depthwise_size(channels, taps.down * taps.across), 5);
  const Real most = kind == FinishKind::mark ? Real(0.5) : 100;
  FinishBench bench(2 * columns * channels);
  const auto finish = bench.finish(kind);
  k.depthwise({.x = x.data(),
               .x_row = stride * width * channels,
               .x_pixel = stride * channels,
               .tap_row = width * channels,
               .tap_pixel = channels,
               .height = taps.down,
               .width = taps.across,
               .channels = channels,
               .weights = packed.data(),
               .y = bench.results.data(),
               .y_row = columns * channels,
               .y_pixel = channels,
               .tiles = 2,
               .low = -most,
               .high = most,
               .finish = afterwards ? nullptr : &finish});
  if (afterwards) k.finish(finish, 0, 2 * columns * channels);
  return bench;
}

}  // namespace

TEST_CASE("results are finished on their way as they would be afterwards") {
  for (const auto* k : {&scalar(), &simd()})
    for (const auto kind : finish_kinds) {
      for (const Index rows : {1, 4, 7, 10})
        for (const Index columns : {8, 24})
          check_same(product_with(*k, kind, rows, columns, false), product_with(*k, kind, rows, columns, true));
      for (const Index channels : {4, 8, 20, 24})
        for (const Index stride : {1, 2})
          for (const Taps taps : {Taps{1, 1}, {1, 2}, {2, 1}, {2, 2}, {2, 3}, {3, 3}, {3, 2}, {5, 5}, {4, 4}})
            check_same(depthwise_with(*k, kind, channels, stride, taps, false),
                       depthwise_with(*k, kind, channels, stride, taps, true));
    }
}

TEST_CASE("the best kernels of a build are the vectors, or in double the plain loops") {
  CHECK(kernels().name == (sizeof(Real) == 8 ? "scalar" : "simd"));
}

TEST_CASE("runs are added one after the other, overlapping or apart") {
  for (const Index size : {1, 3, 4, 9, 21})
    for (const Index step : {2, 6, 30})
      for (const Index count : {0, 1, 5}) {
        const auto from = noise(count * (size + 2) + 1, 1), start = noise(count * step + size + 3, 2);
        auto wanted = start;
        for (Index i = 0; i < count; ++i)
          for (Index j = 0; j < size; ++j) wanted[at(i * step + j)] += from[at(i * (size + 2) + j)];
        for (const auto* k : {&scalar(), &simd()}) {
          auto found = start;
          k->add_runs(from.data(), size + 2, found.data(), step, count, size);
          CHECK(found == wanted);
        }
      }
}

TEST_CASE("Winograd's transforms agree with their plain loops and stay inside their results") {
  for (const Index tile : {2, 4})
    for (const Index channels : {1, 4, 7, 16})
      for (const bool output : {false, true})
        for (const Index rows : {Index{1}, tile, tile + 2}) {
          if (output == (rows == tile + 2) || (!output && rows != tile + 2)) continue;
          const Index side = tile + 2, columns = output ? tile - 1 : side, pixel = channels + 3, line = 7 * pixel;
          const auto from = noise(side * line, 1), start = noise(channels, 2);
          std::vector<Real> results[2];
          for (int i = 0; i < 2; ++i) {
            auto& to = results[i];
            to.resize(at(side * line), sentinel);
            WinogradTile call{.tile = tile, .from = from.data(), .from_row = line, .from_column = pixel};
            call.to = to.data();
            call.to_row = line;
            call.to_column = pixel;
            call.rows = rows;
            call.columns = columns;
            call.channels = channels;
            call.start = start.data();
            call.low = Real(-1);
            call.high = Real(2);
            const auto& table = i ? simd() : scalar();
            (output ? table.winograd_output : table.winograd_input)(call);
            for (Index k = 0; k < std::ssize(to); ++k) {
              const bool inside = k / line < rows && k % line / pixel < columns && k % pixel < channels;
              CHECK((to[at(k)] != sentinel) == inside);
            }
          }
          check_close(results[1], results[0], 40);
        }
}
