#include "support/call.hpp"
#include "support/catch.hpp"

namespace whylight::test {

TEST_CASE("a line is divided by its norm, and one of zeros stays") {
  for (const std::int64_t p : {1, 2}) {
    OpRun unit({.op = "LpNormalization", .attributes = {{"p", p}}, .inputs = {Tensor({2, 2}, {3, -4, 0, 0})}});
    const auto y = unit.forward()[0];
    const Real n = p == 1 ? 7 : 5;
    CHECK(y.real()[0] == Approx(3 / n));
    CHECK(y.real()[1] == Approx(-4 / n));
    for (const auto& zeros : {y, unit.backward({Tensor({2, 2}, {1, 1, 1, 1})})[0]}) {
      CHECK(zeros.real()[2] == 0);
      CHECK(zeros.real()[3] == 0);
    }
  }
  CHECK_THROWS_WITH(OpRun({.op = "LpNormalization", .attributes = {{"p", std::int64_t{3}}}, .inputs = {Tensor({2})}}),
                    "LpNormalization 'test': p must be 1 or 2, found 3");
}

}  // namespace whylight::test
