#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ops/op.hpp"
#include "tensor/fail.hpp"

namespace whylight::test {

// One operator to be run by itself: what its node says and what goes in.
struct Case {
  std::string op;
  std::map<std::string, Attribute, std::less<>> attributes{};
  std::vector<Tensor> inputs{};  // an absent Tensor stands for an input that is not given
  std::vector<bool> constant{};  // which inputs are constants of the model; by default those that are not real
  std::size_t outputs = 1;
  int opset = 17;
  Clamp clamp{};
  Layout layout = Layout::plain;  // for rows that take any layout
  bool prepare = true;            // false: constants stay known to infer but nothing is packed from them
  std::string domain{};
};

// Runs one operator as the engine would: works out shapes, prepares, lays values out as the row asks, goes forward and
// backward. Tensors come and go in ONNX's order.
class OpRun {
 public:
  // Throws Error when there is no such operator or its inputs do not fit.
  explicit OpRun(Case c) : case_(std::move(c)) {
    node_.op = find_op(case_.domain, case_.op, case_.opset);
    if (!node_.op) fail("test", "there is no operator ", case_.op);
    node_.name = "test";
    node_.opset = case_.opset;
    node_.attributes = case_.attributes;
    node_.clamp = case_.clamp;
    for (std::size_t i = 0; i < case_.inputs.size(); ++i)
      node_.inputs.push_back(case_.inputs[i].present() ? static_cast<int>(i) : absent);
    for (std::size_t i = 0; i < case_.outputs; ++i) node_.outputs.push_back(static_cast<int>(case_.inputs.size() + i));
    infer();
    if (node_.op->prepare && case_.prepare) prepared_ = node_.op->prepare(node_, inputs_);
    lay_out();
  }

  const Node& node() const { return node_; }
  const Prepared* prepared() const { return prepared_.get(); }
  const std::vector<ValueInfo>& output_info() const { return outputs_; }

  // All outputs.
  std::vector<Tensor> forward() {
    node_.op->forward(call({}, {}));
    return tensors(y_);
  }

  // The gradient for every real input (others are absent), after forward(). gy may hold absent tensors.
  // Gradients are filled with 7 before, so that an element that is not written shows.
  std::vector<Tensor> backward(const std::vector<Tensor>& gy) {
    std::vector<View> gy_views, gx_views;
    for (std::size_t i = 0; i < y_.size(); ++i)
      gy_views.push_back(i < gy.size() && gy[i].present() ? copied(gy[i], y_[i].layout) : View{});
    for (const auto& x : x_) gx_views.push_back(x.present() && x.type == Type::real ? filled(x) : View{});
    node_.op->backward(call(gy_views, gx_views));
    return tensors(gx_views);
  }

  // What forward and backward are given; for tests that need more.
  Call call(std::span<const View> gy, std::span<const View> gx) {
    return {.node = node_,
            .x = x_,
            .y = y_,
            .gy = gy,
            .gx = gx,
            .clamp = case_.clamp,
            .prepared = prepared_.get(),
            .scratch = &scratch_};
  }

 private:
  bool constant(std::size_t i) const {
    return i < case_.constant.size() ? case_.constant[i] : case_.inputs[i].type() != Type::real;
  }

  void infer() {
    for (std::size_t i = 0; i < case_.inputs.size(); ++i) {
      const auto& x = case_.inputs[i];
      inputs_.push_back({x.shape(), x.type(), x.present() && constant(i) ? x : Tensor{}, x.present()});
    }
    outputs_.resize(case_.outputs);
    for (auto& output : outputs_) output.given = true;
    Inference inference{node_, inputs_, outputs_};
    node_.op->infer(inference);
  }

  Layout layout(std::size_t i, const Shape& shape, bool is_constant) const {
    const bool wide = shape.size() >= 3;
    if (node_.op->layouts == Layouts::channels_last) return wide && i == 0 ? Layout::channels_last : Layout::plain;
    if (node_.op->layouts == Layouts::any && wide && !is_constant && shape.size() == outputs_[0].shape.size())
      return case_.layout;
    return Layout::plain;
  }

  void lay_out() {
    for (std::size_t i = 0; i < case_.inputs.size(); ++i) {
      const auto& x = case_.inputs[i];
      x_.push_back(x.present() ? copied(x, layout(i, x.shape(), constant(i))) : View{});
    }
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const auto& info = outputs_[i];
      y_.push_back(memory(info.shape, layout(i, info.shape, false), info.type));
    }
  }

  View memory(const Shape& shape, Layout layout, Type type) {
    memory_.emplace_back(shape, type);
    return View(shape, layout, type, memory_.back().bytes());
  }

  View copied(const Tensor& tensor, Layout layout) {
    const auto view = memory(tensor.shape(), layout, tensor.type());
    copy(View(tensor), view);
    return view;
  }

  View filled(const View& like) {
    const auto view = memory(like.shape, like.layout, Type::real);
    for (auto& value : view.real()) value = 7;
    return view;
  }

  static std::vector<Tensor> tensors(const std::vector<View>& views) {
    std::vector<Tensor> list;
    for (const auto& view : views) {
      list.push_back(view.present() ? Tensor(view.shape, view.type) : Tensor{});
      if (view.present()) copy(view, View(list.back()));
    }
    return list;
  }

  Case case_;
  Node node_;
  std::vector<ValueInfo> inputs_, outputs_;
  std::shared_ptr<const Prepared> prepared_;
  std::vector<Tensor> memory_;
  std::vector<View> x_, y_;
  Scratch scratch_;
};

}  // namespace whylight::test
