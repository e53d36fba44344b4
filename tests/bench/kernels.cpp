// Speed of every kernel by itself, and of the convolution forms in the layers of EfficientNet-Lite0 (Liu et al. 2020)
// and ResNet-18 (He et al. 2016): GFLOP/s of each, forwards and backwards, counted as direct convolutions whatever the
// form. All layers of one kind together; the share of the tile's own peak says whether a kernel still runs from
// registers.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/pack.hpp"
#include "ops/convolution_pass.hpp"
#include "ops/matrix.hpp"
#include "tensor/random.hpp"
#include "tests/kernels/speed.hpp"

namespace {

using namespace whylight;
using namespace whylight::convolution;

struct Layer {
  Index channels, filters, size, kernel, stride, times;  // filters 0: depthwise
};

struct Kind {
  const char* name;
  std::vector<Layer> layers;
};

const std::vector<Kind> kinds{
    {"stem", {{3, 32, 224, 3, 2, 1}}},
    {"pointwise",
     {{32, 16, 112, 1, 1, 1},
      {16, 96, 112, 1, 1, 1},
      {96, 24, 56, 1, 1, 1},
      {24, 144, 56, 1, 1, 2},
      {144, 24, 56, 1, 1, 1},
      {144, 40, 28, 1, 1, 1},
      {40, 240, 28, 1, 1, 2},
      {240, 40, 28, 1, 1, 1},
      {240, 80, 14, 1, 1, 1},
      {80, 480, 14, 1, 1, 3},
      {480, 80, 14, 1, 1, 2},
      {480, 112, 14, 1, 1, 1},
      {112, 672, 14, 1, 1, 3},
      {672, 112, 14, 1, 1, 2},
      {672, 192, 7, 1, 1, 1},
      {192, 1152, 7, 1, 1, 4},
      {1152, 192, 7, 1, 1, 3},
      {1152, 320, 7, 1, 1, 1},
      {320, 1280, 7, 1, 1, 1}}},
    {"depthwise 3x3", {{32, 0, 112, 3, 1, 1}, {144, 0, 56, 3, 1, 1}, {480, 0, 14, 3, 1, 2}, {1152, 0, 7, 3, 1, 1}}},
    {"depthwise 3x3 stride 2", {{96, 0, 112, 3, 2, 1}, {240, 0, 28, 3, 2, 1}}},
    {"depthwise 5x5", {{240, 0, 28, 5, 1, 1}, {480, 0, 14, 5, 1, 1}, {672, 0, 14, 5, 1, 2}, {1152, 0, 7, 5, 1, 3}}},
    {"depthwise 5x5 stride 2", {{144, 0, 56, 5, 2, 1}, {672, 0, 14, 5, 2, 1}}},
    {"stem 7x7", {{3, 64, 224, 7, 2, 1}}},
    {"3x3, 64 channels of 56x56", {{64, 64, 56, 3, 1, 1}}},
    {"3x3, 128 channels of 28x28", {{128, 128, 28, 3, 1, 1}}},
    {"3x3, 256 channels of 14x14", {{256, 256, 14, 3, 1, 1}}},
    {"3x3, 512 channels of 7x7", {{512, 512, 7, 3, 1, 1}}},
    {"3x3 stride 2", {{64, 128, 56, 3, 2, 1}, {128, 256, 28, 3, 2, 1}, {256, 512, 14, 3, 2, 1}}},
    {"1x1 stride 2", {{64, 128, 56, 1, 2, 1}, {128, 256, 28, 1, 2, 1}, {256, 512, 14, 1, 2, 1}}},
};

Geometry geometry(const Layer& layer) {
  const bool depthwise = layer.filters == 0;
  const Index out = (layer.size + layer.stride - 1) / layer.stride;
  Geometry g;
  g.groups = depthwise ? layer.channels : 1;
  g.source_channels = depthwise ? 1 : layer.channels;
  g.target_channels = depthwise ? 1 : layer.filters;
  g.source = {1, layer.size, layer.size};
  g.target = {1, out, out};
  g.kernel = {1, layer.kernel, layer.kernel};
  g.stride = {1, layer.stride, layer.stride};
  g.pad = {0, layer.kernel / 2, layer.kernel / 2};
  return g;
}

std::vector<Real> noise(Index size) {
  std::vector<Real> values(static_cast<std::size_t>(size));
  Random(1, 1).fill_normal(values, 0, 1);
  return values;
}

// One layer in one direction with its values and packed weights.
struct Work {
  Geometry g;
  std::vector<Pass> list;
  std::vector<std::vector<Real>> packed;
  std::vector<Real> from, to;
  Index times;

  Work(const Layer& layer, Direction direction, bool direct)
      : g(geometry(layer)),
        list(passes(g, direction, direct)),
        from(noise(count(source_shape(g)))),
        to(noise(count(target_shape(g)))),
        times(layer.times) {
    const auto weights = noise(g.groups * g.source_channels * g.target_channels * g.taps());
    for (const auto& pass : list) {
      packed.emplace_back(static_cast<std::size_t>(packed_size(pass)));
      pack_pass(pass, direction, g.taps(), weights.data(), nullptr, packed.back().data());
    }
    if (direction == Direction::to_source) std::swap(from, to);
  }

  double flops() const {
    return 2.0 * static_cast<double>(times * count(target_shape(g)) * g.source_channels * g.taps());
  }
  void run(Scratch& scratch) {
    for (Index i = 0; i < times; ++i)
      for (std::size_t j = 0; j < list.size(); ++j)
        run_pass(list[j], {from.data(), packed[j].data(), Clamp{}, to.data()}, scratch);
  }
};

void report(benchmark::State& state, double flops) {
  state.counters["GFLOP/s"] = benchmark::Counter(flops * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void layers(benchmark::State& state, const Kind& kind, Direction direction, bool direct) {
  Scratch scratch;
  std::vector<Work> work;
  double flops = 0;
  for (const auto& layer : kind.layers) flops += work.emplace_back(layer, direction, direct).flops();
  for (auto _ : state)
    for (auto& layer : work) layer.run(scratch);
  report(state, flops);
}

// Whether a layer of the kind is computed in another form than directly.
bool has_detour(const Kind& kind, Direction direction) {
  return std::ranges::any_of(kind.layers, [&](const Layer& layer) {
    const auto g = geometry(layer);
    return passes(g, direction, false)[0].form != passes(g, direction, true)[0].form;
  });
}

// A kernel by itself (tests/kernels/cases/speed.cpp).
void kernel(benchmark::State& state, const SpeedCase& one, const Kernels& table) {
  for (auto _ : state) {
    one.run(table);
    benchmark::ClobberMemory();
  }
  report(state, one.operations);
}

// A dense layer too large for any cache, from weights as they lie ([outputs][inputs] or the other way round) for one
// row, or packed piece by piece for more: memory's speed decides.
void dense(benchmark::State& state, Index rows, bool transposed) {
  constexpr Index size = 4096;
  const auto weights = noise(size * size), x = noise(rows * size);
  std::vector<Real> y(static_cast<std::size_t>(rows * size));
  const auto b = Matrix::dense(weights.data(), size, size);
  Scratch scratch;
  for (auto _ : state)
    multiply(Matrix::dense(x.data(), rows, size), transposed ? b.transposed() : b, {}, y.data(), scratch);
  report(state, 2.0 * static_cast<double>(rows * size * size));
}

void register_all() {
  for (const Index rows : {1, 3, 4, 32})
    for (const bool transposed : {false, true}) {
      const auto name = "dense, " + std::to_string(rows) + (rows > 1 ? " rows" : " row") +
                        (transposed ? ", [out][in]" : ", [in][out]");
      benchmark::RegisterBenchmark(name.c_str(), [rows, transposed](auto& state) {
        dense(state, rows, transposed);
      })->Unit(benchmark::kMillisecond);
    }

  for (const auto& one : speed_cases())
    for (const auto* table : {&scalar(), &simd()}) {
      const auto name = one.name + " " + std::string(table->name);
      benchmark::RegisterBenchmark(name.c_str(), [one, table](auto& state) { kernel(state, one, *table); });
    }
  for (const auto& kind : kinds)
    for (const auto direction : {Direction::to_target, Direction::to_source})
      for (const bool direct : {false, true}) {
        if (direct && !has_detour(kind, direction)) continue;
        const auto name = std::string(kind.name) + (direction == Direction::to_target ? " forward" : " backward") +
                          (direct ? " direct" : "");
        benchmark::RegisterBenchmark(name.c_str(), [&kind, direction, direct](auto& state) {
          layers(state, kind, direction, direct);
        })->Unit(benchmark::kMillisecond);
      }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  register_all();
  benchmark::RunSpecifiedBenchmarks();
}
