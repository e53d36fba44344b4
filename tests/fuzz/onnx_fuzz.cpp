#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "engine/session.hpp"
#include "onnx/load.hpp"
#include "tensor/fail.hpp"

// Any bytes either load or throw Error, and what has loaded runs forwards and backwards or throws Error.

namespace {

using namespace whylight;

constexpr std::int64_t most_elements = 4096;    // of an input
constexpr std::int64_t most_work = 20'000'000;  // multiply-adds of a run

// A tensor of a declared shape, with 2 where a size is open; integers are small, as sizes and axes are.
Tensor example(const Value& value) {
  Shape shape = value.declared;
  for (auto& size : shape) size = size < 0 ? 2 : size;
  if (count(shape) > most_elements) fail("fuzz", "input is too large");
  Tensor tensor(shape, value.type);
  for (std::size_t i = 0; i < static_cast<std::size_t>(tensor.size()); ++i) {
    if (value.type == Type::real) tensor.real()[i] = static_cast<Real>(i % 7) - Real(2.5);
    if (value.type == Type::i64) tensor.i64()[i] = static_cast<std::int64_t>(i % 3);
  }
  return tensor;
}

// Leaves the first real input to be given and makes constants of all others, as most of ONNX's own cases need.
void leave_one_input(Graph& graph) {
  int left = absent;
  for (const auto input : graph.inputs) {
    auto& value = graph.values[static_cast<std::size_t>(input)];
    if (left == absent && value.type == Type::real && !value.declared.empty()) {
      left = input;
    } else {
      value.constant = example(value);
    }
  }
  if (left != absent) graph.inputs = {left};
}

// Read in small blocks, so that fields lie across their ends; external data is the file itself.
class Blocks : public MemorySource {
 public:
  explicit Blocks(std::span<const std::byte> bytes) : MemorySource(bytes), bytes_(bytes) {}
  std::size_t block() const override { return 48; }
  std::unique_ptr<ByteSource> beside(const std::string&) const override {
    return std::make_unique<MemorySource>(bytes_);
  }

 private:
  std::span<const std::byte> bytes_;
};

void use(std::span<const std::byte> bytes) {
  auto graph = load_onnx(Blocks(bytes));
  leave_one_input(graph);
  if (graph.inputs.size() != 1) return;
  auto& input = graph.values[static_cast<std::size_t>(graph.inputs[0])];
  const auto batch = example(input);
  for (std::size_t axis = 1; axis < batch.shape().size(); ++axis) input.declared[axis] = batch.shape()[axis];
  Session session(std::make_shared<const Graph>(std::move(graph)));
  if (batch.size() == 0) return;
  if (session.cost() > most_work) return;
  session.run(batch);
  session.attribute(batch, Target::unit(0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    use({reinterpret_cast<const std::byte*>(data), size});
  } catch (const whylight::Error&) {
    // One clear error is a right answer.
  }
  return 0;
}
