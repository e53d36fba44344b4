#include <algorithm>
#include <array>

#include "ops/matrix.hpp"
#include "ops/op.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

Index index(std::int64_t value) { return static_cast<Index>(value); }

const ConstantMatrices* constants(const Call& call) { return static_cast<const ConstantMatrices*>(call.prepared); }

bool given(std::span<const View> views, std::size_t i) { return i < views.size() && views[i].present(); }

void fill_zero(std::span<const View> views) {
  for (const auto& view : views)
    if (view.present()) std::ranges::fill(view.real(), Real{0});
}

// ---- Gemm: y = alpha * A * B + beta * C, A and B transposed first if so asked

// A and B as they enter the product.
struct GemmTerms {
  Matrix a, b;
  Real alpha, beta;
  bool transposed_a, transposed_b;
};

Matrix operand(const Shape& shape, const Real* data, bool transposed) {
  const auto m = Matrix::dense(data, index(shape[0]), index(shape[1]));
  return transposed ? m.transposed() : m;
}

GemmTerms gemm_terms(const Node& node, const Shape& a, const Real* a_data, const Shape& b, const Real* b_data) {
  if (a.size() != 2 || b.size() != 2)
    fail(node.label(), "two matrices are needed, found ", to_text(a), " and ", to_text(b));
  const bool transposed_a = node.integer("transA", 0) != 0, transposed_b = node.integer("transB", 0) != 0;
  const GemmTerms terms{operand(a, a_data, transposed_a),
                        operand(b, b_data, transposed_b),
                        static_cast<Real>(node.number("alpha", 1)),
                        static_cast<Real>(node.number("beta", 1)),
                        transposed_a,
                        transposed_b};
  if (terms.a.columns != terms.b.rows)
    fail(node.label(), "the matrices do not fit each other, found ", to_text(a), " and ", to_text(b));
  return terms;
}

GemmTerms gemm_terms(const Call& call) {
  return gemm_terms(call.node, call.x[0].shape, call.x[0].real().data(), call.x[1].shape, call.x[1].real().data());
}

// Where element (row, column) of the product meets C: C[row * row_stride + column * column_stride].
struct Broadcast {
  Index row_stride, column_stride;
};

Broadcast broadcast_c(const Shape& c) {
  const auto columns = c.empty() ? 1 : index(c.back());
  return {c.size() > 1 && c[0] != 1 ? columns : 0, columns != 1 ? 1 : 0};
}

void infer_gemm(Inference& inference) {
  const auto terms = gemm_terms(inference.node, inference.shape(0), nullptr, inference.shape(1), nullptr);
  const Shape shape{terms.a.rows, terms.b.columns};
  if (inference.given(2)) {
    const auto& c = inference.shape(2);
    if (c.size() > 2 || broadcast(inference.node.label(), shape, c) != shape)
      fail(inference.node.label(), "C of shape ", to_text(c), " does not fit the product of shape ", to_text(shape));
  }
  inference.set(0, shape);
}

// beta * C as one row of so many values; C must be the same for all rows.
void bias_row(const Shape& shape, const Real* c, Real beta, std::span<Real> row) {
  const auto stride = broadcast_c(shape).column_stride;
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = beta * c[static_cast<Index>(i) * stride];
}

// y += beta * C, then the clamp.
void add_c(const View& c, Real beta, const Clamp& clamp, const View& y) {
  const auto [row_stride, column_stride] = broadcast_c(c.shape);
  const Index rows = index(y.shape[0]), columns = index(y.shape[1]);
  const Real* from = c.real().data();
  Real* to = y.real().data();
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) to[i * columns + j] += beta * from[i * row_stride + j * column_stride];
  if (clamp.active()) kernels().clamp(to, clamp.low, clamp.high, to, rows * columns);
}

void forward_gemm(const Call& call) {
  const Scratch::Frame frame(*call.scratch);
  const auto terms = gemm_terms(call);
  const bool with_c = given(call.x, 2);
  const auto* prepared = constants(call);
  const bool starts_from_c = prepared ? prepared->biased() : with_c && broadcast_c(call.x[2].shape).row_stride == 0;
  const bool finished = starts_from_c || !with_c;
  const Clamp clamp = finished ? call.clamp : Clamp{};
  Real* y = call.y[0].real().data();
  if (prepared) {
    prepared->forward(terms.a, 0, clamp, call.units, y, *call.scratch);
  } else {
    const auto bias = call.scratch->take<Real>(terms.b.columns);
    if (starts_from_c) bias_row(call.x[2].shape, call.x[2].real().data(), terms.beta, bias);
    multiply(terms.a, terms.b, {starts_from_c ? bias.data() : nullptr, terms.alpha, clamp}, y, *call.scratch);
  }
  if (!finished) add_c(call.x[2], terms.beta, call.clamp, call.y[0]);
}

void c_gradient(const Matrix& gy, Real beta, const View& gc) {
  const auto [row_stride, column_stride] = broadcast_c(gc.shape);
  Real* to = gc.real().data();
  std::ranges::fill(gc.real(), Real{0});
  for (Index i = 0; i < gy.rows; ++i)
    for (Index j = 0; j < gy.columns; ++j) to[i * row_stride + j * column_stride] += beta * gy.data[i * gy.columns + j];
}

void backward_gemm(const Call& call) {
  if (!call.gy[0].present()) return fill_zero(call.gx);
  const auto terms = gemm_terms(call);
  const auto gy = Matrix::dense(call.gy[0].real().data(), terms.a.rows, terms.b.columns);
  const Affine scaled{.scale = terms.alpha};
  auto& scratch = *call.scratch;
  if (given(call.gx, 0)) {
    Real* ga = call.gx[0].real().data();
    if (terms.transposed_a)
      multiply(terms.b, gy.transposed(), scaled, ga, scratch);
    else if (call.prepared)
      constants(call)->backward(gy, 0, ga, scratch);
    else
      multiply(gy, terms.b.transposed(), scaled, ga, scratch);
  }
  if (given(call.gx, 1)) {
    Real* gb = call.gx[1].real().data();
    if (terms.transposed_b)
      multiply(gy.transposed(), terms.a, scaled, gb, scratch);
    else
      multiply(terms.a.transposed(), gy, scaled, gb, scratch);
  }
  if (given(call.gx, 2)) c_gradient(gy, terms.beta, call.gx[2]);
}

std::shared_ptr<const Prepared> prepare_gemm(const Node& node, std::span<const ValueInfo> inputs) {
  const auto& b = inputs[1].constant;
  if (!b.present()) return nullptr;
  const auto terms = gemm_terms(node, inputs[0].shape, nullptr, inputs[1].shape, b.real().data());
  std::vector<Real> bias;
  if (inputs.size() > 2 && inputs[2].given && inputs[2].constant.present() &&
      broadcast_c(inputs[2].shape).row_stride == 0) {
    bias.resize(static_cast<std::size_t>(terms.b.columns));
    bias_row(inputs[2].shape, inputs[2].constant.real().data(), terms.beta, bias);
  }
  return std::make_shared<ConstantMatrices>(b, std::vector{terms.b}, terms.alpha, std::move(bias));
}

// ---- MatMul: NumPy's rules for vectors and for stacks of matrices. A third input, which ONNX does not know (see
// engine/merge_bias.cpp), is added to each row.

// One product of the stack: which matrix of A and which of B it multiplies.
struct Pair {
  Index a, b;
};

struct Stack {
  Index rows = 1, depth = 1, columns = 1;  // of each product
  std::vector<Pair> pairs;                 // in the order of the output
  Index a_matrices = 1, b_matrices = 1;
  Shape output;
};

// Index of the matrix that output matrix `flat` of a stack `shape` uses in a smaller stack that is broadcast to it.
Index broadcast_index(std::int64_t flat, const Shape& shape, const Shape& smaller) {
  std::int64_t place = 0, step = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto axis = shape.size() - 1 - i;
    const auto at = flat % shape[axis];
    flat /= shape[axis];
    if (i >= smaller.size()) continue;
    const auto size = smaller[smaller.size() - 1 - i];
    if (size != 1) place += at * step;
    step *= size;
  }
  return index(place);
}

Stack stack(const Node& node, const Shape& a, const Shape& b) {
  if (a.empty() || b.empty())
    fail(node.label(), "the inputs must not be scalars, found ", to_text(a), " and ", to_text(b));
  const bool vector_a = a.size() == 1, vector_b = b.size() == 1;
  const auto inner = vector_b ? b[0] : b[b.size() - 2];
  if (a.back() != inner)
    fail(node.label(), "the inputs do not fit each other, found ", to_text(a), " and ", to_text(b));
  const Shape batch_a(a.begin(), a.end() - (vector_a ? 1 : 2)), batch_b(b.begin(), b.end() - (vector_b ? 1 : 2));
  Stack s{.rows = vector_a ? 1 : index(a[a.size() - 2]),
          .depth = index(inner),
          .columns = vector_b ? 1 : index(b.back()),
          .pairs = {},
          .a_matrices = index(count(batch_a)),
          .b_matrices = index(count(batch_b)),
          .output = broadcast(node.label(), batch_a, batch_b)};
  const Shape batch = s.output;
  if (!vector_a) s.output.push_back(s.rows);
  if (!vector_b) s.output.push_back(s.columns);
  if (s.b_matrices == 1 && s.a_matrices == count(batch)) {  // one right-hand matrix: all rows at once
    s.rows *= s.a_matrices;
    s.a_matrices = 1;
    s.pairs = {{0, 0}};
    return s;
  }
  for (std::int64_t i = 0; i < count(batch); ++i)
    s.pairs.push_back({broadcast_index(i, batch, batch_a), broadcast_index(i, batch, batch_b)});
  return s;
}

Matrix left(const Stack& s, const Real* data, Index i) {
  return Matrix::dense(data + i * s.rows * s.depth, s.rows, s.depth);
}
Matrix right(const Stack& s, const Real* data, Index i) {
  return Matrix::dense(data + i * s.depth * s.columns, s.depth, s.columns);
}
Matrix result(const Stack& s, const Real* data, Index i) {
  return Matrix::dense(data + i * s.rows * s.columns, s.rows, s.columns);
}

void infer_matmul(Inference& inference) {
  const auto s = stack(inference.node, inference.shape(0), inference.shape(1));
  if (inference.given(2) && inference.shape(2) != Shape{s.columns})
    fail(inference.node.label(), "a bias must have ", s.columns, " values, found ", to_text(inference.shape(2)));
  inference.set(0, s.output);
}

const Real* bias_of(const Call& call) { return given(call.x, 2) ? call.x[2].real().data() : nullptr; }

void forward_matmul(const Call& call) {
  const auto s = stack(call.node, call.x[0].shape, call.x[1].shape);
  // A vector's product may hold the units of several rows of the batch.
  const auto units = s.pairs.size() == 1 && call.x[0].rank() > 1 ? call.units : Units{};
  Real* y = call.y[0].real().data();
  for (Index i = 0; i < std::ssize(s.pairs); ++i, y += s.rows * s.columns) {
    const auto pair = s.pairs[static_cast<std::size_t>(i)];
    const auto a = left(s, call.x[0].real().data(), pair.a), b = right(s, call.x[1].real().data(), pair.b);
    if (call.prepared)
      constants(call)->forward(a, pair.b, call.clamp, units, y, *call.scratch);
    else
      multiply(a, b, {.bias = bias_of(call), .clamp = call.clamp}, y, *call.scratch);
  }
}

// Sums what the products of a stack give to the matrices of one input, which several of them may share.
class Gathered {
 public:
  Gathered(const View& gradient, Index matrices, Scratch& scratch)
      : gradient_(gradient), size_(matrices ? index(gradient.size) / matrices : 0), scratch_(scratch) {
    seen_.resize(static_cast<std::size_t>(matrices));
    std::ranges::fill(gradient.real(), Real{0});
  }

  // Calls compute(where to write) and adds what it wrote to matrix i.
  template <class Compute>
  void add(Index i, const Compute& compute) {
    Real* to = gradient_.real().data() + i * size_;
    if (!seen_[static_cast<std::size_t>(i)]) {
      seen_[static_cast<std::size_t>(i)] = true;
      return compute(to);
    }
    const Scratch::Frame frame(scratch_);
    Real* part = scratch_.take<Real>(size_).data();
    compute(part);
    kernels().add(to, part, to, size_);
  }

 private:
  const View& gradient_;
  Index size_;
  Scratch& scratch_;
  std::vector<bool> seen_;
};

void left_gradient(const Call& call, const Stack& s) {
  Gathered gathered(call.gx[0], s.a_matrices, *call.scratch);
  for (Index i = 0; i < std::ssize(s.pairs); ++i) {
    const auto pair = s.pairs[static_cast<std::size_t>(i)];
    const auto gy = result(s, call.gy[0].real().data(), i);
    const auto b = right(s, call.x[1].real().data(), pair.b);
    gathered.add(pair.a, [&](Real* to) {
      if (call.prepared)
        constants(call)->backward(gy, pair.b, to, *call.scratch);
      else
        multiply(gy, b.transposed(), {}, to, *call.scratch);
    });
  }
}

void right_gradient(const Call& call, const Stack& s) {
  Gathered gathered(call.gx[1], s.b_matrices, *call.scratch);
  for (Index i = 0; i < std::ssize(s.pairs); ++i) {
    const auto pair = s.pairs[static_cast<std::size_t>(i)];
    const auto gy = result(s, call.gy[0].real().data(), i);
    const auto a = left(s, call.x[0].real().data(), pair.a);
    gathered.add(pair.b, [&](Real* to) { multiply(a.transposed(), gy, {}, to, *call.scratch); });
  }
}

void backward_matmul(const Call& call) {
  if (!call.gy[0].present()) return fill_zero(call.gx);
  const auto s = stack(call.node, call.x[0].shape, call.x[1].shape);
  if (given(call.gx, 0)) left_gradient(call, s);
  if (given(call.gx, 1)) right_gradient(call, s);
  if (given(call.gx, 2))
    c_gradient(Matrix::dense(call.gy[0].real().data(), s.rows * std::ssize(s.pairs), s.columns), 1, call.gx[2]);
}

std::shared_ptr<const Prepared> prepare_matmul(const Node& node, std::span<const ValueInfo> inputs) {
  const auto& b = inputs[1].constant;
  if (!b.present() || b.size() == 0) return nullptr;
  std::vector<Real> bias;
  if (inputs.size() > 2 && inputs[2].given) {
    const auto& values = inputs[2].constant;
    if (!values.present()) return nullptr;
    bias.assign(values.real().begin(), values.real().end());
  }
  const auto s = stack(node, inputs[0].shape, inputs[1].shape);
  std::vector<Matrix> matrices;
  matrices.reserve(static_cast<std::size_t>(s.b_matrices));
  for (Index i = 0; i < s.b_matrices; ++i) matrices.push_back(right(s, b.real().data(), i));
  return std::make_shared<ConstantMatrices>(b, std::move(matrices), Real{1}, std::move(bias));
}

std::int64_t work_gemm(const Node& node, std::span<const View> x, std::span<const View> y) {
  return y[0].size * x[0].shape[node.integer("transA", 0) ? 0 : 1];
}

std::int64_t work_matmul(const Node&, std::span<const View> x, std::span<const View> y) {
  return x[0].rank() > 0 ? y[0].size * x[0].shape.back() : 0;
}

constexpr OpDef row(std::string_view name, decltype(OpDef::infer) infer, decltype(OpDef::forward) forward,
                    decltype(OpDef::backward) backward, decltype(OpDef::prepare) prepare, decltype(OpDef::work) work) {
  return {.name = name,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = Relevance::rule,
          .clamps = true,
          .reads = Reads::other_inputs,
          .prepare = prepare,
          .work = work};
}

constexpr std::array rows{row("Gemm", infer_gemm, forward_gemm, backward_gemm, prepare_gemm, work_gemm),
                          row("MatMul", infer_matmul, forward_matmul, backward_matmul, prepare_matmul, work_matmul)};

}  // namespace

std::span<const OpDef> linear_ops() { return rows; }

}  // namespace whylight
