#include "ops/cases/cases.hpp"

// Operators of sequences: Einstein sums, attention and recurrent layers.

namespace whylight::test {

namespace {

using Attributes = std::map<std::string, Attribute, std::less<>>;

OpCase einsum(const char* equation, std::vector<Tensor> inputs) {
  return {.op = "Einsum", .attributes = {{"equation", std::string(equation)}}, .inputs = std::move(inputs)};
}

OpCase attention(Attributes attributes, std::vector<Tensor> inputs) {
  return {.op = "Attention", .opset = 23, .attributes = std::move(attributes), .inputs = std::move(inputs)};
}

// Inputs of a recurrent layer with 3 steps, a batch of 2, 2 inputs and 2 units.
struct Layer {
  const char* op;
  std::int64_t gates;
  std::int64_t directions = 1;
  bool batch_first = false;

  Tensor state(std::uint64_t seed) const {
    return batch_first ? spread({2, directions, 2}, seed, 0, Real(0.4))
                       : spread({directions, 2, 2}, seed, 0, Real(0.4));
  }
  // The first `given` of the ONNX inputs; lengths are left out where empty.
  OpCase with(Attributes attributes, std::size_t given, const std::vector<std::int64_t>& lengths = {}) const {
    const auto width = gates * 2;
    std::vector<Tensor> inputs{
        spread(batch_first ? Shape{2, 3, 2} : Shape{3, 2, 2}, 1, 0, Real(0.5)),
        spread({directions, width, 2}, 2, 0, Real(0.4)),
        spread({directions, width, 2}, 3, 0, Real(0.4)),
        spread({directions, 2 * width}, 4, 0, Real(0.3)),
        lengths.empty() ? Tensor() : Tensor::integers({2}, lengths),
        state(5),
        state(6),
        spread({directions, 6}, 7, 0, Real(0.4)),
    };
    inputs.resize(given);
    if (directions == 2) attributes["direction"] = std::string("bidirectional");
    if (batch_first) attributes["layout"] = std::int64_t{1};
    return {.op = op,
            .opset = 14,
            .attributes = std::move(attributes),
            .inputs = std::move(inputs),
            .outputs = gates == 4 ? 3 : 2};
  }
};

}  // namespace

std::vector<OpCase> einsum_cases() {
  return {
      einsum("ij->ji", {spread({3, 4})}),
      einsum("ij->i", {spread({3, 4})}),
      einsum("bii->bi", {spread({2, 3, 3})}),
      einsum("ii", {spread({3, 3})}),
      einsum("i,i", {spread({4}), spread({4}, 2)}),
      einsum("bij, bjk -> bik", {spread({2, 3, 4}), spread({2, 4, 2}, 2)}),
      einsum("nti,oij->ntoj", {spread({2, 3, 2}), spread({2, 2, 3}, 2)}),
      einsum("...toj,...soj->...ots", {spread({2, 3, 2, 2}), spread({2, 2, 2, 2}, 2)}),
      einsum("...ij,jk", {spread({1, 2, 2, 3}), spread({3, 2}, 2)}),
      einsum("...i,...i->...", {spread({2, 1, 3}), spread({4, 3}, 2)}),
      einsum("ij,k->k", {spread({2, 3}), spread({3}, 2)}),
      einsum("i,j->ij", {spread({3}), spread({2}, 2)}),
      einsum("ij,jj->i", {spread({2, 3}), spread({3, 3}, 2)}),
      einsum("bi,bj,ijk->bk", {spread({2, 3}), spread({2, 2}, 2), spread({3, 2, 2}, 3)}),
      einsum("a,ab,b,b->", {spread({3}), spread({3, 2}, 2), spread({2}, 3), spread({2}, 4)}),
      einsum("Ab,bC", {spread({2, 3}), spread({3, 2}, 2)}),
  };
}

std::vector<OpCase> attention_cases() {
  const auto heads = std::int64_t{2};
  const Tensor mask({2, 3}, Type::boolean);
  const auto allowed = mask.as<bool>();
  for (const std::size_t i : {0, 2, 4}) allowed[i] = true;
  return {
      attention({}, {spread({2, 2, 3, 2}), spread({2, 2, 4, 2}, 2), spread({2, 2, 4, 3}, 3)}),
      attention({{"is_causal", std::int64_t{1}}},
                {spread({1, 2, 3, 2}), spread({1, 2, 3, 2}, 2), spread({1, 2, 3, 2}, 3)}),
      attention({{"scale", 0.3}, {"softcap", 1.5}},
                {spread({1, 2, 3, 2}), spread({1, 2, 3, 2}, 2), spread({1, 2, 3, 2}, 3), spread({2, 1, 3}, 4)}),
      attention({}, {spread({1, 2, 2, 2}), spread({1, 1, 3, 2}, 2), spread({1, 1, 3, 2}, 3), mask}),
      attention({{"q_num_heads", heads * 2}, {"kv_num_heads", heads}},
                {spread({2, 3, 8}), spread({2, 2, 4}, 2), spread({2, 2, 6}, 3), spread({3, 2}, 4)}),
  };
}

std::vector<OpCase> recurrent_cases() {
  const Attributes after{{"linear_before_reset", std::int64_t{1}}}, reverse{{"direction", std::string("reverse")}};
  const Attributes other{{"activations", std::vector<std::string>{"HardSigmoid", "Relu"}}};
  std::vector<OpCase> cases;
  for (const auto& [op, gates] : {std::pair{"RNN", 1}, std::pair{"GRU", 3}, std::pair{"LSTM", 4}}) {
    const std::size_t all = gates == 4 ? 8 : 6;
    cases.push_back(Layer{op, gates}.with({}, 3));
    cases.push_back(Layer{op, gates}.with(reverse, 4));
    cases.push_back(Layer{op, gates}.with(reverse, all, {3, 2}));
    cases.push_back(Layer{op, gates, 2}.with({}, all, {1, 3}));
    cases.push_back(Layer{op, gates, 2, true}.with({}, all));
    cases.push_back(Layer{op, gates}.with({{"clip", 0.3}}, all, {3, 2}));
  }
  cases.push_back(Layer{"LSTM", 4}.with({{"input_forget", std::int64_t{1}}}, 8));
  cases.push_back(Layer{"LSTM", 4, 2}.with({{"input_forget", std::int64_t{1}}, {"clip", 0.5}}, 8, {3, 2}));
  cases.push_back(Layer{"GRU", 3}.with(after, 6));
  cases.push_back(Layer{"GRU", 3, 2, true}.with(after, 6, {3, 2}));
  cases.push_back(Layer{"GRU", 3}.with(other, 6));
  return cases;
}

}  // namespace whylight::test
