#include "ops/op.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tensor/fail.hpp"

namespace whylight {

namespace {

constexpr std::size_t smallest_block = std::size_t{1} << 16;

constexpr std::array families{
    activation_ops, arithmetic_ops,    constant_ops,  convolution_ops, gather_ops,       limit_ops,     linear_ops,
    movement_ops,   normalisation_ops, padding_ops,   pooling_ops,     quantisation_ops, reduction_ops, resize_ops,
    slicing_ops,    internal_ops,      attention_ops, einsum_ops,      function_ops,     line_ops,      recurrent_ops};

}  // namespace

std::byte* Scratch::bytes(std::size_t size) {
  const auto rounded = (size + 15) / 16 * 16 + 16;
  while (block_ < blocks_.size() && used_ + rounded > blocks_[block_].size) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    const auto bytes = std::max(rounded, smallest_block);
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(bytes), bytes});
    used_ = 0;
  }
  auto* memory = blocks_[block_].memory.get() + used_;
  used_ += rounded;
  return memory;
}

View Scratch::view(const Shape& shape, Layout layout, Type type) {
  return View(shape, layout, type, bytes(static_cast<std::size_t>(count(shape)) * size_of(type)));
}

// Here and not in graph.cpp, which knows no operators.
std::string Node::label() const { return std::string(op ? op->name : "node") + " '" + name + "'"; }

const Shape& Inference::shape(std::size_t input) const {
  if (!given(input)) fail(node.label(), "input ", input, " is missing");
  return inputs[input].shape;
}

bool Inference::given(std::size_t input) const { return input < inputs.size() && inputs[input].given; }

std::vector<std::int64_t> Inference::integers(std::size_t input) const {
  shape(input);
  const auto& constant = inputs[input].constant;
  if (!constant.present()) fail(node.label(), "input ", input, " must not depend on the data");
  if (constant.type() != Type::i64)
    fail(node.label(), "input ", input, " must be integers, found ", name_of(constant.type()));
  const auto values = constant.i64();
  return {values.begin(), values.end()};
}

std::vector<double> Inference::numbers(std::size_t input) const {
  shape(input);
  const auto& constant = inputs[input].constant;
  if (!constant.present()) fail(node.label(), "input ", input, " must not depend on the data");
  if (constant.type() != Type::real)
    fail(node.label(), "input ", input, " must be real, found ", name_of(constant.type()));
  const auto values = constant.real();
  return {values.begin(), values.end()};
}

void Inference::set(std::size_t output, Shape shape, Type type) {
  if (output >= outputs.size() || !outputs[output].given) return;
  outputs[output].shape = std::move(shape);
  outputs[output].type = type;
}

namespace {

void finish_late(const Call& call, const View& results) {
  if (!call.node.op->finishes) kernels().finish(*call.finish, 0, static_cast<Index>(results.size));
}

}  // namespace

void run_forward(const Call& call) {
  call.node.op->forward(call);
  if (call.finish) finish_late(call, call.y[0]);
}

void run_backward(const Call& call) {
  call.node.op->backward(call);
  if (call.finish) finish_late(call, call.gx[0]);
}

const OpDef* find_op(std::string_view domain, std::string_view name, int opset) {
  const OpDef* best = nullptr;
  for (const auto family : families)
    for (const auto& row : family())
      if (row.domain == domain && row.name == name && row.since <= opset && (!best || row.since > best->since))
        best = &row;
  return best;
}

std::vector<const OpDef*> all_ops() {
  std::vector<const OpDef*> rows;
  for (const auto family : families)
    for (const auto& row : family()) rows.push_back(&row);
  return rows;
}

}  // namespace whylight
