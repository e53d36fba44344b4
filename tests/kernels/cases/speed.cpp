#include "../speed.hpp"

#include <cstdint>
#include <memory>
#include <utility>

#include "kernels/pack.hpp"
#include "kernels/winograd.hpp"
#include "tensor/random.hpp"

namespace whylight {

namespace {

constexpr Index rows = 16, columns = 128, flat_size = rows * columns;
constexpr Real tiny = Real(1e-9);

std::vector<Real> noise(Index size, std::uint64_t stream) {
  std::vector<Real> values(static_cast<std::size_t>(size));
  Random(1, stream).fill_normal(values, 0, 1);
  return values;
}

// What a call computes.
struct Size {
  Index values;
  double operations_each;
};

// `call` is given the kernel and arrays that live as long as the case does.
template <class Kernel, class Arrays, class Call>
SpeedCase timed(std::string name, Kernel Kernels::* field, Size size, Arrays arrays, Call call) {
  const auto& table = kernels();
  const auto offset = reinterpret_cast<const char*>(&(table.*field)) - reinterpret_cast<const char*>(&table);
  const auto values = static_cast<double>(size.values);
  return {
      std::move(name), static_cast<std::size_t>(offset), values, size.operations_each * values,
      [field, call, kept = std::make_shared<Arrays>(std::move(arrays))](const Kernels& k) { call(k.*field, *kept); }};
}

struct Flat {
  std::vector<Real> a = noise(flat_size, 1), b = noise(flat_size, 2), y = noise(flat_size, 3);
};

template <class Kernel, class Call>
SpeedCase flat(std::string name, Kernel Kernels::* field, double operations_each, Call call) {
  return timed(std::move(name), field, {flat_size, operations_each}, Flat(),
               [call](Kernel kernel, Flat& f) { call(kernel, f.a.data(), f.b.data(), f.y.data()); });
}

// One full tile: the most that a product can reach.
SpeedCase product() {
  constexpr Index depth = 144;
  struct Arrays {
    std::vector<Real> x = noise(tile_rows * depth, 1), panels = noise((1 + depth) * panel_columns, 2),
                      y = noise(tile_rows * panel_columns, 3);
  };
  return timed("product", &Kernels::product, {tile_rows * panel_columns, 2.0 * depth}, Arrays(),
               [](auto kernel, Arrays& a) {
                 const Real* from[tile_rows];
                 Real* results[tile_rows];
                 for (Index i = 0; i < tile_rows; ++i) {
                   from[i] = a.x.data() + i * depth;
                   results[i] = a.y.data() + i * panel_columns;
                 }
                 kernel(Product{.rows = from,
                                .results = results,
                                .tiles = 1,
                                .depth = depth,
                                .columns = panel_columns,
                                .panels = a.panels.data(),
                                .low = Real(-1e30),
                                .high = Real(1e30)});
               });
}

SpeedCase depthwise(std::string name, Index kernel_size) {
  constexpr Index channels = 32, tiles = 4, pixels = 4 * tiles;
  const Index width = pixels + kernel_size - 1, height = kernel_size + 1, taps = kernel_size * kernel_size;
  struct Arrays {
    std::vector<Real> x, weights, y;
  };
  Arrays arrays{noise(width * height * channels, 1), noise(depthwise_size(channels, taps), 2),
                noise(2 * pixels * channels, 3)};
  return timed(std::move(name), &Kernels::depthwise, {2 * pixels * channels, 2.0 * static_cast<double>(taps)},
               std::move(arrays), [=](auto kernel, Arrays& a) {
                 kernel(Depthwise{.x = a.x.data(),
                                  .x_row = width * channels,
                                  .x_pixel = channels,
                                  .tap_row = width * channels,
                                  .tap_pixel = channels,
                                  .height = kernel_size,
                                  .width = kernel_size,
                                  .channels = channels,
                                  .weights = a.weights.data(),
                                  .y = a.y.data(),
                                  .y_row = pixels * channels,
                                  .y_pixel = channels,
                                  .tiles = tiles,
                                  .low = 0,
                                  .high = 6});
               });
}

// `operations`: of one channel of a tile, as simd_winograd.cpp takes them.
SpeedCase winograd(std::string name, void (*Kernels::*field)(const WinogradTile&), Index tile, bool output,
                   double operations) {
  constexpr Index channels = 64;
  const Index side = tile + winograd_kernel - 1, results = output ? tile : side;
  struct Arrays {
    std::vector<Real> from, to, start = noise(channels, 3);
  };
  const auto count = static_cast<double>(results * results);
  return timed(std::move(name), field, {results * results * channels, operations / count},
               Arrays{noise(side * side * channels, 1), noise(results * results * channels, 2)},
               [=](auto kernel, Arrays& a) {
                 kernel(WinogradTile{.tile = tile,
                                     .from = a.from.data(),
                                     .from_row = side * channels,
                                     .from_column = channels,
                                     .to = a.to.data(),
                                     .to_row = results * channels,
                                     .to_column = channels,
                                     .rows = results,
                                     .columns = results,
                                     .channels = channels,
                                     .start = a.start.data(),
                                     .low = 0,
                                     .high = 6});
               });
}

SpeedCase finish(std::string name, FinishKind kind, double operations_each) {
  struct Arrays {
    std::vector<Real> results = std::vector<Real>(flat_size, Real(1)), other = std::vector<Real>(flat_size, Real(1)),
                      addend = noise(flat_size, 3), copy = noise(flat_size, 4);
    std::vector<std::uint8_t> bits = std::vector<std::uint8_t>(flat_size / finish_block, 0b0101);
  };
  return timed(std::move(name), &Kernels::finish, {flat_size, operations_each}, Arrays(),
               [kind](auto kernel, Arrays& a) {
                 // From ones, so that results that are finished again and again stay ordinary numbers.
                 kernel(Finish{.kind = kind,
                               .results = a.results.data(),
                               .other = a.other.data(),
                               .addend = a.addend.data(),
                               .copy = a.copy.data(),
                               .bits = a.bits.data(),
                               .low = 0,
                               .high = 6,
                               .share = 1,
                               .epsilon = Real(1e-3)},
                        0, flat_size);
               });
}

}  // namespace

std::vector<SpeedCase> speed_cases() {
  return {
      product(),
      depthwise("depthwise 3x3", 3),
      depthwise("depthwise 5x5", 5),
      winograd("winograd_input, tiles of 2x2", &Kernels::winograd_input, 2, false, 32),
      winograd("winograd_input, tiles of 4x4", &Kernels::winograd_input, 4, false, 240),
      winograd("winograd_output, tiles of 2x2", &Kernels::winograd_output, 2, true, 36),
      winograd("winograd_output, tiles of 4x4", &Kernels::winograd_output, 4, true, 208),
      flat("add", &Kernels::add, 1, [](auto k, auto* a, auto* b, auto* y) { k(a, b, y, flat_size); }),
      flat("multiply", &Kernels::multiply, 1, [](auto k, auto* a, auto* b, auto* y) { k(a, b, y, flat_size); }),
      flat("axpy", &Kernels::axpy, 2, [](auto k, auto* a, auto*, auto* y) { k(tiny, a, y, flat_size); }),
      flat("add_rows", &Kernels::add_rows, 2,
           [](auto k, auto* a, auto* b, auto* y) { k(b, a, columns, rows, y, columns); }),
      flat("add_dots", &Kernels::add_dots, 2,
           [](auto k, auto* a, auto* b, auto* y) { k(b, a, columns, rows, y, columns); }),
      flat("add_runs", &Kernels::add_runs, 1,
           [](auto k, auto* a, auto*, auto* y) { k(a, columns, y, columns, rows, columns); }),
      flat("dot", &Kernels::dot, 2, [](auto k, auto* a, auto* b, auto* y) { y[0] = k(a, b, flat_size); }),
      flat("clamp", &Kernels::clamp, 2, [](auto k, auto* a, auto*, auto* y) { k(a, 0, 6, y, flat_size); }),
      flat("mask", &Kernels::mask, 2, [](auto k, auto* a, auto* b, auto* y) { k(a, 0, 6, b, y, flat_size); }),
      finish("finish: mark", FinishKind::mark, 2),
      finish("finish: mask", FinishKind::mask, 1),
      finish("finish: multiply", FinishKind::multiply, 1),
      finish("finish: ratio", FinishKind::ratio, 4),
      finish("finish: ratio_of_half", FinishKind::ratio_of_half, 6),
      finish("finish: by_sign", FinishKind::by_sign, 2),
      finish("finish: split", FinishKind::split, 2),
  };
}

}  // namespace whylight
