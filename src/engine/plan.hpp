#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engine/profile.hpp"
#include "engine/program.hpp"
#include "engine/session.hpp"

namespace whylight {

// Memory for many buffers, of which those that are alive at the same time do not overlap.
class Arena {
 public:
  // Asks for `bytes`, alive from step `begin` to step `end` inclusive; gives the buffer's number.
  int reserve(std::size_t bytes, int begin, int end);
  void extend(int buffer, int begin, int end);
  void place();  // decides where each buffer lies and allocates
  std::byte* at(int buffer) const;
  std::size_t total() const { return total_; }

 private:
  struct Buffer {
    std::size_t bytes;
    int begin;
    int end;
    std::size_t offset = 0;
  };
  std::vector<Buffer> buffers_;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t total_ = 0;
};

// A program laid out for one input shape: each value's shape, layout and place in memory. One that can go backward
// keeps all activations; one that cannot reuses their memory as soon as it may.
class Plan {
 public:
  // With `keep` all activations stay, whether it can go backward or not.
  Plan(Program& program, const Shape& input_shape, bool backward, bool keep = false);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  // `direct` is Call::direct of every call.
  void forward(const Tensor& batch, bool direct);
  // Passes the signal at the explained value (already written to signal(explained)) back as far as value `layer`.
  void backward(const Backward& how, int layer, bool direct);

  // A value of the program after forward(); in a plan without backward only the outputs and the kept layers are alive.
  View value(int value) const;
  // Its signal; not present when no signal can reach it.
  View signal(int value) const;
  std::size_t bytes() const { return arena_.total(); }
  // Multiply-adds of one forward pass of the whole batch.
  std::int64_t cost() const { return cost_; }
  // Where the input is integers, which have no gradient: the value that a signal to it goes to instead. That is the
  // first one looked up by them in a table, the embedding, or else the first real one computed from them.
  int entry() const;
  // The node that gives a value, or null for the input and for constants.
  const Node* producer(int value) const;
  // Its steps in the order of the forward pass, and who is told of each as it ends (null: nobody).
  std::vector<StepFacts> steps() const;
  void watch(Stopwatch* stopwatch) { stopwatch_ = stopwatch; }

 private:
  friend class Incremental;
  // A value in this plan: those of the program first, then those that a change of layout gives.
  struct Slot {
    ValueInfo info;
    Layout layout = Layout::plain;
    View view;
    View signal;
    int buffer = -1;
    int signal_buffer = -1;
    int producer = -1;           // step
    std::vector<int> consumers;  // steps, in order
    bool depends = false;        // on the input
    bool leads = false;          // to the explained value, by operators with a backward pass
  };
  // A signal that is not the first to arrive at its value: written to `from`, then added.
  struct Sum {
    View from;
    View into;
  };
  struct Step {
    const Node* node = nullptr;
    std::vector<int> inputs;
    std::vector<int> outputs;
    std::vector<View> x, y, gy, gx;
    std::vector<Sum> sums;
    std::vector<int> sum_buffers;  // beside each input: where a later signal goes first, or -1
    const Prepared* prepared = nullptr;
    bool flows = false;     // takes part in the way back
    std::int64_t cost = 0;  // multiply-adds of the way forward
  };

  void set_input(const Tensor& batch);
  void infer_shapes(Program& program, const Shape& input_shape);
  void add_step(Program& program, std::size_t node);
  void choose_layouts(Step& step);
  int in_layout(int slot, Layout layout);
  void find_flow(int explained);
  void reserve_values(const Program& program, bool keep);
  void reserve_signals(const Program& program);
  void make_views(bool backward);

  std::vector<Slot> slots_;
  std::vector<Step> steps_;
  std::deque<Node> relayouts_;
  std::map<std::pair<int, Layout>, int> converted_;
  Arena arena_;
  Scratch scratch_;
  int input_ = 0;
  std::int64_t cost_ = 0;
  std::size_t program_values_ = 0;
  Stopwatch* stopwatch_ = nullptr;
};

}  // namespace whylight
