#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/profile.hpp"
#include "engine/program.hpp"
#include "engine/session.hpp"

namespace whylight {

// A slot's or a step's number as the place in its list.
inline std::size_t index(int number) { return static_cast<std::size_t>(number); }

// Steps of a plan's schedule, first and last, between which a buffer holds something.
struct Life {
  int begin;
  int end;
};
using Lives = std::vector<Life>;

// Memory for many buffers, of which those that are alive at the same time do not overlap.
class Arena {
 public:
  // Asks for `bytes`; gives the buffer's number.
  int reserve(std::size_t bytes, Lives lives);
  void place();     // decides where each buffer lies
  void allocate();  // throws Error when that is too much
  std::byte* at(int buffer) const;
  std::size_t total() const { return total_; }

 private:
  struct Buffer {
    std::size_t bytes;
    Lives lives;
    std::size_t offset = 0;
  };
  std::vector<Buffer> buffers_;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t total_ = 0;
};

// A way back with nothing left empty.
Backward complete(Backward how);

// What a plan must keep for its way back.
enum class Keep : std::uint8_t {
  nothing,     // there is none
  values,      // there is none, and all activations stay all the same
  gradient,    // what the operators' own backward passes read, and of a clamp a byte for four elements
  everything,  // all activations
  sums,        // likewise, but of weighted sums of inputs of both signs what they were before a clamp
};

// What is asked of a plan.
struct Needs {
  Keep keep = Keep::nothing;
  int layer = absent;  // a value that is looked at after forward(), and whose signal is that before any mask
  auto operator<=>(const Needs&) const = default;
};

// A program laid out for one input shape: each value's shape, layout and place in memory, and in which order its steps
// run. What nobody reads again makes room for the next; when that takes more than `limit` bytes, values are computed
// again on the way back instead of being kept, from those that cross the borders of segments (Chen et al. 2016,
// "Training deep nets with sublinear memory cost"). Results are the same to the last bit.
class Plan {
 public:
  Plan(Program& program, const Shape& input_shape, Needs needs, std::size_t limit);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  // `direct` is Call::direct of every call. Where not all units of the explained value are wanted, what stands at the
  // end and is not read on the way back is computed as far as these need it.
  void forward(const Tensor& batch, bool direct, const Units& wanted = {});
  // Passes the signal at the explained value (already written to signal(explained)) back as far as value `layer`. In a
  // plan that keeps what gradients read, `how` must be the gradient; `direct` is as it was forward.
  void backward(const Backward& how, int layer, bool direct);

  // A value of the program after forward(); only the outputs, as far as they were wanted, and the layer asked for are
  // alive.
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
  // The nodes of the program's graph that it runs, in that order too.
  std::vector<NodeFacts> outline(const Graph& graph) const;
  void watch(Stopwatch* stopwatch) { stopwatch_ = stopwatch; }

 private:
  friend class Incremental;
  // A value in this plan: those of the program first, then those that a change of layout gives.
  struct Slot {
    ValueInfo info;
    Layout layout = Layout::plain;
    View view;
    View signal;
    View sum;                      // before the clamp, where that is kept
    std::uint8_t* bits = nullptr;  // where its clamp lets no signal through
    int buffer = -1;
    int signal_buffer = -1;
    int sum_buffer = -1;
    int bits_buffer = -1;
    int producer = -1;           // step
    std::vector<int> consumers;  // steps, in order
    int signals = 0;             // that arrive
    bool depends = false;        // on the input
    bool leads = false;          // to the explained value, by operators with a backward pass
    bool not_negative = false;   // whatever the input
    bool keeps_bits = false;
    bool keeps_sum = false;  // on the way back the value is then made again of it
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
    std::vector<int> clamped;      // slots that backward reads and that are made again of their sums before
    const Prepared* prepared = nullptr;
    bool flows = false;        // takes part in the way back
    bool masks_input = false;  // backward finishes the signal of input 0 with the clamp of that value
    bool masks_first = false;  // the signal is masked before backward
    std::optional<Finish> finish, back_finish, mask;
    std::int64_t cost = 0;  // multiply-adds of the way forward
  };
  // One run of a step.
  struct Action {
    int step;
    bool back;
  };
  // What of a value can be kept.
  enum class Item : std::uint8_t { value, bits, sum };
  using ReadBack = std::function<void(int slot, Item item)>;

  void set_input(const Tensor& batch);
  void infer_shapes(Program& program, const Shape& input_shape);
  void add_step(Program& program, std::size_t node);
  void choose_layouts(Step& step);
  int in_layout(int slot, Layout layout);
  void find_flow();
  void make_views();
  void run_step(const Step& step, bool direct, const Units& wanted = {});
  void run_step_back(const Step& step, const Backward& how, bool direct);

  // keep.cpp: what of each value is kept for the way back
  void find_signs();
  void choose_kept();
  void choose_bits(int slot);
  void make_finishes();

  // schedule.cpp: when things run, and when they are in memory
  void lay_out(const Program& program, std::size_t limit);
  void for_read_back(const Step& step, const ReadBack& use) const;
  bool wants_signal(int slot) const;
  void make_schedule(int segments);
  void run_again(int first, int last, const std::vector<int>& segment_of);
  bool crosses(int slot, const std::vector<int>& segment_of) const;
  std::size_t end_of_read() const;
  void reserve(const Program& program);
  void reserve_signals(const Program& program);
  int position(std::size_t action) const;
  bool goes_back() const { return needs_.keep > Keep::values; }

  Needs needs_;
  std::vector<Slot> slots_;
  std::vector<Step> steps_;
  std::vector<Action> schedule_;
  std::size_t turn_ = 0;    // the first action of the way back
  std::size_t needed_ = 0;  // actions of the way forward, without those at its end that nothing reads on the way back
  std::deque<Node> relayouts_;
  std::map<std::pair<int, Layout>, int> converted_;
  Arena arena_;
  Scratch scratch_;
  int input_ = 0;
  int explained_ = 0;
  std::int64_t cost_ = 0;
  std::size_t program_values_ = 0;
  Stopwatch* stopwatch_ = nullptr;
};

}  // namespace whylight
