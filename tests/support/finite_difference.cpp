#include "support/finite_difference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "support/catch.hpp"
#include "tensor/random.hpp"

namespace whylight::test {

namespace {

constexpr bool in_double = sizeof(Real) == 8;
constexpr Real step = in_double ? Real(1e-5) : Real(1.0 / 256);
constexpr double tolerance = in_double ? 1e-7 : 4e-3;

// A case made ready to run: memory and views of everything in one layout.
class Bench {
 public:
  Bench(const OpCase& test, Layout layout);

  std::vector<Tensor> run();  // outputs, in plain order
  std::vector<Tensor> differentiate(
      const std::vector<Tensor>& gy);  // gradients, in plain order; absent where not wanted
  // The gradient of one input when everything is gone that the operator's row says it does not read.
  Tensor differentiate_without(const std::vector<Tensor>& gy, std::size_t input);
  bool wanted(std::size_t input) const;
  Real& element(std::size_t input, std::int64_t index) { return x_[input].real()[static_cast<std::size_t>(index)]; }
  const View& input(std::size_t input) const { return x_[input]; }

 private:
  View place(const Shape& shape, Type type, bool constant, std::size_t number);
  Tensor plain(const View& view) const;

  const OpCase& test_;
  Node node_;
  Layout layout_;
  std::vector<ValueInfo> results_;
  std::vector<Tensor> memory_;
  std::vector<View> x_;
  std::vector<View> y_;
  std::shared_ptr<const Prepared> prepared_;
  Scratch scratch_;
  std::optional<std::size_t> only_;  // the one input whose gradient is wanted
};

bool known(const OpCase& test, std::size_t input) {
  return test.inputs[input].type() != Type::real || test.constants.count(input) > 0;
}

Bench::Bench(const OpCase& test, Layout layout) : test_(test), layout_(layout), results_(test.outputs) {
  node_ = {.op = find_op(test.domain, test.op, test.opset),
           .name = "case",
           .opset = test.opset,
           .attributes = test.attributes,
           .inputs = {},
           .outputs = {},
           .clamp = {}};
  REQUIRE(node_.op != nullptr);
  std::vector<ValueInfo> infos;
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    const auto& input = test.inputs[i];
    node_.inputs.push_back(input.present() ? static_cast<int>(i) : absent);
    infos.push_back(
        {input.shape(), input.type(), input.present() && known(test, i) ? input : Tensor(), input.present()});
  }
  for (std::size_t i = 0; i < results_.size(); ++i) {
    node_.outputs.push_back(static_cast<int>(test.inputs.size() + i));
    results_[i].given = true;
  }
  Inference inference{node_, infos, results_};
  node_.op->infer(inference);
  const auto rank = results_[0].shape.size();
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    const auto& input = test.inputs[i];
    if (!input.present()) {
      x_.emplace_back();
      continue;
    }
    const bool follows = node_.op->layouts == Layouts::any ? input.shape().size() == rank : i == 0;
    x_.push_back(place(input.shape(), input.type(), known(test, i) || !follows, i));
    copy(View(input), x_.back());
  }
  for (std::size_t i = 0; i < results_.size(); ++i) {
    const bool follows = node_.op->layouts == Layouts::any ? results_[i].shape.size() == rank : i == 0;
    y_.push_back(place(results_[i].shape, results_[i].type, !follows, i));
  }
  if (node_.op->prepare) prepared_ = node_.op->prepare(node_, infos);
}

View Bench::place(const Shape& shape, Type type, bool stays_plain, std::size_t) {
  memory_.emplace_back(shape, type);
  const auto layout = stays_plain || shape.size() < 3 ? Layout::plain : layout_;
  return {shape, layout, type, memory_.back().bytes()};
}

Tensor Bench::plain(const View& view) const {
  if (!view.present()) return {};
  Tensor result(view.shape, view.type);
  copy(view, View(result));
  return result;
}

bool Bench::wanted(std::size_t input) const {
  const bool asked = !only_ || *only_ == input;
  return asked && x_[input].present() && x_[input].type == Type::real && test_.fixed.count(input) == 0;
}

std::vector<Tensor> Bench::run() {
  node_.op->forward({.node = node_,
                     .x = x_,
                     .y = y_,
                     .gy = {},
                     .gx = {},
                     .clamp = {},
                     .prepared = prepared_.get(),
                     .scratch = &scratch_});
  std::vector<Tensor> outputs;
  for (const auto& y : y_) outputs.push_back(plain(y));
  return outputs;
}

std::vector<Tensor> Bench::differentiate(const std::vector<Tensor>& gradients) {
  std::vector<View> gy;
  std::vector<View> gx;
  for (std::size_t i = 0; i < y_.size(); ++i) {
    gy.push_back(gradients[i].present() ? place(y_[i].shape, Type::real, y_[i].layout == Layout::plain, i) : View());
    if (gy.back().present()) copy(View(gradients[i]), gy.back());
  }
  for (std::size_t i = 0; i < x_.size(); ++i) {
    gx.push_back(wanted(i) ? place(x_[i].shape, Type::real, x_[i].layout == Layout::plain, i) : View());
    // Backward must write every element, so whatever is there before must not matter.
    if (gx.back().present()) std::fill(gx.back().real().begin(), gx.back().real().end(), Real(77));
  }
  node_.op->backward({.node = node_,
                      .x = x_,
                      .y = y_,
                      .gy = gy,
                      .gx = gx,
                      .clamp = {},
                      .prepared = prepared_.get(),
                      .scratch = &scratch_});
  std::vector<Tensor> result;
  for (const auto& gradient : gx) result.push_back(plain(gradient));
  return result;
}

Tensor Bench::differentiate_without(const std::vector<Tensor>& gradients, std::size_t input) {
  const auto reads = node_.op->reads;
  std::vector<std::pair<View, Tensor>> before;
  const auto spoil = [&](const View& view) {
    if (!view.present() || view.type != Type::real) return;
    before.emplace_back(view, Tensor(view.shape));
    std::ranges::copy(view.real(), before.back().second.real().begin());
    std::ranges::fill(view.real(), std::numeric_limits<Real>::quiet_NaN());
  };
  for (const auto& y : y_) spoil(y);
  for (std::size_t i = 0; i < x_.size(); ++i)
    if (!known(test_, i) && (reads == Reads::nothing || i == input)) spoil(x_[i]);
  only_ = input;
  const auto result = differentiate(gradients)[input];
  only_.reset();
  for (const auto& [view, values] : before) std::ranges::copy(values.real(), view.real().begin());
  return result;
}

// Sum over all real outputs of weight times output: the scalar that is differentiated.
double loss(const std::vector<Tensor>& outputs, const std::vector<Tensor>& weights) {
  double total = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (weights[i].present())
      for (std::size_t at = 0; at < outputs[i].real().size(); ++at)
        total += static_cast<double>(outputs[i].real()[at]) * static_cast<double>(weights[i].real()[at]);
  return total;
}

void compare_gradient(Bench& bench, std::size_t input, const Tensor& gradient, const std::vector<Tensor>& weights) {
  const auto& view = bench.input(input);
  Tensor difference(view.shape);
  View in_memory_order(view.shape, view.layout, Type::real, nullptr);
  Tensor differences(view.shape);
  in_memory_order.data = differences.bytes();
  for (std::int64_t i = 0; i < view.size; ++i) {
    auto& x = bench.element(input, i);
    const auto before = x;
    x = before + step;
    const auto above = x;
    const auto high = loss(bench.run(), weights);
    x = before - step;
    const auto width = static_cast<double>(above - x);
    const auto low = loss(bench.run(), weights);
    x = before;
    differences.real()[static_cast<std::size_t>(i)] = static_cast<Real>((high - low) / width);
  }
  copy(in_memory_order, View(difference));
  for (std::size_t i = 0; i < difference.real().size(); ++i) {
    const auto expected = static_cast<double>(difference.real()[i]);
    const auto found = static_cast<double>(gradient.real()[i]);
    INFO("input " << input << " element " << i << ": backward " << found << ", finite difference " << expected);
    CHECK(std::abs(found - expected) <= tolerance * std::max(1.0, std::abs(expected)));
  }
}

void check_layout(const OpCase& test, Layout layout, const std::vector<Tensor>& first_outputs) {
  Bench bench(test, layout);
  INFO("layout " << (layout == Layout::plain ? "plain" : "channels last"));
  auto outputs = bench.run();
  std::vector<Tensor> weights;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    weights.emplace_back();
    if (outputs[i].type() != Type::real) {
      const auto size = static_cast<std::size_t>(outputs[i].size()) * size_of(outputs[i].type());
      CHECK(std::equal(outputs[i].bytes(), outputs[i].bytes() + size, first_outputs[i].bytes()));
      continue;
    }
    weights.back() = Tensor(outputs[i].shape());
    Random(7, i).fill_uniform(weights.back().real(), -1, 1);
    for (std::size_t at = 0; at < outputs[i].real().size(); ++at)
      CHECK(outputs[i].real()[at] == Approx(first_outputs[i].real()[at]).epsilon(1e-5).margin(1e-5));
  }
  if (!test.without.empty()) return;
  REQUIRE(find_op(test.domain, test.op, test.opset)->backward != nullptr);
  const auto gradients = bench.differentiate(weights);
  for (std::size_t i = 0; i < test.inputs.size(); ++i)
    if (bench.wanted(i)) compare_gradient(bench, i, gradients[i], weights);
  const bool reads_less = find_op(test.domain, test.op, test.opset)->reads != Reads::everything;
  for (std::size_t i = 0; i < test.inputs.size() && reads_less; ++i) {
    if (!bench.wanted(i)) continue;
    bench.run();
    const auto found = bench.differentiate_without(weights, i);
    INFO("input " << i << " without what backward is said not to read");
    CHECK(std::ranges::equal(found.real(), gradients[i].real()));
  }
  // Without any gradient from above, nothing flows.
  for (const auto& gradient : bench.differentiate(std::vector<Tensor>(outputs.size())))
    if (gradient.present())
      CHECK(std::all_of(gradient.real().begin(), gradient.real().end(), [](Real value) { return value == 0; }));
}

}  // namespace

Tensor spread(const Shape& shape, std::uint64_t seed, Real offset, Real scale) {
  Tensor result(shape);
  const auto values = result.real();
  const auto size = static_cast<std::uint32_t>(values.size());
  std::vector<std::uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0u);
  const Random random(seed, 0);
  for (std::uint32_t i = size; i > 1; --i) std::swap(order[i - 1], order[random.below(i, i)]);
  for (std::uint32_t i = 0; i < size; ++i)
    values[i] = offset + scale * (4 * (static_cast<Real>(order[i]) + Real(0.53)) / static_cast<Real>(size) - 2);
  return result;
}

void check_case(const OpCase& test) {
  INFO("operator " << test.op << " at opset " << test.opset);
  if (test.inputs.empty() && !test.without.empty()) return;
  const auto* row = find_op(test.domain, test.op, test.opset);
  REQUIRE(row != nullptr);
  const auto first = row->layouts == Layouts::channels_last ? Layout::channels_last : Layout::plain;
  const auto outputs = Bench(test, first).run();
  check_layout(test, first, outputs);
  if (row->layouts == Layouts::any) check_layout(test, Layout::channels_last, outputs);
}

}  // namespace whylight::test
