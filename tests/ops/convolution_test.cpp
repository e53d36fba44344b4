#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/kernels.hpp"
#include "support/call.hpp"
#include "support/catch.hpp"
#include "tensor/random.hpp"

using namespace whylight;
using test::Case;
using test::OpRun;

namespace {

using Integers = std::vector<std::int64_t>;
using Triple = std::array<std::int64_t, 3>;

constexpr double tolerance = sizeof(Real) == 8 ? 1e-12 : 2e-5;

Tensor noise(const Shape& shape, std::uint64_t stream) {
  Tensor tensor(shape);
  Random(7, stream).fill_normal(tensor.real(), 0, 1);
  return tensor;
}

// A convolution as the tests describe it; the lists have one entry for each spatial axis, pads two.
struct Setting {
  std::int64_t batch = 1, channels = 1, filters = 1, groups = 1;
  Integers size, kernel, stride, dilation, pads;
  bool bias = true;

  std::size_t axes() const { return size.size(); }
  Shape x_shape() const { return joined({batch, channels}, size); }
  Shape w_shape() const { return joined({filters, channels / groups}, kernel); }
  Integers out_size() const {
    Integers out;
    for (std::size_t i = 0; i < axes(); ++i)
      out.push_back((size[i] + pads[i] + pads[i + axes()] - (kernel[i] - 1) * dilation[i] - 1) / stride[i] + 1);
    return out;
  }
  Shape y_shape() const { return joined({batch, filters}, out_size()); }
  static Shape joined(Shape a, const Integers& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }
};

Triple triple(const Integers& values, std::size_t from, std::size_t axes, std::int64_t fill) {
  Triple t{fill, fill, fill};
  for (std::size_t i = 0; i < axes; ++i) t[i + 3 - axes] = values[from + i];
  return t;
}

std::int64_t flat(const Triple& at, const Triple& size) { return (at[0] * size[1] + at[1]) * size[2] + at[2]; }

template <class Visit>
void each(const Triple& size, const Visit& visit) {
  for (std::int64_t i = 0; i < size[0]; ++i)
    for (std::int64_t j = 0; j < size[1]; ++j)
      for (std::int64_t k = 0; k < size[2]; ++k) visit(Triple{i, j, k});
}

// Calls visit(x index, w index, y index) for every product that a convolution sums: the definition.
template <class Visit>
void each_product(const Setting& s, const Visit& visit) {
  const auto n = s.axes();
  const auto size = triple(s.size, 0, n, 1), out = triple(s.out_size(), 0, n, 1), kernel = triple(s.kernel, 0, n, 1);
  const auto stride = triple(s.stride, 0, n, 1), dilation = triple(s.dilation, 0, n, 1), pad = triple(s.pads, 0, n, 0);
  const auto per_group = s.channels / s.groups, filters = s.filters / s.groups;
  const auto pixels = size[0] * size[1] * size[2], outs = out[0] * out[1] * out[2],
             taps = kernel[0] * kernel[1] * kernel[2];
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t m = 0; m < s.filters; ++m)
      for (std::int64_t c = 0; c < per_group; ++c)
        each(out, [&](const Triple& o) {
          each(kernel, [&](const Triple& t) {
            Triple i;
            for (std::size_t a = 0; a < 3; ++a) {
              i[a] = o[a] * stride[a] - pad[a] + t[a] * dilation[a];
              if (i[a] < 0 || i[a] >= size[a]) return;
            }
            const auto channel = m / filters * per_group + c;
            visit((b * s.channels + channel) * pixels + flat(i, size), (m * per_group + c) * taps + flat(t, kernel),
                  (b * s.filters + m) * outs + flat(o, out));
          });
        });
}

std::vector<double> doubles(const Tensor& t) { return {t.real().begin(), t.real().end()}; }

void check_close(const Tensor& found, const std::vector<double>& wanted) {
  REQUIRE(found.size() == std::ssize(wanted));
  double largest = 1, worst = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(wanted[i]));
    const auto difference = std::abs(static_cast<double>(found.real()[i]) - wanted[i]);
    worst = difference <= worst ? worst : difference;  // a NaN becomes the worst
  }
  CHECK(worst <= tolerance * largest);
}

Case conv_case(const Setting& s) {
  Case c{.op = "Conv",
         .attributes = {{"group", s.groups}, {"strides", s.stride}, {"dilations", s.dilation}, {"pads", s.pads}},
         .inputs = {noise(s.x_shape(), 1), noise(s.w_shape(), 2)}};
  if (s.bias) c.inputs.push_back(noise({s.filters}, 3));
  c.constant = {false, true, true};
  return c;
}

std::string describe(const Setting& s) {
  return "x " + to_text(s.x_shape()) + " w " + to_text(s.w_shape()) + " groups " + std::to_string(s.groups) +
         " stride " + to_text(s.stride) + " dilation " + to_text(s.dilation) + " pads " + to_text(s.pads);
}

// Forward and all gradients against the definition, packed beforehand and packed on the fly.
void check_conv(const Setting& s) {
  INFO(describe(s));
  auto c = conv_case(s);
  const auto x = doubles(c.inputs[0]), w = doubles(c.inputs[1]);
  const auto gy = noise(s.y_shape(), 4);
  const auto g = doubles(gy);
  std::vector<double> y(g.size()), gx(x.size()), gw(w.size()), gb(static_cast<std::size_t>(s.filters));
  const auto pixels = std::ssize(y) / s.batch / s.filters;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const auto m = static_cast<std::size_t>(static_cast<std::int64_t>(i) / pixels % s.filters);
    y[i] = s.bias ? static_cast<double>(c.inputs[2].real()[m]) : 0;
    gb[m] += g[i];
  }
  each_product(s, [&](std::int64_t i, std::int64_t j, std::int64_t k) {
    const auto xi = static_cast<std::size_t>(i), wi = static_cast<std::size_t>(j), yi = static_cast<std::size_t>(k);
    y[yi] += x[xi] * w[wi];
    gx[xi] += g[yi] * w[wi];
    gw[wi] += g[yi] * x[xi];
  });
  for (const bool prepare : {true, false}) {
    c.prepare = prepare;
    OpRun run(c);
    CHECK((run.prepared() != nullptr) == prepare);
    const auto found = run.forward();
    CHECK(found[0].shape() == s.y_shape());
    check_close(found[0], y);
    const auto gradients = run.backward({gy});
    check_close(gradients[0], gx);
    check_close(gradients[1], gw);
    if (s.bias) check_close(gradients[2], gb);
  }
}

}  // namespace

TEST_CASE("Conv and its gradients are what the definition says") {
  const Setting settings[] = {
      // batch, channels, filters, groups, size, kernel, stride, dilation, pads
      {1, 16, 24, 1, {7, 7}, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}},
      {3, 5, 9, 1, {6, 5}, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, false},
      {2, 8, 8, 1, {9, 7}, {1, 1}, {2, 2}, {1, 1}, {0, 0, 0, 0}},
      {2, 12, 8, 1, {8, 8}, {1, 1}, {1, 1}, {1, 1}, {0, 0, 49, 0}},  // padded behind only
      {2, 5, 4, 1, {4, 6}, {1, 1}, {1, 1}, {1, 1}, {1, 0, 0, 2}},
      {1, 3, 8, 1, {11, 12}, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}},
      {3, 3, 5, 1, {9, 9}, {3, 3}, {2, 2}, {1, 1}, {0, 0, 1, 1}},
      {1, 1, 6, 1, {8, 9}, {5, 5}, {1, 1}, {1, 1}, {2, 2, 2, 2}},
      {1, 20, 11, 1, {8, 9}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},
      {3, 17, 8, 1, {5, 6}, {3, 2}, {2, 1}, {1, 2}, {1, 2, 0, 1}, false},
      {2, 18, 7, 1, {10, 9}, {3, 3}, {2, 3}, {2, 2}, {2, 1, 2, 3}},
      {2, 16, 4, 1, {12, 11}, {2, 2}, {3, 3}, {1, 1}, {0, 0, 0, 0}},
      {1, 4, 4, 1, {13, 9}, {3, 4}, {2, 2}, {2, 3}, {3, 3, 3, 3}},
      {1, 12, 8, 2, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},
      {2, 9, 15, 3, {6, 7}, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}},
      {2, 6, 12, 6, {7, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},  // depthwise with a multiplier
      {1, 3, 4, 1, {2, 3}, {7, 7}, {1, 1}, {1, 1}, {4, 4, 4, 4}},   // a kernel larger than the input
      {1, 7, 3, 1, {14}, {3}, {2}, {1}, {1, 1}},
      {3, 2, 5, 1, {9}, {4}, {1}, {2}, {3, 3}},
      {2, 3, 4, 1, {5, 6, 4}, {3, 2, 3}, {2, 1, 2}, {1, 2, 1}, {1, 1, 1, 1, 0, 1}},
      {1, 4, 4, 4, {4, 5, 6}, {3, 3, 3}, {1, 2, 1}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}},
      {2, 33, 40, 1, {24, 23}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},  // several blocks of rows
  };
  for (const auto& setting : settings) check_conv(setting);
}

TEST_CASE("Depthwise Conv and its gradients are what the definition says") {
  for (const std::int64_t channels : {4, 6, 17})
    for (const Integers& size : {Integers{9, 13}, Integers{2, 4}, Integers{7, 7}, Integers{1, 3}, Integers{30, 22}})
      for (const std::int64_t kernel : {1, 3, 5})
        for (const std::int64_t stride : {1, 2, 3})
          for (const std::int64_t dilation : {1, 2}) {
            const auto pad = kernel / 2 * dilation;
            check_conv({2,
                        channels,
                        channels,
                        channels,
                        size,
                        {kernel, kernel},
                        {stride, stride},
                        {dilation, dilation},
                        {pad, pad, pad, pad}});
          }
  check_conv({1, 8, 8, 8, {12, 10}, {3, 4}, {2, 1}, {1, 2}, {0, 3, 2, 1}, false});
  check_conv({1, 8, 8, 8, {12, 10}, {2, 2}, {3, 3}, {1, 1}, {0, 0, 0, 0}});
  check_conv({3, 5, 5, 5, {21}, {3}, {1}, {1}, {1, 1}});
  check_conv({1, 1, 1, 1, {9, 9}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}});
}

TEST_CASE("Conv keeps its output inside the clamp") {
  auto c = conv_case({1, 20, 11, 1, {8, 9}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}});
  const auto free = OpRun(c).forward()[0];
  c.clamp = {0, 6};
  const auto kept = OpRun(c).forward()[0];
  for (std::size_t i = 0; i < free.real().size(); ++i)
    CHECK(kept.real()[i] == std::min(std::max(free.real()[i], Real{0}), Real{6}));
}

TEST_CASE("Conv gives the same to the bit, whether its weights were packed before or not") {
  // Which a Winograd form would not: so few channels are computed directly.
  for (const Integers& stride : {Integers{1, 1}, Integers{2, 2}})
    for (const std::int64_t groups : {1, 12}) {
      auto c = conv_case({2, 12, 12, groups, {8, 9}, {3, 3}, stride, {1, 1}, {1, 1, 1, 1}});
      c.constant = {false, true, true};
      OpRun usual(c);
      c.prepare = false;
      OpRun unprepared(c);
      const auto wanted = usual.forward()[0];
      CHECK(std::ranges::equal(unprepared.forward()[0].real(), wanted.real()));
      CHECK(std::ranges::equal(unprepared.backward({wanted})[0].real(), usual.backward({wanted})[0].real()));
    }
}

TEST_CASE("auto_pad puts the padding where ONNX says") {
  struct Example {
    const char* mode;
    Integers pads;
  };
  // Width 8, kernel 4, stride 2: the same size needs 2 elements; height 7, kernel 2, stride 2: 1 element; VALID none.
  const Setting setting{2, 3, 4, 1, {7, 8}, {2, 4}, {2, 2}, {1, 1}, {0, 0, 0, 0}};
  for (const auto& [mode, pads] :
       {Example{"SAME_UPPER", {0, 1, 1, 1}}, Example{"SAME_LOWER", {1, 1, 0, 1}}, Example{"VALID", {0, 0, 0, 0}}}) {
    auto explicit_pads = setting;
    explicit_pads.pads = pads;
    const auto wanted = OpRun(conv_case(explicit_pads)).forward()[0];
    auto c = conv_case(setting);
    c.attributes.erase("pads");
    c.attributes.emplace("auto_pad", std::string(mode));
    const auto found = OpRun(c).forward()[0];
    CHECK(found.shape() == wanted.shape());
    check_close(found, doubles(wanted));
  }
}

TEST_CASE("ConvTranspose is the adjoint of Conv, and its gradients are what the definition says") {
  const Setting settings[] = {
      {2, 6, 5, 1, {9, 8}, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}},
      {1, 4, 10, 2, {8, 7}, {3, 2}, {1, 2}, {2, 1}, {0, 1, 2, 1}, false},
      {2, 8, 8, 8, {9, 12}, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}},
      {1, 3, 20, 1, {15}, {4}, {2}, {1}, {1, 1}},
      {1, 3, 2, 1, {5, 4, 6}, {3, 3, 2}, {2, 1, 2}, {1, 1, 1}, {1, 1, 0, 1, 1, 0}},
      {1, 20, 30, 1, {14, 14}, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}},
  };
  for (const auto& s : settings) {
    INFO(describe(s));
    const auto out = s.out_size();  // the transposed convolution's input
    Integers padding;
    for (std::size_t i = 0; i < s.axes(); ++i)
      padding.push_back(s.size[i] - (s.stride[i] * (out[i] - 1) + (s.kernel[i] - 1) * s.dilation[i] + 1 - s.pads[i] -
                                     s.pads[i + s.axes()]));
    Case c{.op = "ConvTranspose",
           .attributes = {{"group", s.groups},
                          {"strides", s.stride},
                          {"dilations", s.dilation},
                          {"pads", s.pads},
                          {"output_padding", padding}},
           .inputs = {noise(s.y_shape(), 1), noise(s.w_shape(), 2), noise({s.channels}, 3)},
           .constant = {false, true, true}};
    const auto gy = noise(s.x_shape(), 4);
    const auto x = doubles(c.inputs[0]), w = doubles(c.inputs[1]), g = doubles(gy);
    std::vector<double> y(g.size()), gx(x.size()), gw(w.size());
    const auto pixels = std::ssize(y) / s.batch / s.channels;
    for (std::size_t i = 0; i < y.size(); ++i)
      y[i] = static_cast<double>(
          c.inputs[2].real()[static_cast<std::size_t>(static_cast<std::int64_t>(i) / pixels % s.channels)]);
    each_product(s, [&](std::int64_t i, std::int64_t j, std::int64_t k) {
      const auto yi = static_cast<std::size_t>(i), wi = static_cast<std::size_t>(j), xi = static_cast<std::size_t>(k);
      y[yi] += x[xi] * w[wi];
      gx[xi] += g[yi] * w[wi];
      gw[wi] += g[yi] * x[xi];
    });
    for (const bool prepare : {true, false}) {
      c.prepare = prepare;
      OpRun run(c);
      const auto found = run.forward();
      CHECK(found[0].shape() == s.x_shape());
      check_close(found[0], y);
      const auto gradients = run.backward({gy});
      check_close(gradients[0], gx);
      check_close(gradients[1], gw);
    }
  }
}

TEST_CASE("ConvTranspose takes its output size from output_shape and auto_pad") {
  Case c{.op = "ConvTranspose",
         .attributes = {{"strides", Integers{3, 2}}},
         .inputs = {noise({1, 1, 3, 3}, 1), noise({1, 2, 3, 3}, 2)}};
  CHECK(OpRun(c).forward()[0].shape() == Shape{1, 2, 9, 7});
  const auto full = OpRun(c).forward()[0];
  c.attributes["output_shape"] = Integers{10, 8};
  CHECK(OpRun(c).forward()[0].shape() == Shape{1, 2, 10, 8});
  c.attributes.erase("output_shape");
  c.attributes["auto_pad"] = std::string("SAME_UPPER");
  const auto same = OpRun(c).forward()[0];
  REQUIRE(same.shape() == Shape{1, 2, 9, 6});
  CHECK(same.real()[0] == full.real()[0]);  // of the one column too many the last goes
  c.attributes["auto_pad"] = std::string("SAME_LOWER");
  CHECK(OpRun(c).forward()[0].real()[0] == full.real()[1]);
}

TEST_CASE("Conv says what does not fit") {
  const auto error = [](Case c) -> std::string {
    try {
      OpRun run(std::move(c));
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  const auto x = noise({1, 4, 5, 5}, 1);
  CHECK(error({.op = "Conv", .inputs = {x, noise({2, 3, 3, 3}, 2)}}) ==
        "Conv 'test': weights 2x3x3x3 in 1 groups do not fit input 1x4x5x5");
  CHECK(error({.op = "Conv", .inputs = {x, noise({2, 4, 7, 7}, 2)}}).find("the kernel reaches over 7") !=
        std::string::npos);
  CHECK(error({.op = "Conv", .attributes = {{"strides", Integers{0, 1}}}, .inputs = {x, noise({2, 4, 3, 3}, 2)}})
            .find("strides must be") != std::string::npos);
  CHECK(error({.op = "Conv", .inputs = {x, noise({2, 4, 3, 3}, 2), noise({3}, 3)}}).find("bias must have shape 2") !=
        std::string::npos);
}

TEST_CASE("An absent gradient of the output counts as zero") {
  OpRun run(conv_case({1, 4, 4, 1, {5, 5}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}));
  run.forward();
  for (const auto& gradient : run.backward({Tensor{}}))
    for (const auto value : gradient.real()) CHECK(value == 0);
}
