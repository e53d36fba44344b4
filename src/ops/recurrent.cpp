#include "ops/recurrent.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "ops/walk.hpp"
#include "tensor/fail.hpp"

// LSTM (Hochreiter and Schmidhuber 1997, Gers et al. 2000), GRU (Cho et al. 2014) and plain recurrent networks, with
// ONNX's equations and names. Each direction gathers its input in the order in which its steps run; what the input adds
// to all gates is one product, and each step then is one with the state. The way back runs forward again.

namespace whylight {

using namespace recurrent;

namespace {

std::string direction_of(const Node& node) { return node.text("direction", "forward"); }

Sizes sizes_of(const Node& node, const Shape& x, const Shape& r) {
  if (x.size() != 3 || r.size() != 3)
    fail(node.label(), "its input and weights must have 3 axes, found ", to_text(x), " and ", to_text(r));
  const bool batch_first = node.integer("layout", 0) != 0;
  const auto size = [](std::int64_t value) { return static_cast<Index>(value); };
  return {size(x[batch_first ? 1 : 0]),
          size(x[batch_first ? 0 : 1]),
          size(x[2]),
          size(r[2]),
          cell_of(node).gates,
          direction_of(node) == "bidirectional" ? 2 : 1,
          batch_first};
}

void refuse_rarities(const Node& node) {
  for (const auto* attribute : {"activation_alpha", "activation_beta"})
    if (node.has(attribute)) fail(node.label(), "attribute ", attribute, " is not supported");
  if (node.number("clip", 1) <= 0) fail(node.label(), "clip must be above 0, found ", node.number("clip", 1));
  const auto direction = direction_of(node);
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    fail(node.label(), "direction must be forward, reverse or bidirectional, found ", direction);
}

// The squashing functions of one direction.
std::array<Bent, 3> squashes_of(const Node& node, Index direction) {
  const auto count = cell_of(node).activations;
  const auto clip = static_cast<Real>(node.number("clip", std::numeric_limits<double>::infinity()));
  const Bent tanh(find_squash(node, "Tanh"), clip);
  std::array found{count > 1 ? Bent(find_squash(node, "Sigmoid"), clip) : tanh, tanh, tanh};
  const auto given = node.attributes.find("activations");
  if (given == node.attributes.end()) return found;
  const auto* names = std::get_if<std::vector<std::string>>(&given->second);
  const auto first = static_cast<std::size_t>(direction) * count;
  for (std::size_t i = 0; names && i < count && first + i < names->size(); ++i)
    found[i] = Bent(find_squash(node, (*names)[first + i]), clip);
  return found;
}

void infer(Inference& inference) {
  const auto& node = inference.node;
  refuse_rarities(node);
  const auto sizes = sizes_of(node, inference.shape(x_input), inference.shape(r_input));
  for (Index direction = 0; direction < sizes.directions; ++direction) squashes_of(node, direction);
  const auto width = sizes.gates * sizes.hidden;
  const std::array<Shape, 8> wanted{inference.shape(x_input),
                                    Shape{sizes.directions, width, sizes.inputs},
                                    Shape{sizes.directions, width, sizes.hidden},
                                    Shape{sizes.directions, 2 * width},
                                    Shape{sizes.batch},
                                    sizes.state_shape(),
                                    sizes.state_shape(),
                                    Shape{sizes.directions, 3 * sizes.hidden}};
  for (std::size_t i = 0; i < inference.inputs.size() && i < wanted.size(); ++i) {
    if (!inference.given(i)) continue;
    const auto type = i == length_input ? Type::i64 : Type::real;
    if (inference.shape(i) != wanted[i] || inference.inputs[i].type != type)
      fail(node.label(), "input ", i, " must be ", to_text(wanted[i]), " of ", name_of(type), ", found ",
           to_text(inference.shape(i)), " of ", name_of(inference.inputs[i].type));
  }
  constexpr std::int64_t most = std::int64_t{1} << 26;
  if (count({sizes.steps, sizes.batch, width}) > most)
    fail(node.label(), "it must stay below ", most >> 20, " million values of gates, found ",
         to_text({sizes.steps, sizes.batch, width}));
  inference.set(0, sizes.batch_first ? Shape{sizes.batch, sizes.steps, sizes.directions, sizes.hidden}
                                     : Shape{sizes.steps, sizes.directions, sizes.batch, sizes.hidden});
  inference.set(1, sizes.state_shape());
  inference.set(2, sizes.state_shape());
}

View input(const Call& call, std::size_t number) { return number < call.x.size() ? call.x[number] : View(); }

const Real* slice(const View& view, Index direction, Index size) {
  return view.present() ? view.real().data() + direction * size : nullptr;
}

// Memory and weights of one direction; nothing is computed yet.
Run prepare(const Call& call, const Sizes& sizes, Index direction) {
  auto& scratch = *call.scratch;
  const auto rows = sizes.steps * sizes.batch;
  const auto width = sizes.gates * sizes.hidden;
  const auto states = (rows + sizes.batch) * sizes.hidden;
  const auto take = [&](Index size) { return scratch.take<Real>(size).data(); };
  return {.call = call,
          .sizes = sizes,
          .direction = direction,
          .backwards = direction == 1 || direction_of(call.node) == "reverse",
          .coupled = call.node.integer("input_forget", 0) != 0,
          .reset_after = call.node.integer("linear_before_reset", 0) != 0,
          .squash = squashes_of(call.node, direction),
          .w = Matrix::dense(slice(call.x[w_input], direction, width * sizes.inputs), width, sizes.inputs),
          .r = Matrix::dense(slice(call.x[r_input], direction, width * sizes.hidden), width, sizes.hidden),
          .biases = slice(input(call, b_input), direction, 2 * width),
          .peepholes = slice(input(call, p_input), direction, 3 * sizes.hidden),
          .x = take(rows * sizes.inputs),
          .gates = take(rows * width),
          .products = take(rows * width),
          .h = take(states),
          .c = sizes.gates == 4 ? take(states) : nullptr};
}

void set_state(const Run& run, std::size_t number, Real* state) {
  if (!state) return;
  const auto given = input(run.call, number);
  const auto units = run.sizes.hidden;
  for (Index n = 0; n < run.sizes.batch; ++n)
    if (given.present())
      std::copy_n(given.real().data() + run.sizes.state(run.direction, n), units, state + n * units);
    else
      std::fill_n(state + n * units, units, Real(0));
}

// Sequences that have ended keep their state.
void rest(const Run& run, Index step) {
  for (Index n = 0; n < run.sizes.batch; ++n)
    for (Real* state : {run.h, run.c})
      if (state && !run.runs(step, n))
        std::copy_n(state + run.state_row(step, n), run.sizes.hidden, state + run.state_row(step + 1, n));
}

// Runs one direction through all its steps.
Run run_forward(const Call& call, const Sizes& sizes, Index direction) {
  const auto run = prepare(call, sizes, direction);
  const auto& cell = cell_of(call.node);
  const auto* x = call.x[x_input].real().data();
  for (Index step = 0; step < sizes.steps; ++step)
    for (Index n = 0; n < sizes.batch; ++n)
      std::copy_n(x + sizes.x(run.time(step, n), n), sizes.inputs, run.x + (step * sizes.batch + n) * sizes.inputs);
  set_state(run, h_input, run.h);
  set_state(run, c_input, run.c);
  multiply(Matrix::dense(run.x, sizes.steps * sizes.batch, sizes.inputs), run.w.transposed(), {.bias = run.biases},
           run.gates, *call.scratch);
  for (Index step = 0; step < sizes.steps; ++step) {
    multiply(Matrix::dense(run.h + run.state_row(step, 0), sizes.batch, sizes.hidden), run.r.transposed(),
             {.bias = run.biases ? run.biases + run.width() : nullptr}, run.products + run.gate_row(step, 0),
             *call.scratch);
    cell.forward(run, step);
    rest(run, step);
  }
  return run;
}

void write_outputs(const Run& run) {
  const auto& [call, sizes] = std::tie(run.call, run.sizes);
  const auto units = sizes.hidden;
  if (call.y[0].present())
    for (Index step = 0; step < sizes.steps; ++step)
      for (Index n = 0; n < sizes.batch; ++n) {
        Real* to = call.y[0].real().data() + sizes.y(run.time(step, n), run.direction, n);
        if (run.runs(step, n))
          std::copy_n(run.h + run.state_row(step + 1, n), units, to);
        else
          std::fill_n(to, units, Real(0));
      }
  const std::array last{run.h, run.c};
  for (std::size_t i = 0; i < 2; ++i)
    if (i + 1 < call.y.size() && call.y[i + 1].present())
      for (Index n = 0; n < sizes.batch; ++n)
        std::copy_n(last[i] + run.state_row(sizes.steps, n), units,
                    call.y[i + 1].real().data() + sizes.state(run.direction, n));
}

void forward(const Call& call) {
  const auto sizes = sizes_of(call.node, call.x[x_input].shape, call.x[r_input].shape);
  for (Index direction = 0; direction < sizes.directions; ++direction) {
    const Scratch::Frame frame(*call.scratch);
    write_outputs(run_forward(call, sizes, direction));
  }
}

const Real* signal_of(const Call& call, std::size_t output) {
  return output < call.gy.size() && call.gy[output].present() ? call.gy[output].real().data() : nullptr;
}

// Adds what arrives at the outputs of one step; sequences that have ended take nothing.
void add_arriving(const Run& run, Index step, Real* gh) {
  const auto* above = signal_of(run.call, 0);
  const auto units = run.sizes.hidden;
  for (Index n = 0; n < run.sizes.batch && above; ++n)
    if (run.runs(step, n))
      kernels().add(gh + n * units, above + run.sizes.y(run.time(step, n), run.direction, n), gh + n * units, units);
}

// One step back. What an ended sequence hands on is set aside before the cell and put back after.
void step_back(const Run& run, const Cell& cell, Index step, const Signal& signal) {
  auto& scratch = *run.call.scratch;
  const Scratch::Frame frame(scratch);
  const auto units = run.sizes.hidden, size = run.sizes.batch * units;
  add_arriving(run, step, signal.h);
  const auto kept = scratch.take<Real>(2 * size);
  std::copy_n(signal.h, size, kept.data());
  if (signal.c) std::copy_n(signal.c, size, kept.data() + size);
  cell.backward(run, step, signal);
  for (Index n = 0; n < run.sizes.batch; ++n) {
    if (run.runs(step, n)) continue;
    std::copy_n(kept.data() + n * units, units, signal.h + n * units);
    if (signal.c) std::copy_n(kept.data() + size + n * units, units, signal.c + n * units);
    for (Real* down : {signal.gates, signal.products}) std::fill_n(down + run.gate_row(step, n), run.width(), Real(0));
  }
  const auto through = scratch.take<Real>(size);
  auto r = run.r;
  r.rows = run.recurrent();
  multiply({signal.products + run.gate_row(step, 0), run.sizes.batch, r.rows, run.width(), 1}, r, {}, through.data(),
           scratch);
  kernels().add(signal.h, through.data(), signal.h, size);
}

// Sum over all rows of a, times b where there is one, for each column.
void sum_rows(const Real* a, const Real* b, Index rows, Index columns, Index a_stride, Index b_stride, Real* sums) {
  std::fill_n(sums, columns, Real(0));
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) sums[j] += a[i * a_stride + j] * (b ? b[i * b_stride + j] : 1);
}

Real* gradient(const Run& run, std::size_t number, Index size) {
  const auto gx = wanted(run.call, number);
  return gx.present() ? gx.real().data() + run.direction * size : nullptr;
}

void give_weights(const Run& run, const Signal& signal) {
  auto& scratch = *run.call.scratch;
  const Scratch::Frame frame(scratch);
  const auto [units, width] = std::pair(run.sizes.hidden, run.width());
  const auto rows = run.sizes.steps * run.sizes.batch;
  const auto part = [&](const Real* from, Index first, Index columns) {
    return Matrix{from + first, rows, columns, width, 1}.transposed();
  };
  if (Real* gw = gradient(run, w_input, width * run.sizes.inputs))
    multiply(part(signal.gates, 0, width), Matrix::dense(run.x, rows, run.sizes.inputs), {}, gw, scratch);
  if (Real* gr = gradient(run, r_input, width * units)) {
    const auto recurrent = run.recurrent();
    multiply(part(signal.products, 0, recurrent), Matrix::dense(run.h, rows, units), {}, gr, scratch);
    if (recurrent < width) {
      const auto kept = scratch.take<Real>(rows * units);
      for (Index step = 0; step < run.sizes.steps; ++step) reset(run, step, kept.data() + run.state_row(step, 0));
      multiply(part(signal.products, recurrent, units), Matrix::dense(kept.data(), rows, units), {},
               gr + recurrent * units, scratch);
    }
  }
  if (Real* gb = gradient(run, b_input, 2 * width)) {
    sum_rows(signal.gates, nullptr, rows, width, width, 0, gb);
    sum_rows(signal.products, nullptr, rows, width, width, 0, gb + width);
  }
  if (Real* gp = gradient(run, p_input, 3 * units))
    for (Index gate = 0; gate < 3; ++gate)  // the output gate looks at the cell after the step
      sum_rows(signal.gates + gate * units, run.c + (gate == 1 ? run.state_row(1, 0) : 0), rows, units, width, units,
               gp + gate * units);
}

// Gives the input and the first states their gradients.
void give_inputs(const Run& run, const Signal& signal) {
  auto& scratch = *run.call.scratch;
  const Scratch::Frame frame(scratch);
  const auto& sizes = run.sizes;
  const auto rows = sizes.steps * sizes.batch;
  if (const auto gx = wanted(run.call, x_input); gx.present()) {
    const auto part = scratch.take<Real>(rows * sizes.inputs);
    multiply(Matrix::dense(signal.gates, rows, run.width()), run.w, {}, part.data(), scratch);
    for (Index step = 0; step < sizes.steps; ++step)
      for (Index n = 0; n < sizes.batch; ++n) {
        Real* to = gx.real().data() + sizes.x(run.time(step, n), n);
        kernels().add(to, part.data() + (step * sizes.batch + n) * sizes.inputs, to, sizes.inputs);
      }
  }
  const std::array states{signal.h, signal.c};
  for (std::size_t i = 0; i < 2; ++i)
    if (const auto gx = wanted(run.call, h_input + i); gx.present() && states[i])
      for (Index n = 0; n < sizes.batch; ++n)
        std::copy_n(states[i] + n * sizes.hidden, sizes.hidden, gx.real().data() + sizes.state(run.direction, n));
}

void backward_direction(const Call& call, const Sizes& sizes, Index direction) {
  const Scratch::Frame frame(*call.scratch);
  const auto run = run_forward(call, sizes, direction);
  const auto& cell = cell_of(call.node);
  const auto take = [&](Index size) { return call.scratch->take<Real>(size).data(); };
  const auto rows = sizes.steps * sizes.batch;
  Signal signal{take(sizes.batch * sizes.hidden), run.c ? take(sizes.batch * sizes.hidden) : nullptr,
                take(rows * run.width()), nullptr};
  signal.products = sizes.gates == 3 ? take(rows * run.width()) : signal.gates;
  const std::array states{signal.h, signal.c};
  for (std::size_t i = 0; i < 2; ++i) {
    if (!states[i]) continue;
    const auto* above = signal_of(call, i + 1);
    for (Index n = 0; n < sizes.batch; ++n)
      for (Index j = 0; j < sizes.hidden; ++j)
        states[i][n * sizes.hidden + j] = above ? above[sizes.state(direction, n) + j] : 0;
  }
  for (auto step = sizes.steps; step-- > 0;) step_back(run, cell, step, signal);
  give_weights(run, signal);
  give_inputs(run, signal);
}

void backward(const Call& call) {
  if (nothing_flows(call)) return;
  const auto sizes = sizes_of(call.node, call.x[x_input].shape, call.x[r_input].shape);
  for (const auto& gx : call.gx) fill_zero(gx);
  for (Index direction = 0; direction < sizes.directions; ++direction) backward_direction(call, sizes, direction);
}

// Every weight is used once for each element of each sequence.
std::int64_t work(const Node& node, std::span<const View> x, std::span<const View>) {
  const auto sizes = sizes_of(node, x[x_input].shape, x[r_input].shape);
  return sizes.steps * sizes.batch * (x[w_input].size + x[r_input].size);
}

constexpr OpDef row(std::string_view name) {
  return {.name = name,
          .since = 7,
          .infer = infer,
          .forward = forward,
          .backward = backward,
          .relevance = Relevance::unknown,
          .work = work};
}

constexpr std::array rows{row("LSTM"), row("GRU"), row("RNN")};

}  // namespace

std::span<const OpDef> recurrent_ops() { return rows; }

}  // namespace whylight
