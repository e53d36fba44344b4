#include "speed.hpp"

#include <algorithm>
#include <set>

#include "support/catch.hpp"

using namespace whylight;

TEST_CASE("every kernel is in the benchmarks") {
  std::set<std::size_t> timed;
  for (const auto& one : speed_cases()) timed.insert(one.field);
  constexpr auto first = sizeof(std::string_view), each = sizeof(&scalar);
  for (auto field = first; field < sizeof(Kernels); field += each) {
    INFO("kernel " << (field - first) / each << " of the table");
    CHECK(timed.contains(field));
  }
}

TEST_CASE("the benchmarks' cases have names of their own, and run with every implementation") {
  std::set<std::string> names;
  for (const auto& one : speed_cases()) {
    CHECK(names.insert(one.name).second);
    CHECK(one.values > 0);
    CHECK(one.operations >= one.values);
    for (const auto* table : {&scalar(), &simd()}) one.run(*table);
  }
}
