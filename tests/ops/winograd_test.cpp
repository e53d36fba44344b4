// Winograd forms against the direct form of the same pass.
#include <algorithm>
#include <cmath>

#include "ops/convolution_pass.hpp"
#include "support/catch.hpp"
#include "tensor/random.hpp"

using namespace whylight;
using namespace whylight::convolution;

namespace {

constexpr bool is_double = sizeof(Real) == 8;
constexpr Form winograd_forms[] = {Form::winograd_2, Form::winograd_4};

std::vector<Real> noise(Index size, std::uint64_t stream, Real sigma = 1) {
  std::vector<Real> values(static_cast<std::size_t>(size));
  Random(5, stream).fill_normal(values, 0, sigma);
  return values;
}

Geometry geometry(Index batch, Index in, Index out, Sizes source, Sizes before, Sizes after) {
  Geometry g;
  g.batch = batch;
  g.source_channels = in;
  g.target_channels = out;
  g.source = source;
  g.kernel = {1, 3, 3};
  g.pad = before;
  for (std::size_t axis = 1; axis < 3; ++axis) g.target[axis] = source[axis] + before[axis] + after[axis] - 2;
  return g;
}

Index pixels(const Sizes& sizes) { return sizes[0] * sizes[1] * sizes[2]; }

// One direction of a convolution with weights of its own.
struct Work {
  Geometry g;
  Direction direction;
  std::vector<Real> weights, bias, input;
  Clamp clamp{};

  Work(const Geometry& geometry, Direction way)
      : g(geometry),
        direction(way),
        weights(noise(g.source_channels * g.target_channels * 9, 1,
                      std::sqrt(Real(2) / static_cast<Real>(9 * g.source_channels)))),
        bias(noise(std::max(g.source_channels, g.target_channels), 2, Real(0.1))),
        input(noise(g.batch * (way == Direction::to_target ? pixels(g.source) * g.source_channels
                                                           : pixels(g.target) * g.target_channels),
                    3)) {}

  Pass pass(bool direct) const { return passes(g, direction, direct).at(0); }

  std::vector<Real> run(const Pass& pass) const {
    std::vector<Real> packed(static_cast<std::size_t>(packed_size(pass)));
    pack_pass(pass, direction, g.taps(), weights.data(), bias.data(), packed.data());
    std::vector<Real> result(static_cast<std::size_t>(pass.batch * pixels(pass.result) * pass.columns), Real(7));
    Scratch scratch;
    run_pass(pass, {input.data(), packed.data(), clamp, result.data()}, scratch);
    return result;
  }
  std::vector<Real> run(Form form) const {
    auto whole = pass(true);
    whole.form = form;
    return run(whole);
  }
};

Real largest(const std::vector<Real>& values) {
  Real most = 0;
  for (const auto value : values) most = std::max(most, std::abs(value));
  return most;
}

// Largest difference relative to the largest value.
double error(const std::vector<Real>& found, const std::vector<Real>& wanted) {
  REQUIRE(found.size() == wanted.size());
  double worst = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto difference = std::abs(static_cast<double>(found[i]) - static_cast<double>(wanted[i]));
    worst = difference <= worst ? worst : difference;  // a NaN becomes the worst
  }
  return worst / std::max(1e-30, static_cast<double>(largest(wanted)));
}

constexpr Sizes paddings[][2] = {{{}, {}}, {{0, 1, 1}, {0, 1, 1}}, {{0, 2, 0}, {0, 1, 2}}, {{0, 0, 2}, {0, 2, 0}}};

}  // namespace

TEST_CASE("Winograd forms agree with the direct form over sizes, paddings, channels and batches") {
  for (const auto& [before, after] : paddings)
    for (const Sizes size : {Sizes{1, 1, 3}, {1, 3, 3}, {1, 4, 5}, {1, 7, 7}, {1, 9, 6}, {1, 12, 13}})
      for (const Index in : {1, 6, 16})
        for (const Index out : {3, 8, 13})
          for (const auto direction : {Direction::to_target, Direction::to_source}) {
            const auto g = geometry(3, in, out, size, before, after);
            if (g.target[1] < 1 || g.target[2] < 1) continue;
            Work work(g, direction);
            if (work.pass(true).form != Form::gathered) continue;
            if (out == 8) work.clamp = {0, Real(0.5)};
            INFO("size " << size[1] << "x" << size[2] << ", pad " << before[1] << before[2] << after[1] << after[2]
                         << ", channels " << in << " to " << out);
            const auto wanted = work.run(Form::gathered);
            for (const auto form : winograd_forms) CHECK(error(work.run(form), wanted) <= (is_double ? 1e-13 : 2e-5));
          }
}

TEST_CASE("deep layers are computed in Winograd forms, well within 1e-4 of the direct result") {
  struct Layer {
    Index in, out, size;
  };
  // Layers as in ResNet-18 and VGG-16, of fewer pixels where they are many.
  for (const auto& [in, out, size] :
       {Layer{64, 64, 28}, {128, 128, 28}, {256, 256, 14}, {512, 512, 7}, {256, 512, 14}, {512, 512, 14}})
    for (const auto direction : {Direction::to_target, Direction::to_source}) {
      Work work(geometry(1, in, out, {1, size, size}, {0, 1, 1}, {0, 1, 1}), direction);
      for (auto& value : work.input) value = std::max(value, Real(0)) * 10;  // behind a ReLU
      INFO(in << " to " << out << " channels of " << size << "x" << size);
      const auto wanted = work.run(Form::gathered);
      CHECK(work.pass(false).form >= Form::winograd_2);
      CHECK(error(work.run(Form::winograd_2), wanted) <= (is_double ? 1e-14 : 3e-6));
      CHECK(error(work.run(Form::winograd_4), wanted) <= (is_double ? 1e-14 : 1e-5));
    }
}

TEST_CASE("only kernels of 3 x 3 with enough channels take a Winograd form, and none where results must be direct") {
  const auto deep = geometry(1, 64, 64, {1, 28, 28}, {0, 1, 1}, {0, 1, 1});
  const auto form = [](const Geometry& g, bool direct) { return passes(g, Direction::to_target, direct).at(0).form; };
  CHECK(form(deep, false) == Form::winograd_4);
  CHECK(form(deep, true) == Form::gathered);
  CHECK(form(geometry(1, 3, 64, {1, 28, 28}, {0, 1, 1}, {0, 1, 1}), false) == Form::gathered);
  for (const auto change : {&Geometry::stride, &Geometry::dilation}) {
    auto g = deep;
    (g.*change)[1] = 2;
    CHECK(form(g, false) == Form::gathered);
  }
  auto wide = deep;
  wide.kernel[2] = 5;
  CHECK(form(wide, false) == Form::gathered);
  auto grouped = deep;
  grouped.groups = 2;
  CHECK(form(grouped, false) == Form::gathered);
}

TEST_CASE("the form does not depend on the batch, nor do the bits of a result") {
  auto g = geometry(5, 32, 24, {1, 13, 11}, {0, 1, 1}, {0, 1, 1});
  Work many(g, Direction::to_target);
  const auto together = many.run(many.pass(false));
  CHECK(many.pass(false).form >= Form::winograd_2);
  g.batch = 1;
  Work one(g, Direction::to_target);
  const auto images = std::ssize(many.input) / 5, results = std::ssize(together) / 5;
  for (Index i = 0; i < 5; ++i) {
    one.input.assign(many.input.begin() + i * images, many.input.begin() + (i + 1) * images);
    const auto alone = one.run(one.pass(false));
    CHECK(std::equal(alone.begin(), alone.end(), together.begin() + i * results));
  }
}

TEST_CASE("a part of the results that begins on the grid has the bits of the whole") {
  Work work(geometry(2, 20, 17, {1, 19, 22}, {0, 1, 1}, {0, 1, 1}), Direction::to_target);
  for (const auto form : winograd_forms) {
    auto whole = work.pass(true);
    whole.form = form;
    const auto wanted = work.run(whole);
    const auto step = grid(whole);
    auto part = whole;
    part.at = {0, 2 * step[1], step[2]};
    part.count = {1, step[1] + 1, 2 * step[2]};  // ends anywhere
    for (std::size_t axis = 1; axis < 3; ++axis) part.pad[axis] -= part.at[axis];
    const auto found = work.run(part);
    Index inside = 0;
    for (Index i = 0; i < std::ssize(found); ++i) {
      const Index row = i / 17 / 22 % 19 - part.at[1], column = i / 17 % 22 - part.at[2];
      const bool computed = row >= 0 && row < part.count[1] && column >= 0 && column < part.count[2];
      const auto k = static_cast<std::size_t>(i);
      REQUIRE(found[k] == (computed ? wanted[k] : Real(7)));
      inside += computed;
    }
    CHECK(inside == 2 * 17 * part.count[1] * part.count[2]);
  }
}
