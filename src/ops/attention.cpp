#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ops/matrix.hpp"
#include "ops/parts.hpp"
#include "tensor/fail.hpp"

// Attention (Vaswani et al. 2017, section 3.2.1) as one operator, as exporters write it since opset 23: inputs query,
// key, value and mask, with heads as an axis of their own or side by side in the last.

namespace whylight {

namespace {

using Int = std::int64_t;

// One input or output as matrices, one for each row of the batch and head.
struct Heads {
  Int batch = 0;
  Int heads = 0;
  Index rows = 0;
  Index columns = 0;
  Shape strides{};  // of batch and head; rows follow one another in steps of `row_stride`
  Index row_stride = 0;

  Matrix matrix(const View& view, Int row, Int head) const {
    return {view.real().data() + row * strides[0] + head * strides[1], rows, columns, row_stride, 1};
  }
};

Heads heads_of(const Node& node, const Shape& shape, std::string_view attribute) {
  if (shape.size() == 4) {
    return {shape[0],
            shape[1],
            static_cast<Index>(shape[2]),
            static_cast<Index>(shape[3]),
            {shape[1] * shape[2] * shape[3], shape[2] * shape[3]},
            static_cast<Index>(shape[3])};
  }
  const auto heads = node.integer(attribute, 0);
  if (shape.size() != 3 || heads < 1 || shape[2] % heads != 0)
    fail(node.label(), "its inputs must have 4 axes, or 3 and a number of heads that divides the last, found ",
         to_text(shape), " and ", heads);
  const auto width = shape[2] / heads;
  return {shape[0],
          heads,
          static_cast<Index>(shape[1]),
          static_cast<Index>(width),
          {shape[1] * shape[2], width},
          static_cast<Index>(shape[2])};
}

struct Sizes {
  Heads query, key, value, output;
  Real scale;
  Real cap;  // scores are bent to stay within; 0: they are not
  bool causal;

  Shape scores() const { return {query.batch, query.heads, query.rows, key.rows}; }
  // Query heads may share key and value heads (Ainslie et al. 2023).
  Int shared(Int head) const { return head * key.heads / query.heads; }
};

Shape output_shape(const Shape& query, const Heads& heads, const Heads& value) {
  auto shape = query;
  shape.back() = query.size() == 4 ? value.columns : heads.heads * value.columns;
  return shape;
}

Sizes sizes_of(const Node& node, const Shape& query, const Shape& key, const Shape& value) {
  Sizes sizes{heads_of(node, query, "q_num_heads"),
              heads_of(node, key, "kv_num_heads"),
              heads_of(node, value, "kv_num_heads"),
              {},
              0,
              static_cast<Real>(node.number("softcap", 0)),
              node.integer("is_causal", 0) != 0};
  const auto& [q, k, v] = std::tie(sizes.query, sizes.key, sizes.value);
  if (q.batch != k.batch || q.batch != v.batch || k.heads != v.heads || k.heads < 1 || q.heads % k.heads != 0 ||
      k.rows != v.rows || q.columns != k.columns || query.size() != key.size() || query.size() != value.size())
    fail(node.label(), "query, key and value do not fit each other, found ", to_text(query), ", ", to_text(key),
         " and ", to_text(value));
  sizes.output = heads_of(node, output_shape(query, q, v), "q_num_heads");
  const auto width = static_cast<double>(std::max<Index>(q.columns, 1));
  sizes.scale = static_cast<Real>(node.number("scale", 1 / std::sqrt(width)));
  return sizes;
}

Sizes sizes_of(const Call& call) { return sizes_of(call.node, call.x[0].shape, call.x[1].shape, call.x[2].shape); }

void infer(Inference& inference) {
  const auto& label = inference.node.label();
  const auto sizes = sizes_of(inference.node, inference.shape(0), inference.shape(1), inference.shape(2));
  for (std::size_t i = 0; i < inference.inputs.size(); ++i) {
    if (i > 3 && inference.given(i)) fail(label, "keys and values kept from before are not supported, found input ", i);
    const auto type = inference.inputs[i].type;
    if (inference.given(i) && type != Type::real && !(i == 3 && type == Type::boolean))
      fail(label, "inputs must be real, found ", name_of(type));
  }
  for (std::size_t i = 1; i < inference.outputs.size(); ++i)
    if (inference.outputs[i].given) fail(label, "only the first output is supported, found output ", i);
  if (inference.given(3) && broadcast(label, sizes.scores(), inference.shape(3)) != sizes.scores())
    fail(label, "the mask must broadcast to ", to_text(sizes.scores()), ", found ", to_text(inference.shape(3)));
  constexpr std::int64_t most = std::int64_t{1} << 26;
  if (count({sizes.query.rows, sizes.key.rows}) > most)
    fail(label, "its scores must stay below ", most >> 20, " million, found ", to_text(sizes.scores()));
  inference.set(0, output_shape(inference.shape(0), sizes.query, sizes.value));
}

// The mask's elements for one head, with stride 0 where it repeats.
View mask_part(const View& mask, const Sizes& sizes, Int row, Int head) {
  const auto strides = repeat_strides(mask, sizes.scores());
  return part(mask, {sizes.query.rows, sizes.key.rows}, {strides[2], strides[3]}, row * strides[0] + head * strides[1]);
}

void add_mask(const Call& call, const Sizes& sizes, Int row, Int head, const View& scores) {
  constexpr auto never = -std::numeric_limits<Real>::infinity();
  const auto columns = sizes.key.rows;
  auto* values = scores.real().data();
  for (Index i = 0; sizes.causal && i < sizes.query.rows; ++i)
    for (Index j = i + 1; j < columns; ++j) values[i * columns + j] = never;
  if (!given(call.x, 3)) return;
  const auto mask = mask_part(call.x[3], sizes, row, head);
  if (mask.type == Type::real) return add(mask, scores);
  const auto* allowed = reinterpret_cast<const bool*>(mask.data);
  for (Index i = 0; i < sizes.query.rows; ++i)
    for (Index j = 0; j < columns; ++j)
      if (!allowed[i * mask.strides[0] + j * mask.strides[1]]) values[i * columns + j] = never;
}

// Turns each row of scores into shares; a row without anything to attend to into zeros.
void share_out(const View& scores) {
  const auto columns = static_cast<Index>(scores.shape[1]);
  for (Index i = 0; i < scores.shape[0]; ++i) {
    auto* row = scores.real().data() + i * columns;
    const auto most = *std::max_element(row, row + columns);
    Real total = 0;
    for (Index j = 0; j < columns; ++j) {
      row[j] = std::isinf(most) ? 0 : std::exp(row[j] - most);
      total += row[j];
    }
    for (Index j = 0; j < columns && total > 0; ++j) row[j] /= total;
  }
}

// The shares of attention of one head, in scratch; `bent`, where given, gets the scores over the cap after it.
View shares_of(const Call& call, const Sizes& sizes, Int row, Int head, View* bent = nullptr) {
  const auto shares = call.scratch->view({sizes.query.rows, sizes.key.rows});
  if (shares.size == 0) return shares;
  multiply(sizes.query.matrix(call.x[0], row, head), sizes.key.matrix(call.x[1], row, sizes.shared(head)).transposed(),
           {.scale = sizes.scale}, shares.real().data(), *call.scratch);
  if (sizes.cap > 0) {
    for (auto& score : shares.real()) score = std::tanh(score / sizes.cap);
    if (bent) move_elements(shares, *bent = call.scratch->view(shares.shape));
    for (auto& score : shares.real()) score *= sizes.cap;
  }
  add_mask(call, sizes, row, head, shares);
  share_out(shares);
  return shares;
}

// Adds a dense matrix to one head's part of a view.
void add_to(const Real* from, const Heads& heads, const View& into, Int row, Int head) {
  const auto to = heads.matrix(into, row, head);
  const auto offset = to.data - into.real().data();
  for (Index i = 0; i < heads.rows; ++i) {
    Real* line = into.real().data() + offset + i * heads.row_stride;
    kernels().add(line, from + i * heads.columns, line, heads.columns);
  }
}

template <class Use>
void each_head(const Call& call, const Sizes& sizes, Use use) {
  for (Int row = 0; row < sizes.query.batch; ++row)
    for (Int head = 0; head < sizes.query.heads; ++head) {
      const Scratch::Frame frame(*call.scratch);
      use(row, head);
    }
}

void forward(const Call& call) {
  const auto sizes = sizes_of(call);
  fill_zero(call.y[0]);
  each_head(call, sizes, [&](Int row, Int head) {
    const auto shares = shares_of(call, sizes, row, head);
    const auto result = call.scratch->take<Real>(sizes.output.rows * sizes.output.columns);
    multiply(Matrix::dense(shares.real().data(), sizes.query.rows, sizes.key.rows),
             sizes.value.matrix(call.x[2], row, sizes.shared(head)), {}, result.data(), *call.scratch);
    add_to(result.data(), sizes.output, call.y[0], row, head);
  });
}

// What the shares hand on to the scores: g becomes shares * (g - sum of shares * g).
void backward_shares(const View& shares, const View& g) {
  const auto columns = static_cast<Index>(shares.shape[1]);
  for (Index i = 0; i < shares.shape[0]; ++i) {
    const auto* share = shares.real().data() + i * columns;
    auto* line = g.real().data() + i * columns;
    const auto mean = kernels().dot(share, line, columns);
    for (Index j = 0; j < columns; ++j) line[j] = share[j] * (line[j] - mean);
  }
}

// One head's gradients, added to those of the inputs.
void backward_head(const Call& call, const Sizes& sizes, Int row, Int head) {
  auto& scratch = *call.scratch;
  const auto& [q, k, v] = std::tie(sizes.query, sizes.key, sizes.value);
  const auto shared = sizes.shared(head);
  View bent;
  const auto shares = shares_of(call, sizes, row, head, &bent);
  const auto gy = sizes.output.matrix(call.gy[0], row, head);
  const auto square = [&](const View& view) { return Matrix::dense(view.real().data(), q.rows, k.rows); };
  const auto give = [&](std::size_t input, const Matrix& a, const Matrix& b, Real scale, const Heads& heads, Int to) {
    const auto gx = wanted(call, input);
    if (!gx.present()) return;
    const auto result = scratch.take<Real>(heads.rows * heads.columns);
    multiply(a, b, {.scale = scale}, result.data(), scratch);
    add_to(result.data(), heads, gx, row, to);
  };
  give(2, square(shares).transposed(), gy, 1, v, shared);
  const auto g = scratch.view(shares.shape);
  multiply(gy, v.matrix(call.x[2], row, shared).transposed(), {}, g.real().data(), scratch);
  backward_shares(shares, g);
  if (const auto gx = wanted(call, 3); gx.present()) add(g, mask_part(gx, sizes, row, head));
  if (bent.present())
    for (std::size_t i = 0; i < g.real().size(); ++i) g.real()[i] *= 1 - bent.real()[i] * bent.real()[i];
  give(0, square(g), k.matrix(call.x[1], row, shared), sizes.scale, q, head);
  give(1, square(g).transposed(), q.matrix(call.x[0], row, head), sizes.scale, k, shared);
}

void backward(const Call& call) {
  if (nothing_flows(call)) return;
  const auto sizes = sizes_of(call);
  for (const auto& gx : call.gx) fill_zero(gx);
  if (sizes.query.rows == 0 || sizes.key.rows == 0) return;
  each_head(call, sizes, [&](Int row, Int head) { backward_head(call, sizes, row, head); });
}

std::int64_t work(const Node& node, std::span<const View> x, std::span<const View> y) {
  return (x[0].size + y[0].size) * sizes_of(node, x[0].shape, x[1].shape, x[2].shape).key.rows;
}

constexpr std::array rows{OpDef{.name = "Attention",
                                .since = 23,
                                .infer = infer,
                                .forward = forward,
                                .backward = backward,
                                .relevance = Relevance::unknown,
                                .work = work}};

}  // namespace

std::span<const OpDef> attention_ops() { return rows; }

}  // namespace whylight
