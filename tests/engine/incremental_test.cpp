#include "engine/incremental.hpp"

#include <algorithm>
#include <cstring>

#include "engine/session.hpp"
#include "onnx/load.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/graph_builder.hpp"

using namespace whylight;
using namespace whylight::test;

namespace {

constexpr std::int64_t side = 19;

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.bytes(), b.bytes(), a.real().size() * sizeof(Real)) == 0;
}

// A window along the last two axes, or along axes 1 and 2 where channels are last.
struct Window {
  std::int64_t top, left, height, width;
};

// Rows like `base`, each with other values in its window.
Tensor with_windows(const Tensor& base, const std::vector<Window>& windows, bool channels_last = false) {
  auto shape = base.shape();
  shape[0] = std::ssize(windows);
  Tensor batch(shape);
  const auto other = normal(shape, 77);
  const auto strides = dense_strides(shape);
  const std::size_t down = channels_last ? 1 : 2, channel = channels_last ? 3 : 1;
  for (std::size_t row = 0; row < windows.size(); ++row) {
    const auto at = static_cast<std::int64_t>(row) * strides[0];
    std::copy_n(base.real().begin(), base.size(), batch.real().begin() + at);
    const auto& window = windows[row];
    for (std::int64_t c = 0; c < shape[channel]; ++c)
      for (auto i = window.top; i < std::min(window.top + window.height, shape[down]); ++i)
        for (auto j = window.left; j < std::min(window.left + window.width, shape[down + 1]); ++j) {
          const auto place = at + c * strides[channel] + i * strides[down] + j * strides[down + 1];
          batch.real()[static_cast<std::size_t>(place)] = other.real()[static_cast<std::size_t>(place)];
        }
  }
  return batch;
}

// Corners, edges, the middle, one element, a line, everything, nothing, and some by chance.
std::vector<Window> many_windows(std::int64_t height, std::int64_t width) {
  std::vector<Window> windows{{0, 0, 3, 3},
                              {height - 3, width - 3, 3, 3},
                              {0, width - 2, 4, 2},
                              {height - 1, 0, 1, 5},
                              {height / 2, width / 2, 1, 1},
                              {height / 2, width / 2, 5, 4},
                              {3, 0, 2, width},
                              {0, 0, height, width},
                              {0, 0, 0, 0},
                              {height - 1, width - 1, 1, 1}};
  const Random random(5, 5);
  for (std::uint32_t i = 0; i < 10; ++i) {
    const auto draw = [&](std::uint32_t what, std::int64_t limit) {
      return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(limit), 4 * i + what));
    };
    windows.push_back({draw(0, height), draw(1, width), 1 + draw(2, 6), 1 + draw(3, 6)});
  }
  return windows;
}

// Rows changed one after the other, each from the base alone or also from the row before; how many took less work than
// a whole pass.
int check_rows(Incremental& incremental, const Tensor& batch, const Tensor& expected, bool rewind) {
  int fewer = 0;
  for (std::int64_t row = 0; row < batch.shape()[0]; ++row) {
    CAPTURE(row, rewind);
    if (rewind) incremental.rewind();
    fewer += incremental.prepare(batch.row(row).real()).multiply_adds < incremental.whole().multiply_adds;
    const auto found = incremental.run();
    Tensor output(found.shape);
    copy(found, View(output));
    CHECK(same_bits(output, expected.row(row)));
  }
  return fewer;
}

// All rows, one by one or together, from any base, give the bits of whole passes; at least so many take less work.
void check_changes(const std::shared_ptr<const Graph>& graph, const Tensor& batch, const Tensor& base, int least = 2) {
  Session whole(graph);
  Session session(graph);
  const auto expected = whole.logits(batch);
  CHECK(same_bits(session.changed(base, batch).output, expected));
  for (std::int64_t row = 0; row < batch.shape()[0]; ++row) {
    const auto single = whole.logits(batch.row(row));
    CHECK(same_bits(session.changed(base, batch.row(row)).output, single));
  }
  auto program = make_program(*graph, {});
  Incremental incremental(program, base.shape(), false);
  incremental.set_base(base);
  CHECK(check_rows(incremental, batch, expected, true) >= least);
  check_rows(incremental, batch, expected, false);
  incremental.set_base(batch.row(1));
  check_rows(incremental, batch, expected, false);
}

void check_network(const std::shared_ptr<const Graph>& graph, Shape shape, std::uint64_t seed = 3) {
  shape[0] = 1;
  const auto base = normal(shape, seed);
  check_changes(graph, with_windows(base, many_windows(shape[2], shape[3])), base);
}

using Attributes = std::map<std::string, Attribute, std::less<>>;

// The operator under test between two convolutions that mix channels, and a dense end that sees every element.
struct Network {
  GraphBuilder builder;
  Network() {
    builder.input("image", {-1, 3, side, side}).constant("first_w", normal({6, 3, 3, 3}, 1, Real(0.3)));
    builder.node("Conv", {"image", "first_w"}, "first", {{"pads", Integers{1, 1, 1, 1}}});
  }
  std::shared_ptr<const Graph> end(const std::string& value) {
    builder.node("GlobalMaxPool", {value}, "top").node("GlobalAveragePool", {value}, "mean");
    builder.node("Concat", {"top", "mean"}, "both", {{"axis", std::int64_t{1}}});
    builder.node("Flatten", {"both"}, "flat");
    return builder.build("flat");
  }
};

struct Layer {
  std::string name;
  std::string op;
  Attributes attributes;
  Shape weights = {};  // absent when empty
};

}  // namespace

TEST_CASE("convolutions and pools give the same bits where only a window changes") {
  const auto layer = GENERATE(
      Layer{"pointwise", "Conv", {}, {9, 6, 1, 1}}, Layer{"plain", "Conv", {}, {7, 6, 3, 3}},
      Layer{"padded", "Conv", {{"pads", Integers{1, 2, 2, 1}}}, {8, 6, 3, 4}},
      Layer{"strided", "Conv", {{"strides", Integers{2, 3}}, {"pads", Integers{1, 1, 1, 1}}}, {5, 6, 3, 3}},
      Layer{"strided pointwise", "Conv", {{"strides", Integers{2, 2}}}, {5, 6, 1, 1}},
      Layer{"dilated", "Conv", {{"dilations", Integers{2, 3}}, {"pads", Integers{2, 3, 2, 3}}}, {5, 6, 3, 3}},
      Layer{"grouped", "Conv", {{"group", std::int64_t{3}}, {"pads", Integers{1, 1, 1, 1}}}, {9, 2, 3, 3}},
      Layer{"same", "Conv", {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Integers{2, 2}}}, {5, 6, 5, 5}},
      Layer{"depthwise", "Conv", {{"group", std::int64_t{6}}, {"pads", Integers{1, 1, 1, 1}}}, {6, 1, 3, 3}},
      Layer{"depthwise 5 strided",
            "Conv",
            {{"group", std::int64_t{6}}, {"pads", Integers{2, 2, 2, 2}}, {"strides", Integers{2, 2}}},
            {6, 1, 5, 5}},
      Layer{"depthwise dilated",
            "Conv",
            {{"group", std::int64_t{6}}, {"pads", Integers{2, 2, 2, 2}}, {"dilations", Integers{2, 2}}},
            {6, 1, 3, 3}},
      Layer{"transposed", "ConvTranspose", {{"strides", Integers{2, 2}}, {"pads", Integers{1, 0, 1, 1}}}, {6, 7, 3, 3}},
      Layer{"transposed plain", "ConvTranspose", {{"dilations", Integers{2, 1}}}, {6, 7, 3, 2}},
      Layer{"transposed to few", "ConvTranspose", {{"strides", Integers{2, 2}}}, {6, 2, 3, 3}},
      Layer{"transposed grouped",
            "ConvTranspose",
            {{"strides", Integers{2, 1}}, {"group", std::int64_t{6}}},
            {6, 1, 3, 3}},
      Layer{"max", "MaxPool", {{"kernel_shape", Integers{3, 2}}, {"strides", Integers{2, 2}}}},
      Layer{"max ceil",
            "MaxPool",
            {{"kernel_shape", Integers{3, 3}},
             {"strides", Integers{2, 2}},
             {"pads", Integers{1, 1, 1, 1}},
             {"ceil_mode", std::int64_t{1}}}},
      Layer{"max dilated", "MaxPool", {{"kernel_shape", Integers{2, 2}}, {"dilations", Integers{3, 2}}}},
      Layer{"average", "AveragePool", {{"kernel_shape", Integers{3, 3}}, {"pads", Integers{1, 1, 1, 1}}}},
      Layer{"average ceil",
            "AveragePool",
            {{"kernel_shape", Integers{3, 3}},
             {"strides", Integers{2, 2}},
             {"ceil_mode", std::int64_t{1}},
             {"pads", Integers{1, 0, 0, 1}},
             {"count_include_pad", std::int64_t{1}}}});
  CAPTURE(layer.name);
  Network network;
  std::vector<std::string> inputs{"first"};
  if (!layer.weights.empty()) {
    network.builder.constant("w", normal(layer.weights, 2, Real(0.3)));
    network.builder.constant(
        "b", normal({layer.op == "Conv" ? layer.weights[0] : layer.weights[1] * (layer.weights[1] == 1 ? 6 : 1)}, 4));
    inputs.insert(inputs.end(), {"w", "b"});
  }
  network.builder.node(layer.op, inputs, "middle", layer.attributes);
  network.builder.node("Relu", {"middle"}, "relu");
  check_network(network.end("relu"), {1, 3, side, side});
}

TEST_CASE("convolutions by Winograd's tiles give the same bits where only a window changes") {
  GraphBuilder b;
  b.input("image", {-1, 32, 23, 21}).constant("w", normal({40, 32, 3, 3}, 1, Real(0.1)));
  b.constant("v", normal({40, 36, 3, 3}, 2, Real(0.1))).constant("u", normal({20, 36, 3, 3}, 3, Real(0.1)));
  b.node("Conv", {"image", "w"}, "first", {{"pads", Integers{1, 1, 1, 1}}}).node("Relu", {"first"}, "relu");
  b.node("ConvTranspose", {"relu", "v"}, "second")
      .node("Conv", {"second", "u"}, "third", {{"pads", Integers{0, 2, 1, 0}}});
  b.node("Flatten", {"third"}, "flat");
  const auto graph = b.build("flat");
  const auto base = normal({1, 32, 23, 21}, 4);
  const auto batch = with_windows(base, many_windows(23, 21));
  check_changes(graph, batch, base);
  // Only then is something tested: the tiles round otherwise than single sums do.
  Session tiles(graph), direct(graph, {.layers = {}, .direct = true});
  CHECK_FALSE(same_bits(tiles.logits(base), direct.logits(base)));
  CHECK(same_bits(direct.changed(base, batch).output, direct.logits(batch)));
}

TEST_CASE("element-wise operators and joins give the same bits where only a window changes") {
  const auto kind = GENERATE(range(0, 9));
  CAPTURE(kind);
  Network network;
  auto& b = network.builder;
  b.constant("w", normal({6, 6, 3, 3}, 2, Real(0.2)))
      .node("Conv", {"first", "w"}, "other", {{"pads", Integers{1, 1, 1, 1}}});
  if (kind == 0) b.node("Add", {"other", "first"}, "join").node("Relu", {"join"}, "out");
  if (kind == 1) b.node("Concat", {"other", "first"}, "out", {{"axis", std::int64_t{1}}});
  if (kind == 2) b.node("Concat", {"other", "first", "other"}, "out", {{"axis", std::int64_t{2}}});
  if (kind == 3) b.node("Sigmoid", {"other"}, "gate").node("Mul", {"gate", "first"}, "out");
  if (kind == 4) b.constant("slope", normal({6, 1, 1}, 5)).node("PRelu", {"other", "slope"}, "out");
  if (kind == 5) {
    b.node("Relu", {"other"}, "relu").constant("variance", Tensor({6}, {1, 2, 3, 4, 5, 6}));
    b.constant("gamma", normal({6}, 3)).constant("beta", normal({6}, 4)).constant("shift", normal({6}, 6));
    b.node("BatchNormalization", {"relu", "gamma", "beta", "shift", "variance"}, "out");
  }
  // Squeeze and excite: from here on every value changes everywhere.
  if (kind == 6)
    b.node("GlobalAveragePool", {"other"}, "squeezed")
        .node("Sigmoid", {"squeezed"}, "gate")
        .node("Mul", {"gate", "first"}, "excited")
        .node("Conv", {"excited", "w"}, "out");
  // In the plain layout: constants that broadcast, before the first convolution's change of layout and behind a
  // Transpose.
  if (kind == 7) {
    b.constant("map", normal({1, 6, side, 1}, 7))
        .node("Transpose", {"other"}, "turned", {{"perm", Integers{0, 1, 3, 2}}});
    b.node("Mul", {"turned", "map"}, "scaled").node("Tanh", {"scaled"}, "out");
  }
  if (kind == 8)
    b.node("Softmax", {"other"}, "soft", {{"axis", std::int64_t{1}}}).node("Sub", {"soft", "first"}, "out");
  check_network(network.end("out"), {1, 3, side, side});
}

TEST_CASE("inputs of other shapes give the same bits where only a part changes") {
  SECTION("prepared by the network itself, in the plain layout") {
    GraphBuilder b;
    b.input("image", {-1, 3, 12, 15}).constant("mean", normal({1, 3, 1, 1}, 1)).constant("scale", normal({3, 1, 1}, 2));
    b.node("Sub", {"image", "mean"}, "centred").node("Div", {"centred", "scale"}, "scaled");
    b.constant("w", normal({4, 3, 3, 3}, 3)).node("Conv", {"scaled", "w"}, "conv", {{"strides", Integers{2, 2}}});
    b.node("Flatten", {"conv"}, "flat");
    check_network(b.build("flat"), {1, 3, 12, 15});
  }
  SECTION("channels last") {
    GraphBuilder b;
    b.input("image", {-1, 12, 15, 3}).node("Transpose", {"image"}, "turned", {{"perm", Integers{0, 3, 1, 2}}});
    b.constant("w", normal({4, 3, 3, 3}, 3)).node("Conv", {"turned", "w"}, "conv").node("Flatten", {"conv"}, "flat");
    const auto base = normal({1, 12, 15, 3}, 4);
    check_changes(b.build("flat"), with_windows(base, many_windows(12, 15), true), base);
  }
  SECTION("signals") {
    GraphBuilder b;
    b.input("signal", {-1, 2, 60}).constant("w", normal({4, 2, 5}, 3)).constant("v", normal({3, 4, 3}, 4));
    b.node("Conv", {"signal", "w"}, "conv", {{"strides", Integers{2}}}).node("Relu", {"conv"}, "relu");
    b.node("Conv", {"relu", "v"}, "last", {{"dilations", Integers{2}}}).node("Flatten", {"last"}, "flat");
    const auto base = normal({1, 2, 60}, 4);
    Tensor batch({58, 2, 60});
    for (std::int64_t row = 0; row < 58; ++row) {
      std::copy_n(base.real().begin(), 120, batch.real().begin() + row * 120);
      for (std::int64_t i = 0; i < 3; ++i) batch.real()[static_cast<std::size_t>(row * 120 + row + i)] = 0;
    }
    check_changes(b.build("flat"), batch, base);
  }
  SECTION("volumes") {
    GraphBuilder b;
    b.input("volume", {-1, 1, 7, 8, 9}).constant("w", normal({4, 1, 3, 3, 3}, 3));
    b.node("Conv", {"volume", "w"}, "conv", {{"pads", Integers{1, 1, 1, 1, 1, 1}}});
    b.node("MaxPool", {"conv"}, "pool", {{"kernel_shape", Integers{2, 2, 2}}}).node("Flatten", {"pool"}, "flat");
    const auto base = normal({1, 1, 7, 8, 9}, 4);
    Tensor batch({504, 1, 7, 8, 9});
    for (std::int64_t row = 0; row < 504; ++row) {
      std::copy_n(base.real().begin(), 504, batch.real().begin() + row * 504);
      batch.real()[static_cast<std::size_t>(row * 504 + row)] = 3;
    }
    check_changes(b.build("flat"), batch, base);
  }
  SECTION("tables, where a change reaches everything") {
    GraphBuilder b;
    b.input("table", {-1, 6}).constant("w", normal({6, 3}, 3)).node("MatMul", {"table", "w"}, "product");
    b.node("Tanh", {"product"}, "out");
    const auto batch = normal({5, 6}, 4);
    check_changes(b.build("out"), batch, batch.row(0).clone(), 1);
  }
}

TEST_CASE("changes that add up give the same bits, and so does what comes back to the base") {
  const auto base = normal({1, 2, 8, 8}, 20);
  // A corner that grows by a pixel a row; two corners one after the other, then a third alone.
  Tensor batch({11, 2, 8, 8});
  const auto change = [&](std::int64_t row, std::int64_t pixel) {
    batch.real()[static_cast<std::size_t>(row * 128 + pixel)] = 9;
  };
  for (std::int64_t row = 0; row < 11; ++row) {
    std::copy_n(base.real().begin(), 128, batch.real().begin() + row * 128);
    for (std::int64_t i = 0; i <= row && row < 8; ++i) change(row, i % 4 + i / 4 * 8);
  }
  change(8, 0), change(9, 0), change(9, 56), change(10, 63);
  check_changes(small_network(), batch, base);
}

TEST_CASE("a value that most changes reach all over is right after one that does not reach it") {
  GraphBuilder b;
  // The last line and column are out of the stride's reach.
  b.input("image", {-1, 1, side, side}).constant("wide", normal({4, 1, side - 1, side - 1}, 1));
  b.node("Conv", {"image", "wide"}, "most", {{"strides", Integers{2, 2}}}).node("GlobalAveragePool", {"image"}, "mean");
  b.node("Add", {"most", "mean"}, "sum").node("Flatten", {"sum"}, "flat");
  const auto base = normal({1, 1, side, side}, 2);
  const auto batch = with_windows(base, {{9, 9, 2, 2}, {side - 1, 3, 1, 4}, {0, 0, 1, 1}, {2, side - 1, 9, 1}});
  check_changes(b.build("flat"), batch, base, 0);
}

TEST_CASE("where all values do not fit into memory, rows are computed whole") {
  const auto batch = normal({3, 2, 8, 8}, 20);
  Session roomy(small_network()), narrow(small_network(), {.memory_limit = 4096});
  const auto found = narrow.changed(batch.row(0), batch);
  CHECK(same_bits(found.output, roomy.logits(batch)));
  CHECK(found.whole_work == 0);
  CHECK(roomy.changed(batch.row(0), batch).whole_work > 0);
}

TEST_CASE("EfficientNet-Lite0 gives the same bits where only a window changes, with less work") {
  const auto graph = std::make_shared<const Graph>(
      load_onnx(read_file(std::string(WHYLIGHT_MODELS) + "/efficientnet-lite0/model.onnx")));
  const auto base = normal({1, 3, 224, 224}, 8);
  const auto batch = with_windows(base, {{0, 0, 15, 15}, {104, 104, 15, 15}, {112, 104, 15, 15}, {209, 216, 15, 8}});
  Session session(graph);
  const auto found = session.changed(base, batch);
  CHECK(same_bits(found.output, session.logits(batch)));
  CAPTURE(found.work / found.whole_work);
  CHECK(found.work < 0.7 * found.whole_work);
}

TEST_CASE("a small window reaches little of EfficientNet-Lite0's early layers and all of its last") {
  auto program =
      make_program(load_onnx(read_file(std::string(WHYLIGHT_MODELS) + "/efficientnet-lite0/model.onnx")), {});
  Incremental incremental(program, {1, 3, 224, 224}, false);
  const auto base = normal({1, 3, 224, 224}, 8);
  incremental.set_base(base);
  const auto row = with_windows(base, {{104, 104, 15, 15}});
  incremental.prepare(row.real());
  const auto shares = incremental.shares();
  double early = 0, early_work = 0;
  for (const auto& [node, cost, share] : shares) {
    CAPTURE(node->name);
    if (early < 0.3 * incremental.whole().multiply_adds) {
      early += static_cast<double>(cost);
      early_work += static_cast<double>(cost) * share;
      CHECK(share < 0.2);
    }
  }
  CHECK(early_work * 10 < early);
  CHECK(shares.back().share == 1);
}
