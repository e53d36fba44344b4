#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "graph/graph.hpp"
#include "kernels/kernels.hpp"
#include "ops/region.hpp"
#include "tensor/tensor.hpp"

namespace whylight {

// Memory for an operator's own use during one call; released when its Frame ends, kept for the next call.
class Scratch {
 public:
  // Everything taken after a Frame is made is released when it ends. Frames nest.
  class Frame {
   public:
    explicit Frame(Scratch& scratch) : scratch_(scratch), block_(scratch.block_), used_(scratch.used_) {}
    ~Frame() {
      scratch_.block_ = block_;
      scratch_.used_ = used_;
    }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

   private:
    Scratch& scratch_;
    std::size_t block_;
    std::size_t used_;
  };

  // Uninitialised memory for `size` elements, aligned to 16 bytes, readable 16 bytes past its end.
  template <class T>
  std::span<T> take(std::int64_t size) {
    return {reinterpret_cast<T*>(bytes(static_cast<std::size_t>(size) * sizeof(T))), static_cast<std::size_t>(size)};
  }
  // A view of that shape over scratch memory.
  View view(const Shape& shape, Layout layout = Layout::plain, Type type = Type::real);

 private:
  std::byte* bytes(std::size_t size);
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    std::size_t size;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0;  // the block in use
  std::size_t used_ = 0;   // bytes taken from it
};

// What an operator may prepare once from its constant inputs (packed weights, offset tables) and share between calls.
struct Prepared {
  virtual ~Prepared() = default;
};

// Which elements of each row of a batch are wanted, counted without the batch; all by default.
struct Units {
  std::int64_t first = 0;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  bool all() const { return first == 0 && last == std::numeric_limits<std::int64_t>::max(); }
};

// One use of an operator, forwards or backwards.
//   forward:  reads x, writes every present y (all elements), and keeps y inside `clamp` when the row says it `clamps`.
//   backward: reads x, y and gy, and WRITES (does not add to) all elements of every present gx, where
//             gx[i] = sum over outputs of (d output / d x[i]) * gy. An absent gy counts as zero; a real input that is a
//             constant has an absent gx as a rule, but operators with weights must be able to give that gradient too.
// y is that of the forward pass, after the clamp; the engine has already masked gy for the clamp.
// A gx view may never alias another view of the call.
struct Call {
  const Node& node;
  std::span<const View> x;
  std::span<const View> y;
  std::span<const View> gy;
  std::span<const View> gx;
  Clamp clamp;
  const Prepared* prepared = nullptr;  // what `prepare` gave for these constant inputs, or null
  Scratch* scratch = nullptr;          // never null in a call
  // Whether sums must be taken term by term, their rounding errors relative to their own terms; otherwise an error may
  // be relative to the largest results nearby (Winograd), which nothing may be divided by.
  bool direct = false;
  const Finish* finish = nullptr;  // to be done to y[0] or to gx[0] as it is written, when the row `finishes`
  const View* sum = nullptr;       // backward: y[0] before the clamp, kept in its place, or null
  bool not_negative = false;       // backward: nothing in x[0] is below zero, whatever the input
  // Forward only, and only for rows with a `spread`: the box of output 0 to write, the rest being right already; null
  // for all of it. What is written has the bits that a whole pass gives.
  const Region* region = nullptr;
  // Forward only: what is wanted of y[0]; the rest may be left unwritten.
  Units units{};
};

// What is known of a value while shapes are worked out.
struct ValueInfo {
  Shape shape;
  Type type = Type::real;
  Tensor constant;     // present when the value is already known
  bool given = false;  // false for an optional input that is absent
};

// Working out the shapes and types of a node's outputs.
struct Inference {
  const Node& node;
  std::span<const ValueInfo> inputs;
  std::span<ValueInfo> outputs;  // to be filled in: shape and type

  // Shape of a required input; throws Error when it is absent.
  const Shape& shape(std::size_t input) const;
  bool given(std::size_t input) const;
  // Content of an input that must be known at load (shapes, axes, pads); throws Error when it is computed from data.
  std::vector<std::int64_t> integers(std::size_t input) const;
  std::vector<double> numbers(std::size_t input) const;
  void set(std::size_t output, Shape shape, Type type = Type::real);
};

// How relevance passes through an operator.
enum class Relevance : std::uint8_t {
  rule,      // a weighted sum of its input: the layer's rule applies (Conv, Gemm, MatMul, AveragePool, ReduceMean, Add)
  pass,      // element by element: relevance goes through unchanged (Relu, Sigmoid, Clip)
  gradient,  // moves or selects values: the backward pass is already right (Reshape, Concat, MaxPool)
  unknown,   // there is no rule yet (recurrent layers)
  none,      // gives no real output, or stops relevance (Shape, Equal)
};

// Which memory layouts an operator takes for values of rank 3 and more.
enum class Layouts : std::uint8_t {
  plain,          // every value as its shape reads
  channels_last,  // input 0 and output 0 (where of rank 3 or more) with channels innermost, all others plain
  any,  // follows its inputs: must go by View::strides and never assume a memory order. All non-constant inputs of
        // output 0's rank and all outputs of that rank share one layout; constants and values of other ranks are plain
};

// What backward reads besides gy, shapes and constants; all else may be gone by then.
enum class Reads : std::uint8_t {
  everything,    // every x and y
  other_inputs,  // for the gradient of one input the other inputs (products)
  nothing,
};

// What is known of the sign of output 0, whatever the data.
enum class OutputSign : std::uint8_t {
  any,
  not_negative,
  as_inputs,  // not negative where no real input is (what moves, selects, adds or averages)
};

// One row for each ONNX operator and version: everything the engine knows about it.
struct OpDef {
  std::string_view name;
  int since = 1;  // first opset in which this row holds; the newest row not above the model's opset counts
  void (*infer)(Inference&) = nullptr;
  void (*forward)(const Call&) = nullptr;
  void (*backward)(const Call&) = nullptr;  // null: nothing flows back (integer or boolean outputs)
  Relevance relevance = Relevance::none;
  Layouts layouts = Layouts::plain;
  bool clamps = false;      // forward honours Call::clamp
  bool shape_only = false;  // the outputs depend on input shapes alone (Shape, Size): known once shapes are
  bool finishes = false;    // forward and backward honour Call::finish
  Reads reads = Reads::everything;
  OutputSign sign = OutputSign::any;
  // How a change in input `input` reaches output 0, axis by axis, and so a promise to honour Call::region; false where
  // it reaches everything. Rows without it are computed whole when anything before them changes.
  bool (*spread)(const Call&, std::size_t input, Spreads&) = nullptr;
  // Element by element, broadcasting: a part of the output is computed by a call with parts of all values.
  bool in_place = false;
  std::shared_ptr<const Prepared> (*prepare)(const Node&, std::span<const ValueInfo> inputs) = nullptr;
  std::string_view domain = "";  // ONNX's standard domain by default
  // Multiply-adds of one call of a weighted sum; null: it is none.
  std::int64_t (*work)(const Node&, std::span<const View> x, std::span<const View> y) = nullptr;
};

constexpr OpDef with_sign(OpDef row, OutputSign sign) {
  row.sign = sign;
  return row;
}

// Run an operator's function and the call's finish, whether or not the operator does that itself.
void run_forward(const Call& call);
void run_backward(const Call& call);

// The row for an operator at an opset, or null when there is none.
const OpDef* find_op(std::string_view domain, std::string_view name, int opset);

// Every row, for tests and for `inspect`.
std::vector<const OpDef*> all_ops();

// The families; each is the table at the end of its file.
std::span<const OpDef> activation_ops();   // activation.cpp: element-wise functions of one input
std::span<const OpDef> arithmetic_ops();   // arithmetic.cpp: element-wise with broadcasting, Where
std::span<const OpDef> constant_ops();     // constant.cpp: Constant, ConstantOfShape, Shape, Cast, Identity, Dropout
std::span<const OpDef> convolution_ops();  // convolution.cpp: Conv, ConvTranspose
std::span<const OpDef> attention_ops();    // attention.cpp: Attention
std::span<const OpDef> einsum_ops();       // einsum.cpp: Einsum
std::span<const OpDef> function_ops();     // functions.cpp: seldom element-wise functions (Tan, Swish, IsNaN …)
std::span<const OpDef> line_ops();         // lines.cpp: along one axis (CumSum, LpNormalization, TopK)
std::span<const OpDef> recurrent_ops();    // recurrent.cpp: LSTM, GRU, RNN
std::span<const OpDef> gather_ops();       // gather.cpp: Gather, GatherElements, GatherND, Scatter…, OneHot
std::span<const OpDef> limit_ops();        // limits.cpp: Clip, PRelu
std::span<const OpDef> linear_ops();       // linear.cpp: Gemm, MatMul
std::span<const OpDef> movement_ops();     // movement.cpp: Reshape, Squeeze, Transpose, Expand, Tile …
std::span<const OpDef>
normalisation_ops();                   // normalisation.cpp: Batch-, Instance-, LayerNormalization, Softmax, LogSoftmax
std::span<const OpDef> padding_ops();  // padding.cpp: Pad
std::span<const OpDef> pooling_ops();  // pooling.cpp: Max-, Average-, Lp-, Global pools
std::span<const OpDef> quantisation_ops();  // quantisation.cpp: QuantizeLinear, DequantizeLinear
std::span<const OpDef> reduction_ops();     // reduction.cpp: ReduceMean, ReduceSum, ReduceMax
std::span<const OpDef> resize_ops();        // resize.cpp: Resize, Upsample
std::span<const OpDef> slicing_ops();       // slicing.cpp: Concat, Split, Slice
std::span<const OpDef> internal_ops();      // internal.cpp: what passes insert (change of layout)

}  // namespace whylight
