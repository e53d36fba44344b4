#include <algorithm>
#include <cmath>

#include "support/call.hpp"
#include "support/catch.hpp"
#include "tensor/random.hpp"

using namespace whylight;
using test::Case;
using test::OpRun;

namespace {

constexpr double tolerance = sizeof(Real) == 8 ? 1e-12 : 1e-5;

Tensor noise(const Shape& shape, std::uint64_t stream) {
  Tensor tensor(shape);
  Random(11, stream).fill_normal(tensor.real(), 0, 1);
  return tensor;
}

void check_close(const Tensor& found, const std::vector<double>& wanted) {
  REQUIRE(found.size() == std::ssize(wanted));
  double largest = 1, worst = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(wanted[i]));
    const auto difference = std::abs(static_cast<double>(found.real()[i]) - wanted[i]);
    worst = difference <= worst ? worst : difference;  // a NaN becomes the worst
  }
  CHECK(worst <= tolerance * largest);
}

double value(const Tensor& t, std::int64_t i) { return static_cast<double>(t.real()[static_cast<std::size_t>(i)]); }

// Sums of products given one by one: y[k] += factor * a[i] * b[j], and the gradients of sum(gy * y).
struct Products {
  const Tensor &a, &b, &gy;
  double factor = 1;
  std::vector<double> y, ga, gb;

  Products(const Tensor& a_, const Tensor& b_, const Tensor& gy_, double factor_ = 1)
      : a(a_), b(b_), gy(gy_), factor(factor_), y(gy_.real().size()), ga(a_.real().size()), gb(b_.real().size()) {}
  void add(std::int64_t i, std::int64_t j, std::int64_t k) {
    y[static_cast<std::size_t>(k)] += factor * value(a, i) * value(b, j);
    ga[static_cast<std::size_t>(i)] += factor * value(gy, k) * value(b, j);
    gb[static_cast<std::size_t>(j)] += factor * value(gy, k) * value(a, i);
  }
};

// Every way of knowing the operands: none, B constant and packed, B constant but not packed.
void check(Case c, const Products& p) {
  for (const int way : {0, 1, 2}) {
    c.constant.assign(c.inputs.size(), way > 0);
    c.constant[0] = false;
    c.prepare = way != 2;
    OpRun run(c);
    CHECK((run.prepared() != nullptr) == (way == 1));
    const auto y = run.forward();
    CHECK(y[0].shape() == p.gy.shape());
    check_close(y[0], p.y);
    const auto gradients = run.backward({p.gy});
    check_close(gradients[0], p.ga);
    check_close(gradients[1], p.gb);
  }
}

struct Sizes {
  std::int64_t m, k, n;
};

constexpr Sizes sizes[] = {{1, 1, 1}, {1, 30, 10}, {4, 8, 8}, {5, 7, 9}, {3, 16, 17}, {130, 65, 23}, {33, 300, 1}};

void check_gemm(const Sizes& s, bool transposed_a, bool transposed_b, const Shape& c_shape) {
  INFO(s.m << " " << s.k << " " << s.n << " transA " << transposed_a << " transB " << transposed_b << " C "
           << to_text(c_shape));
  Case c{.op = "Gemm",
         .attributes = {{"transA", std::int64_t{transposed_a}},
                        {"transB", std::int64_t{transposed_b}},
                        {"alpha", 0.5},
                        {"beta", -2.0}},
         .inputs = {noise(transposed_a ? Shape{s.k, s.m} : Shape{s.m, s.k}, 1),
                    noise(transposed_b ? Shape{s.n, s.k} : Shape{s.k, s.n}, 2), noise(c_shape, 3)}};
  const auto gy = noise({s.m, s.n}, 4);
  Products p(c.inputs[0], c.inputs[1], gy, 0.5);
  std::vector<double> gc(c.inputs[2].real().size());
  const auto columns = c_shape.empty() ? 1 : c_shape.back();
  const auto rows = c_shape.size() < 2 ? 1 : c_shape[0];
  for (std::int64_t i = 0; i < s.m; ++i)
    for (std::int64_t j = 0; j < s.n; ++j) {
      const auto at = i % rows * columns + j % columns;  // sizes are either full or 1
      p.y[static_cast<std::size_t>(i * s.n + j)] = -2 * value(c.inputs[2], at);
      gc[static_cast<std::size_t>(at)] += -2 * value(gy, i * s.n + j);
      for (std::int64_t k = 0; k < s.k; ++k)
        p.add(transposed_a ? k * s.m + i : i * s.k + k, transposed_b ? j * s.k + k : k * s.n + j, i * s.n + j);
    }
  check(c, p);
  OpRun run(c);
  run.forward();
  check_close(run.backward({gy})[2], gc);
}

}  // namespace

TEST_CASE("Gemm and its gradients are what the definition says") {
  for (const auto& s : sizes)
    for (const bool transposed_a : {false, true})
      for (const bool transposed_b : {false, true})
        for (const Shape& c : {Shape{s.n}, Shape{}, Shape{1}, Shape{1, s.n}, Shape{s.m, 1}, Shape{s.m, s.n}})
          check_gemm(s, transposed_a, transposed_b, c);
}

TEST_CASE("Gemm clamps after C is added") {
  for (const Shape& shape : {Shape{9}, Shape{5, 1}}) {
    Case c{.op = "Gemm", .inputs = {noise({5, 7}, 1), noise({7, 9}, 2), noise(shape, 3)}};
    const auto free = OpRun(c).forward()[0];
    c.clamp = {0, 1};
    const auto kept = OpRun(c).forward()[0];
    for (std::size_t i = 0; i < free.real().size(); ++i)
      CHECK(kept.real()[i] == std::min(std::max(free.real()[i], Real{0}), Real{1}));
  }
}

TEST_CASE("MatMul of stacks broadcasts like NumPy's") {
  struct Example {
    Shape a, b, batch_a, batch_b, batch;
  };
  for (const auto& s : sizes)
    for (const auto& [batch_a, batch_b, batch] : {std::array<Shape, 3>{Shape{}, Shape{}, Shape{}},
                                                  {Shape{3}, Shape{}, Shape{3}},
                                                  {Shape{}, Shape{3}, Shape{3}},
                                                  {Shape{2, 3}, Shape{2, 3}, Shape{2, 3}},
                                                  {Shape{2, 1}, Shape{3}, Shape{2, 3}},
                                                  {Shape{1}, Shape{2, 2}, Shape{2, 2}}}) {
      const auto joined = [](Shape shape, std::int64_t rows, std::int64_t columns) {
        shape.push_back(rows);
        shape.push_back(columns);
        return shape;
      };
      const auto a = noise(joined(batch_a, s.m, s.k), 1), b = noise(joined(batch_b, s.k, s.n), 2),
                 gy = noise(joined(batch, s.m, s.n), 3);
      INFO(to_text(a.shape()) << " times " << to_text(b.shape()));
      Products p(a, b, gy);
      for (std::int64_t at = 0; at < count(batch); ++at) {
        const auto last = batch.empty() ? 1 : batch.back();
        const auto from = [&](const Shape& smaller) {  // the stack's matrix that output matrix `at` uses
          std::int64_t place = 0;
          if (smaller.size() == 2) place = smaller[0] == 1 ? 0 : at / last * smaller[1];
          return smaller.empty() || smaller.back() == 1 ? place : place + at % last;
        };
        for (std::int64_t i = 0; i < s.m; ++i)
          for (std::int64_t j = 0; j < s.n; ++j)
            for (std::int64_t k = 0; k < s.k; ++k)
              p.add((from(batch_a) * s.m + i) * s.k + k, (from(batch_b) * s.k + k) * s.n + j, (at * s.m + i) * s.n + j);
      }
      check({.op = "MatMul", .inputs = {a, b}}, p);
    }
}

TEST_CASE("MatMul takes vectors") {
  const auto row = noise({6}, 1), column = noise({6}, 2), matrix = noise({6, 6}, 3), stack = noise({2, 6, 6}, 4);
  const auto check_vectors = [](const Tensor& a, const Tensor& b, const Shape& y_shape, std::int64_t batch,
                                std::int64_t m, std::int64_t n) {
    const auto gy = noise(y_shape, 5);
    Products p(a, b, gy);
    for (std::int64_t at = 0; at < batch; ++at)
      for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j)
          for (std::int64_t k = 0; k < 6; ++k)
            p.add((a.size() > m * 6 ? at * m * 6 : 0) + i * 6 + k, (b.size() > n * 6 ? at * n * 6 : 0) + k * n + j,
                  (at * m + i) * n + j);
    check({.op = "MatMul", .inputs = {a, b}}, p);
  };
  check_vectors(row, column, {}, 1, 1, 1);
  check_vectors(row, matrix, {6}, 1, 1, 6);
  check_vectors(matrix, column, {6}, 1, 6, 1);
  check_vectors(stack, column, {2, 6}, 2, 6, 1);
  check_vectors(row, stack, {2, 6}, 2, 1, 6);
}

TEST_CASE("A row's product and gradient are the same to the bit alone and in a batch, packed or not") {
  for (const auto& [m, k, n] : {Sizes{6, 13, 21}, {5, 4100, 9}, {7, 3, 2050}})
    for (const bool transposed : {false, true}) {
      auto x = noise({m, k}, 1), gy = noise({m, n}, 3);
      for (const auto& [all, columns] : {std::pair{&x, k}, {&gy, n}})  // row 1: one value, as one output's gradient
        for (std::int64_t i = 0; i < columns; ++i)
          if (i != 2) all->real()[static_cast<std::size_t>(columns + i)] = 0;
      Case c{.op = "Gemm",
             .attributes = {{"transB", std::int64_t{transposed}}},
             .inputs = {x, noise(transposed ? Shape{n, k} : Shape{k, n}, 2), noise({n}, 4)},
             .constant = {false, true, true},
             .clamp = {-20, 20}};
      OpRun batch(c);
      const auto y = batch.forward()[0], gx = batch.backward({gy})[0];
      const auto check_row = [&](const Tensor& found, const Tensor& wanted, std::int64_t row) {
        const auto size = wanted.size() / m;
        CHECK(std::ranges::equal(
            found.real(), wanted.real().subspan(static_cast<std::size_t>(row * size), static_cast<std::size_t>(size))));
      };
      for (const bool prepare : {true, false}) {
        c.prepare = prepare;
        c.inputs[0] = x;
        OpRun again(c);
        CHECK(std::ranges::equal(again.forward()[0].real(), y.real()));
        CHECK(std::ranges::equal(again.backward({gy})[0].real(), gx.real()));
        for (std::int64_t row = 0; row < m; ++row) {
          c.inputs[0] = x.row(row);
          OpRun alone(c);
          check_row(alone.forward()[0], y, row);
          check_row(alone.backward({gy.row(row)})[0], gx, row);
        }
      }
    }
}

TEST_CASE("Products say what does not fit") {
  const auto error = [](Case c) -> std::string {
    try {
      OpRun run(std::move(c));
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(error({.op = "Gemm", .inputs = {noise({2, 3}, 1), noise({4, 5}, 2)}}) ==
        "Gemm 'test': the matrices do not fit each other, found 2x3 and 4x5");
  CHECK(error({.op = "Gemm", .inputs = {noise({2, 3}, 1), noise({3, 5}, 2), noise({4}, 3)}}) != "");
  CHECK(error({.op = "MatMul", .inputs = {noise({2, 3}, 1), noise({4, 5}, 2)}}) ==
        "MatMul 'test': the inputs do not fit each other, found 2x3 and 4x5");
  CHECK(error({.op = "MatMul", .inputs = {noise({2, 4, 3}, 1), noise({3, 3, 5}, 2)}}) != "");
}
