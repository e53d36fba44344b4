#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/outline.hpp"
#include "engine/profile.hpp"
#include "engine/target.hpp"
#include "graph/graph.hpp"
#include "ops/op.hpp"
#include "tensor/tensor.hpp"

namespace whylight {

// How signals pass back through a graph: gradient, guided, deconvnet and every LRP composite are values of this type.
struct Backward {
  // Passes the signal of one node back (writes gx). Empty: the operator's own backward, that is, the gradient.
  std::function<void(const Call&)> node;
  // Edits the signal arriving at a node's fused clamp in place; y is the clamped output. Empty: zero outside (low,
  // high).
  std::function<void(const Node&, const View& y, const View& signal)> clamp;
  // Start from weight times value (relevance) in place of the weight (gradient).
  bool starts_from_value = false;
  // Whether activations are divided by on the way back, so that the forward pass too must be direct (Call::direct).
  bool direct = false;
  // Uses Call::sum, and never y where that is present.
  bool reads_sums = false;
};

Backward gradient();  // all empty
// Springenberg et al. 2014: at every Relu (Clip with lower bound 0), also zero where the signal is negative.
Backward guided_backprop();
// Zeiler and Fergus 2013: at every Relu only the sign of the signal counts, not that of the input.
Backward deconvnet();

// What one way forward and back gives. Tensors are in ONNX's order, batch first.
struct Pass {
  std::vector<Real> score;  // the target's value, one for each row
  Tensor activation;        // of the layer asked for
  Tensor signal;            // gradient or relevance at the layer asked for
};

// What a pass over changed rows gives, and the multiply-adds that it took beside those of a pass over each row whole.
struct Changed {
  Tensor output;  // the explained value
  double work = 0;
  double whole_work = 0;
};

// What one run of a session may take for its activations and signals, in bytes, when nothing else is said.
constexpr std::size_t usual_memory_limit = std::size_t{192} << 20;

struct SessionOptions {
  std::vector<std::string> layers;  // values that must be kept as the model names them: never fused away
  bool direct = false;              // every call is (Call::direct)
  // Larger batches are cut; where a single row needs more, activations are computed again on the way back. Results do
  // not depend on it.
  std::size_t memory_limit = usual_memory_limit;
  std::string explained;  // the value whose units are targets, where the network then ends; empty: the model's own
};

// A graph with its activations: runs batches forward and backward. Not thread safe; results depend on nothing but the
// arguments. Throws Error when a batch does not fit the model.
class Session {
 public:
  explicit Session(std::shared_ptr<const Graph> graph, SessionOptions options = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const Graph& graph() const;
  // Shape of one input row with a batch of 1 in front; a dynamic spatial size is what the caller gave last, or -1.
  const Shape& input_shape() const;
  // The model's first output for each row. Batches are real numbers; those of a model whose input is integers are
  // rounded to them.
  Tensor run(const Tensor& batch);
  // The explained value: the input of a final Softmax or LogSoftmax, otherwise the first output.
  Tensor logits(const Tensor& batch);
  // The same, bit for bit, of rows that differ little from `base` (one row) or from the row before them: computes only
  // what their changes can reach, where that is less work.
  Changed changed(const Tensor& base, const Tensor& batch);
  // The target's value for each row.
  std::vector<Real> score(const Tensor& batch, const Target& target);
  // The same of one row that many explanations begin with (a baseline): the last such row's outputs are remembered.
  double baseline_score(const Tensor& row, const Target& target);
  // One way forward and one way back to the input: its signal alone, so that the last layer need not be computed.
  Tensor attribute(const Tensor& batch, const Target& target, const Backward& backward = {});
  // The same with everything that comes along; `layer` is an ONNX value name, empty for the input.
  Pass back(const Tensor& batch, const Target& target, const Backward& backward = {}, const std::string& layer = {});
  // A value inside the network, in ONNX's order.
  Tensor activation(const Tensor& batch, const std::string& layer);

  // Multiply-adds of one forward pass of one row, for cutting work into chunks.
  std::int64_t cost();
  // Name of the explained value, and its number of units a row.
  std::string output_name() const;
  std::int64_t units();
  // The shape of these units, without the batch, where the input has the size of this batch's.
  Shape unit_shape(const Tensor& batch);
  // Last real value of rank 4 (3 for sequences) with spatial size above 1 that a convolution gave: Grad-CAM's default.
  std::string last_feature_map();
  // The layer that stands for the input in a model of integers (token ids): the embedding. Empty where the input is
  // real.
  std::string entry(const Tensor& batch);
  // Makes sure that a value is not fused away; throws Error when it is not computed from the input.
  void keep(const std::string& layer);
  // Whether the value is there as the model names it without anything being kept for it; throws Error when the model
  // has no such value.
  bool knows(const std::string& layer) const;
  // Sets SessionOptions::direct for what follows.
  void compute_directly(bool direct);
  // Sets SessionOptions::memory_limit for what follows.
  void limit_memory(std::size_t bytes);
  // Something made from this session's nodes that is worth keeping between calls (packed modified weights); dropped
  // when the nodes change.
  template <class T>
  std::shared_ptr<T> cached(const std::string& name) {
    auto& entry = cache_entry(name);
    if (!entry) entry = std::make_shared<T>();
    return std::static_pointer_cast<T>(entry);
  }
  // Bytes of activations and signals that the largest of the session's plans takes.
  std::size_t memory() const;
  // Every value that can be a `layer`, in order, with its shape for a batch of 1.
  std::vector<std::pair<std::string, Shape>> layers();
  // The network as it is run for a batch of 1.
  std::vector<NodeFacts> outline();
  // Times every step of one forward pass, and of the way back to the input unless `backward` is null; over the first
  // rows of the batch, as many as fit into one run. The first pass of a session also prepares weights and memory.
  Profile profile(const Tensor& batch, const Backward* backward);

 private:
  std::shared_ptr<void>& cache_entry(const std::string& name);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace whylight
