#include <set>
#include <utility>

#include "ops/cases/cases.hpp"
#include "support/catch.hpp"

namespace whylight::test {

TEST_CASE("every row of the operator table has a derivative case") {
  std::set<const OpDef*> covered;
  for (const auto& test : all_cases()) {
    const auto* row = find_op(test.domain, test.op, test.opset);
    INFO(test.op << " at opset " << test.opset);
    CHECK(row != nullptr);
    // A row that passes gradients on may not be excused unless another of its cases is checked.
    if (row && (test.without.empty() || row->backward == nullptr)) covered.insert(row);
  }
  for (const auto* row : all_ops()) {
    INFO("row " << row->name << " since " << row->since);
    CHECK(covered.count(row) == 1);
  }
}

TEST_CASE("rows are unique and complete") {
  std::set<std::pair<std::string_view, int>> seen;
  for (const auto* row : all_ops()) {
    INFO("row " << row->name << " since " << row->since);
    CHECK(seen.emplace(row->name, row->since).second);
    CHECK(row->infer != nullptr);
    CHECK(row->forward != nullptr);
    CHECK((row->backward == nullptr) == (row->relevance == Relevance::none));
  }
}

TEST_CASE("backward agrees with finite differences in every layout") {
  for (const auto& test : all_cases()) check_case(test);
}

}  // namespace whylight::test
