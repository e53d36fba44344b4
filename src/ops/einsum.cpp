#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "ops/matrix.hpp"
#include "ops/parts.hpp"
#include "tensor/fail.hpp"

// Einstein sums. Every array is seen over all labels at once, with stride 0 along those that it does not have and the
// sum of its strides along one that it has twice. A sum of products of such arrays, added to another, is then the same
// thing forwards and backwards.

namespace whylight {

namespace {

using Int = std::int64_t;

// The equation with its labels numbered as they appear.
struct Equation {
  std::vector<std::vector<std::size_t>> labels;  // of each operand, then of the output
  Shape sizes;                                   // of each label
};

// One term of the equation, such as "...ij", as characters for its axes: those of the ellipsis are numbered from its
// end in the characters below the letters.
std::string axes_of(const Node& node, std::string_view term, std::size_t ellipsis) {
  std::string axes;
  for (std::size_t i = 0; i < term.size(); ++i) {
    const char c = term[i];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      axes += c;
    } else if (term.substr(i, 3) == "...") {
      for (auto k = ellipsis; k-- > 0;) axes += static_cast<char>(k);
      i += 2;
    } else {
      fail(node.label(), "its equation is broken, found '", term, "'");
    }
  }
  return axes;
}

bool has_ellipsis(std::string_view term) { return term.find("...") != std::string_view::npos; }

// The terms of the equation: the operands', then the output's, which may be left out.
std::vector<std::string> terms_of(const Node& node, std::size_t operands) {
  auto text = node.text("equation", "");
  std::erase(text, ' ');
  const auto arrow = text.find("->");
  const auto inputs = text.substr(0, arrow);
  std::vector<std::string> terms(1);
  for (const char c : inputs) {
    if (c == ',')
      terms.emplace_back();
    else
      terms.back() += c;
  }
  if (terms.size() != operands)
    fail(node.label(), "its equation has ", terms.size(), " terms, found ", operands, " inputs");
  if (arrow != std::string::npos) {
    terms.push_back(text.substr(arrow + 2));
    return terms;
  }
  // Without an arrow the output has the ellipsis and, in alphabetic order, the labels that appear once.
  std::string output = has_ellipsis(inputs) ? "..." : "";
  for (char c = 'A'; c <= 'z'; ++c)
    if (std::ranges::count(inputs, c) == 1) output += c;
  terms.push_back(std::move(output));
  return terms;
}

// The size of a label, which all that have it must share; one broadcasts to any.
void meet(const Node& node, Int& size, Int found) {
  if (size == -1 || size == 1) size = found;
  if (size != found && found != 1) fail(node.label(), "a label must have one size, found ", size, " and ", found);
}

Equation equation_of(const Node& node, const std::vector<Shape>& shapes) {
  const auto terms = terms_of(node, shapes.size());
  std::string known;  // the character of each label
  Equation equation;
  std::size_t widest = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto letters = axes_of(node, terms[i], 0).size();
    const bool is_output = i == shapes.size();
    if (!is_output && (has_ellipsis(terms[i]) ? letters > shapes[i].size() : letters != shapes[i].size()))
      fail(node.label(), "the term '", terms[i], "' does not fit an input of shape ", to_text(shapes[i]));
    const auto hidden = is_output ? widest : shapes[i].size() - letters;
    widest = std::max(widest, hidden);
    if (widest >= 'A') fail(node.label(), "an ellipsis stands for too many axes");
    equation.labels.emplace_back();
    for (const char c : axes_of(node, terms[i], hidden)) {
      auto label = known.find(c);
      if (label == std::string::npos) {
        if (is_output) fail(node.label(), "the output's labels must be in the inputs, found '", terms[i], "'");
        label = known.size();
        known += c;
        equation.sizes.push_back(-1);
      }
      if (!is_output) meet(node, equation.sizes[label], shapes[i][equation.labels[i].size()]);
      equation.labels[i].push_back(label);
    }
  }
  return equation;
}

std::vector<Shape> shapes_of(std::span<const View> views) {
  std::vector<Shape> shapes;
  for (const auto& view : views) shapes.push_back(view.shape);
  return shapes;
}

void infer(Inference& inference) {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < inference.inputs.size(); ++i) {
    shapes.push_back(inference.shape(i));
    if (inference.inputs[i].type != Type::real)
      fail(inference.node.label(), "inputs must be real, found ", name_of(inference.inputs[i].type));
  }
  const auto equation = equation_of(inference.node, shapes);
  Shape shape;
  for (const auto label : equation.labels.back()) shape.push_back(equation.sizes[label]);
  inference.set(0, std::move(shape));
}

// An array over all labels.
View over(const View& view, const Equation& equation, std::size_t term) {
  Shape strides(equation.sizes.size(), 0);
  for (std::size_t axis = 0; axis < view.rank(); ++axis)
    if (view.shape[axis] != 1) strides[equation.labels[term][axis]] += view.strides[axis];
  return part(view, equation.sizes, std::move(strides));
}

// Labels in groups, as the axes of a product of matrices: those that all three arrays have, and those that are the
// rows, the columns and the inner axis.
struct Groups {
  std::array<std::vector<std::size_t>, 4> of;
  enum { batch, rows, inner, columns };
};

Groups groups_of(const View& a, const View& b, const View& y) {
  Groups groups;
  for (std::size_t label = 0; label < y.shape.size(); ++label) {
    const bool in_a = a.strides[label] != 0, in_b = b.strides[label] != 0, in_y = y.strides[label] != 0;
    if (y.shape[label] == 1 || !(in_a || in_b || in_y)) continue;
    const auto group = !in_y ? Groups::inner : !in_b ? Groups::rows : in_a ? Groups::batch : Groups::columns;
    groups.of[group].push_back(label);
  }
  return groups;
}

Shape pick(const Shape& values, const std::vector<std::size_t>& labels) {
  Shape picked;
  for (const auto label : labels) picked.push_back(values[label]);
  return picked;
}

// The part of an array at an index of the batch, with axes for the labels of two groups.
View matrix_part(const View& array, const Groups& groups, const Shape& at, int first, int second) {
  auto labels = groups.of[static_cast<std::size_t>(first)];
  const auto& more = groups.of[static_cast<std::size_t>(second)];
  labels.insert(labels.end(), more.begin(), more.end());
  return part(array, pick(array.shape, labels), pick(array.strides, labels),
              offset(at, pick(array.strides, groups.of[Groups::batch])));
}

// The same elements dense.
const Real* dense(const View& view, Scratch& scratch) {
  const auto copy = scratch.view(view.shape);
  move_elements(view, copy);
  return copy.real().data();
}

// y += sum of a * b over the labels that y does not have.
void add_product(const View& a, const View& b, const View& y, Scratch& scratch) {
  const auto groups = groups_of(a, b, y);
  const auto size = [&](int group) { return count(pick(y.shape, groups.of[static_cast<std::size_t>(group)])); };
  const auto rows = static_cast<Index>(size(Groups::rows)), inner = static_cast<Index>(size(Groups::inner)),
             columns = static_cast<Index>(size(Groups::columns));
  const auto batch = pick(y.shape, groups.of[Groups::batch]);
  if (y.size == 0) return;
  Shape at(batch.size(), 0);
  do {
    const Scratch::Frame frame(scratch);
    const auto into = matrix_part(y, groups, at, Groups::rows, Groups::columns);
    const auto product = scratch.view(into.shape);
    multiply(Matrix::dense(dense(matrix_part(a, groups, at, Groups::rows, Groups::inner), scratch), rows, inner),
             Matrix::dense(dense(matrix_part(b, groups, at, Groups::inner, Groups::columns), scratch), inner, columns),
             {}, product.real().data(), scratch);
    add(product, into);
  } while (next(at, batch));
}

// An array over the same labels that has those that `later` arrays have and one of `a` and `b`, filled with their
// product.
View joined(const View& a, const View& b, std::span<const View> later, Scratch& scratch) {
  Shape shape = a.shape;
  for (std::size_t label = 0; label < shape.size(); ++label) {
    const bool has = a.strides[label] != 0 || b.strides[label] != 0;
    const bool needed = std::ranges::any_of(later, [&](const View& view) { return view.strides[label] != 0; });
    if (!has || !needed) shape[label] = 1;
  }
  auto result = scratch.view(shape);
  fill_zero(result);
  for (std::size_t label = 0; label < shape.size(); ++label)
    if (shape[label] == 1) result.strides[label] = 0;
  result.shape = a.shape;
  add_product(a, b, result, scratch);
  return result;
}

// y = sum of the product of all others; `arrays` are they and then y, all over the labels.
void contract(std::vector<View> arrays, const View& written, Scratch& scratch) {
  const Scratch::Frame frame(scratch);
  fill_zero(written);
  if (arrays.size() == 2) return add(arrays[0], arrays[1]);
  while (arrays.size() > 3) {
    arrays[1] = joined(arrays[0], arrays[1], std::span<const View>(arrays).subspan(2), scratch);
    arrays.erase(arrays.begin());
  }
  add_product(arrays[0], arrays[1], arrays[2], scratch);
}

void forward(const Call& call) {
  const auto equation = equation_of(call.node, shapes_of(call.x));
  std::vector<View> arrays;
  for (std::size_t i = 0; i < call.x.size(); ++i) arrays.push_back(over(call.x[i], equation, i));
  arrays.push_back(over(call.y[0], equation, call.x.size()));
  contract(std::move(arrays), call.y[0], *call.scratch);
}

// The gradient of one operand is the sum of products of the output's with all other operands.
void backward(const Call& call) {
  if (nothing_flows(call)) return;
  const auto equation = equation_of(call.node, shapes_of(call.x));
  for (std::size_t k = 0; k < call.gx.size(); ++k) {
    if (!call.gx[k].present()) continue;
    std::vector<View> arrays{over(call.gy[0], equation, call.x.size())};
    for (std::size_t i = 0; i < call.x.size(); ++i)
      if (i != k) arrays.push_back(over(call.x[i], equation, i));
    arrays.push_back(over(call.gx[k], equation, k));
    contract(std::move(arrays), call.gx[k], *call.scratch);
  }
}

// One for each combination of labels; sums of three and more operands take less.
std::int64_t work(const Node& node, std::span<const View> x, std::span<const View>) {
  return x.size() < 2 ? 0 : count(equation_of(node, shapes_of(x)).sizes);
}

constexpr std::array rows{OpDef{.name = "Einsum",
                                .since = 12,
                                .infer = infer,
                                .forward = forward,
                                .backward = backward,
                                .relevance = Relevance::rule,
                                .work = work}};

}  // namespace

std::span<const OpDef> einsum_ops() { return rows; }

}  // namespace whylight
