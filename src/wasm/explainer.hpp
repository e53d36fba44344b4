#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "attribution/method.hpp"
#include "engine/session.hpp"
#include "graph/graph.hpp"
#include "metrics/metric.hpp"
#include "onnx/source.hpp"
#include "tensor/tensor.hpp"

namespace whylight {

using Given = std::map<std::string, std::string>;  // option values as text

// What is asked of a method (or a metric) about one input row.
struct Request {
  std::string name;            // of the method or metric
  std::string target = "top";  // as parse_target reads it
  Given settings;
  std::uint64_t seed = 0;
  std::map<std::string, Tensor> injected;
};

// What is asked of a metric: besides its own request the attribution to score, and how to make others.
struct Evaluation : Request {
  Tensor attribution;
  Tensor mask;         // may be absent
  std::string method;  // for metrics that explain again; empty: none
  Given method_settings;
};

// A job that has begun: what the caller needs to hand out its chunks.
struct Begun {
  int job = 0;
  int chunks = 0;
  std::string target;  // as indices, "281" or "281:285"
  Given settings;      // all options in force
};

// What a model is, for people.
struct Description {
  std::string producer;
  int opset = 0;
  std::int64_t parameters = 0;
  std::int64_t cost = 0;  // multiply-adds of one forward pass of one row; 0 while the input's size is open
  std::string input_name;
  Shape input_shape;  // batch of 1; -1 where a size is open
  std::string output_name;
  std::string explained;  // the value whose units are targets
  std::int64_t units = 0;
  std::map<std::string, int, std::less<>> operators;  // how often each occurs
  std::vector<std::pair<std::string, Shape>> layers;  // values that may be named as a layer
  std::vector<NodeFacts> graph;                       // as it is run
  std::string last_feature_map;                       // empty when there is none
};

// How long the steps of a model's passes took, run after run.
struct Rounds {
  std::int64_t rows = 0;  // of the batch that were run, as many as fit into one run
  std::vector<StepFacts> steps;
  // Milliseconds: of each round every step's forward pass, then every step's backward pass.
  std::vector<Real> times;
};

// One model with its running jobs: what a worker holds. Jobs are begun alike in several Explainers of the same model;
// any of them can run any chunk, and one of them finishes. Throws Error, and stays usable.
class Explainer {
 public:
  // The bytes of an ONNX file. `input_shape` gives the sizes that the model leaves open; empty when there are none.
  explicit Explainer(std::span<const std::byte> model, const Shape& input_shape = {});
  explicit Explainer(const ByteSource& model, const Shape& input_shape = {});

  Description describe();
  // The model's first output for a batch of any number of rows.
  Tensor predict(const Tensor& batch);
  // A value inside the network for such a batch.
  Tensor activations(const Tensor& batch, const std::string& layer);
  // Sets SessionOptions::direct for what follows.
  void compute_directly(bool direct);
  // Sets SessionOptions::memory_limit for what follows, in megabytes (2^20 bytes). Throws Error unless that is
  // positive.
  void limit_memory(double megabytes);
  // A target as indices, whatever it was asked as.
  std::string resolve(const Tensor& row, const std::string& target);

  Begun begin_explain(const Tensor& row, const Request& request);
  Begun begin_evaluate(const Tensor& row, const Evaluation& evaluation);
  // Runs a chunk; what it gives stays here until it is taken or the job is finished or ends.
  void run_chunk(int job, int chunk);
  // What a chunk gave, for an explainer elsewhere that finishes the job; runs it first where it has not been.
  Partial take_chunk(int job, int chunk);
  // `elsewhere` is what chunks gave that another explainer ran, by number; all others are taken here.
  Attribution finish_explain(int job, std::vector<Partial> elsewhere = {});
  Score finish_evaluate(int job, std::vector<Partial> elsewhere = {});
  void end(int job);  // forgets the job; nothing happens when there is none
  std::size_t jobs() const { return jobs_.size(); }

  // Times the passes of a batch step by step, in up to `rounds` rounds that begin within `milliseconds`, at least one.
  // `way` is what runs backward: "gradient", "lrp" (epsilon-plus), or "none".
  Rounds profile(const Tensor& batch, const std::string& way, int rounds, double milliseconds);

  // The input with that share of its features perturbed as the metric would.
  Tensor perturbed(const Tensor& row, const Evaluation& evaluation, double share);

 private:
  using Work = std::variant<Job<Attribution>, Job<Score>>;
  // What tells one session of the model from another.
  struct Aim {
    std::string layer;   // kept as the model names it; may be empty
    std::string target;  // whose units are explained; empty: the output
    bool operator==(const Aim&) const = default;
  };
  struct Running {
    Aim aim;
    Work work;
    std::vector<Partial> kept;  // of each chunk; empty where it has not been run here, or was taken
  };

  // The plain session wherever that will do.
  Session& session(Aim aim);
  Running& running(int job);
  Partial& kept(int job, int chunk);
  std::vector<Partial> gather(int job, std::vector<Partial> elsewhere);
  int keep(const Aim& aim, Work work, int chunks);
  MetricProblem problem(Session& session, const Metric& metric, const Tensor& row, const Evaluation& evaluation);

  std::shared_ptr<const Graph> graph_;
  Session plain_;
  Aim aim_;                       // that of `aimed_`
  std::optional<Session> aimed_;  // only the last one is kept
  bool direct_ = false;
  std::size_t memory_limit_ = usual_memory_limit;
  std::map<int, Running> jobs_;
  int next_job_ = 1;
};

}  // namespace whylight
