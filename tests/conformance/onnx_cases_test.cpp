#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <vector>

#include "engine/session.hpp"
#include "onnx/load.hpp"
#include "support/catch.hpp"
#include "support/onnx_case.hpp"
#include "tensor/fail.hpp"

// ONNX's own test cases (Debian's libonnx-testdata): every case whose operators are all supported must pass, unless a
// row below says why not.

namespace whylight::test {

namespace {

struct Exclusion {
  std::string_view group;
  std::string_view prefix;  // of the case's name
  std::string_view reason;
};

constexpr Exclusion exclusions[] = {
    {"node", "test_add_uint8", "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_sub_uint8", "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_mul_uint8", "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_div_uint8", "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_max_int8", "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_max_uint8", "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_min_int8", "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_min_uint8", "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_mod_mixed_sign_int8",
     "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_mod_uint8", "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_clip_default_int8",
     "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_maxpool_2d_uint8",
     "arithmetic on 8-bit integers: none outside quantised models, which dequantise first"},
    {"node", "test_batchnorm_epsilon_training_mode", "training: models are explained as they are used"},
    {"node", "test_batchnorm_example_training_mode", "training: models are explained as they are used"},
    {"node", "test_training_dropout", "training: models are explained as they are used"},
    {"node", "test_cast_BFLOAT16", "the stored values hold bfloat16 as bare uint16"},
    {"node", "test_cast_FLOAT_to_BFLOAT16", "the stored values hold bfloat16 as bare uint16"},
    {"node", "test_castlike_BFLOAT16", "the stored values hold bfloat16 as bare uint16"},
    {"node", "test_castlike_FLOAT_to_BFLOAT16", "the stored values hold bfloat16 as bare uint16"},
    {"node", "test_cast_FLOAT_to_STRING", "text is not supported"},
    {"node", "test_cast_STRING", "text is not supported"},
    {"node", "test_castlike_FLOAT_to_STRING", "text is not supported"},
    {"node", "test_castlike_STRING", "text is not supported"},
    {"node", "test_identity_opt", "sequences and optional values are not supported"},
    {"node", "test_identity_sequence", "sequences and optional values are not supported"},
    {"node", "test_blackmanwindow", "the stored values take pi as 3.1415"},
    {"node", "test_hammingwindow", "the stored values take pi as 3.1415"},
    {"node", "test_hannwindow", "the stored values take pi as 3.1415"},
    {"node", "test_scatternd_multiply", "scattering with a product is not supported"},
    {"pytorch-converted", "test_PReLU_1d_multiparam",
     "one slope a channel without trailing axes, as only opset 6 has it"},
    {"pytorch-converted", "test_PReLU_2d_multiparam",
     "one slope a channel without trailing axes, as only opset 6 has it"},
    {"pytorch-converted", "test_PReLU_3d_multiparam",
     "one slope a channel without trailing axes, as only opset 6 has it"},
    {"pytorch-operator", "test_operator_add_broadcast", "broadcasting along a given axis, which ended with opset 6"},
    {"pytorch-operator", "test_operator_add_size1", "broadcasting along a given axis, which ended with opset 6"},
};

// Whole names. In double -2.5 lies exactly between two integers; float's scale of 5/255 puts it just above.
constexpr Exclusion ties_in_double[] = {
    {"node", "test_dynamicquantizelinear", "a tie in double, which rounding in float decides"},
    {"node", "test_dynamicquantizelinear_expanded", "a tie in double, which rounding in float decides"},
};

const Exclusion* excluded(const std::string& group, const std::string& name) {
  if (sizeof(Real) == sizeof(double)) {
    for (const auto& row : ties_in_double)
      if (row.group == group && name == row.prefix) return &row;
  }
  for (const auto& row : exclusions)
    if (row.group == group && name.starts_with(row.prefix)) return &row;
  return nullptr;
}

// What became of the cases of one group.
struct Tally {
  int passed = 0;
  int failed = 0;
  int unsupported = 0;
  int sessions = 0;                     // runs through the engine, one for each real input that can be the only one
  std::map<std::string, int> excluded;  // by reason
};

// Why the model is left alone: it has operators that are not supported. Empty when it loads.
std::optional<Graph> load(const OnnxCase& test, bool& unsupported) {
  try {
    return load_onnx(test.model);
  } catch (const Error& error) {
    unsupported = std::string(error.what()).find("not supported at opset") != std::string::npos;
    if (!unsupported) throw;
    return std::nullopt;
  }
}

void check_outputs(const std::vector<Tensor>& found, const std::vector<NamedTensor>& expected) {
  if (found.size() != expected.size()) fail("outputs", "expected ", expected.size(), ", found ", found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    if (const auto text = difference(found[i], expected[i]); !text.empty()) fail("output", i, ": ", text);
}

// Runs the model through the engine with input `which` as the only one and all others as constants, and compares its
// first real output. False where the engine does not take such a model (no batch axis, nothing computed from the
// input).
bool run_session(const Graph& graph, const OnnxCase& test, std::size_t which) {
  const auto is_real = [](const NamedTensor& output) { return output.tensor.type() == Type::real; };
  const auto expected = std::find_if(test.outputs.begin(), test.outputs.end(), is_real);
  if (test.inputs[which].type() != Type::real || expected == test.outputs.end()) return false;
  auto single = graph;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i)
    if (i != which) single.values[static_cast<std::size_t>(graph.inputs[i])].constant = test.inputs[i];
  single.inputs = {graph.inputs[which]};
  Tensor output;
  try {
    output = Session(std::make_shared<const Graph>(std::move(single))).run(test.inputs[which]);
  } catch (const Error&) {
    return false;
  }
  if (const auto text = difference(output, *expected); !text.empty()) fail("session from input", which, ": ", text);
  return true;
}

void run_case(const std::string& group, const std::string& name, Tally& tally) {
  const auto* row = excluded(group, name);
  std::string problem;
  try {
    OnnxCase test;
    test.model = read_bytes(std::string(WHYLIGHT_ONNX_CASES) + "/" + group + "/" + name + "/model.onnx");
    bool unsupported = false;
    const auto graph = load(test, unsupported);
    if (unsupported) {
      ++tally.unsupported;
      return;
    }
    test = read_case(group, name);
    // The loader leaves out outputs that need an unsupported operator where others remain.
    if (graph->outputs.size() < test.outputs.size()) {
      ++tally.unsupported;
      return;
    }
    check_outputs(execute(*graph, test.inputs), test.outputs);
    for (std::size_t i = 0; i < graph->inputs.size(); ++i) tally.sessions += run_session(*graph, test, i) ? 1 : 0;
  } catch (const Error& error) {
    problem = error.what();
  }
  INFO(group << "/" << name << ": " << problem);
  if (row) {
    ++tally.excluded[std::string(row->reason)];
    CHECK_FALSE(problem.empty());  // an exclusion that is not needed any more must go
    return;
  }
  problem.empty() ? ++tally.passed : ++tally.failed;
  CHECK(problem.empty());
}

void run_group(const std::string& group) {
  const auto names = case_names(group);
  if (names.empty()) {
    std::cout << "conformance " << group << ": skipped, " << WHYLIGHT_ONNX_CASES
              << " is not there (package libonnx-testdata)\n";
    return;
  }
  Tally tally;
  for (const auto& name : names) run_case(group, name, tally);
  std::cout << "conformance " << group << ": " << names.size() << " cases, " << tally.passed << " passed, "
            << tally.failed << " failed, " << tally.unsupported << " with operators that are not supported; "
            << tally.sessions << " runs through the engine agreed\n";
  for (const auto& [reason, cases] : tally.excluded) std::cout << "  " << cases << " excluded: " << reason << "\n";
}

}  // namespace

TEST_CASE("ONNX's node cases") { run_group("node"); }
TEST_CASE("ONNX's cases converted from PyTorch") { run_group("pytorch-converted"); }
TEST_CASE("ONNX's cases of PyTorch operators") { run_group("pytorch-operator"); }
TEST_CASE("ONNX's simple cases") { run_group("simple"); }

}  // namespace whylight::test
