#include <cmath>

#include "engine/session.hpp"
#include "support/catch.hpp"
#include "support/graph_builder.hpp"

using namespace whylight;
using namespace whylight::test;

namespace {

Tensor byte(int value) {
  Tensor result({}, Type::u8);
  result.as<std::uint8_t>()[0] = static_cast<std::uint8_t>(value);
  return result;
}

}  // namespace

TEST_CASE("a model with quantised activations gives ONNX's numbers and a gradient") {
  GraphBuilder b;
  b.input("x", {-1, 3}).constant("scale", Tensor(Shape{}, {Real(0.25)})).constant("zero", byte(4));
  b.constant("w", Tensor({3, 1}, {2, -1, Real(0.5)}));
  b.node("QuantizeLinear", {"x", "scale", "zero"}, "q").node("DequantizeLinear", {"q", "scale", "zero"}, "d");
  b.node("MatMul", {"d", "w"}, "y");
  Session session(b.build("y"));
  // 0.3 is nearest to 0.25; -3 falls below the range, whose least is (0 - 4) * 0.25 = -1; half goes to even.
  const Tensor x({1, 3}, {Real(0.3), Real(-3), Real(0.625)});
  CHECK(session.run(x).real()[0] == Approx(0.25 * 2 + 1 + 0.5 * 0.5));
  const auto gradient = session.attribute(x, Target::unit(0));
  CHECK(gradient.real()[0] == 2);
  CHECK(gradient.real()[1] == 0);
  CHECK(gradient.real()[2] == Real(0.5));
}

TEST_CASE("integers that something else reads stay") {
  GraphBuilder b;
  b.input("x", {-1, 2}).constant("scale", Tensor(Shape{}, {Real(0.5)})).constant("other", Tensor(Shape{}, {Real(1)}));
  b.constant("zero", byte(0));
  b.node("QuantizeLinear", {"x", "scale", "zero"}, "q").node("DequantizeLinear", {"q", "scale", "zero"}, "same");
  b.node("DequantizeLinear", {"q", "other", "zero"}, "twice").node("Add", {"same", "twice"}, "y");
  Session session(b.build("y"));
  const Tensor x({1, 2}, {Real(1), Real(2)});
  CHECK(session.run(x).real()[1] == Approx(2 + 4));
}
