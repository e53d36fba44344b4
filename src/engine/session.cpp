#include "engine/session.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <list>
#include <set>

#include "engine/incremental.hpp"
#include "engine/plan.hpp"
#include "engine/program.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

constexpr std::size_t plans_kept = 4;

Shape rows_of(const Shape& shape, std::int64_t rows) {
  Shape result = shape;
  if (!result.empty()) result[0] = rows;
  return result;
}

// Rows `first`… of a batch, as a batch; shares memory.
Tensor slice(const Tensor& batch, std::int64_t first, std::int64_t rows) {
  auto result = Tensor::unset(rows_of(batch.shape(), rows), batch.type());
  const auto row =
      batch.shape()[0] ? static_cast<std::size_t>(batch.size() / batch.shape()[0]) * size_of(batch.type()) : 0;
  std::memcpy(result.bytes(), batch.bytes() + row * static_cast<std::size_t>(first),
              row * static_cast<std::size_t>(rows));
  return result;
}

// Puts the rows of `part` (any layout) at row `first` of `whole`, which is made at the first part. A value that has no
// rows of its own (a first size that is not the batch) is refused.
void put_rows(Tensor& whole, const View& part, std::int64_t first, std::int64_t part_rows, std::int64_t rows) {
  if (part.rank() == 0 || part.shape[0] % part_rows != 0)
    fail("model", "outputs must have the batch as their first size, found ", to_text(part.shape), " for ", part_rows,
         " rows");
  const auto each = part.shape[0] / part_rows;
  if (!whole.present()) whole = Tensor::unset(rows_of(part.shape, rows * each), part.type);
  const auto offset = static_cast<std::size_t>(whole.size() / rows * first) * size_of(part.type);
  copy(part, View(part.shape, Layout::plain, part.type, whole.bytes() + offset));
}

std::size_t at(std::int64_t number) { return static_cast<std::size_t>(number); }

Keep kept_for(const Backward& how) {
  if (!how.node && !how.clamp) return Keep::gradient;
  return how.reads_sums ? Keep::sums : Keep::everything;
}

}  // namespace

struct Session::State {
  std::shared_ptr<const Graph> graph;
  std::set<std::string> layers;
  std::string end;  // SessionOptions::explained
  Program program;
  Shape input_shape;  // with a batch of 1; -1 where dynamic and not known yet
  bool fixed_batch = false;
  bool direct = false;
  std::size_t memory_limit = usual_memory_limit;
  std::list<std::pair<std::pair<Shape, Needs>, std::unique_ptr<Plan>>> plans;  // newest first
  std::map<std::string, std::shared_ptr<void>> caches;
  std::map<std::pair<Shape, Needs>, std::size_t> row_bytes;  // by the shape of one row
  std::unique_ptr<Incremental> incremental;                  // made when first needed
  Tensor baseline, baseline_output;                          // see baseline_score()

  void prepare() {
    program = make_program(*graph, layers, end);
    forget();
    const auto& declared = program.graph.values[static_cast<std::size_t>(program.input)].declared;
    // A model exported for one size of batch may have it in its constants (reshapes): it is run in batches of that
    // size.
    fixed_batch = !declared.empty() && declared[0] >= 1;
    if (input_shape.empty()) {
      input_shape = declared;
      if (!input_shape.empty() && !fixed_batch) input_shape[0] = 1;
    }
  }

  // Keeps a value from being fused away; the program is made again when it was.
  int keep(const std::string& layer) {
    if (layer.empty()) return program.input;
    const auto value = graph->value(layer);
    if (!is_known(value) && !layers.contains(layer)) {
      layers.insert(layer);
      prepare();
    }
    if (!is_known(value))
      fail("layer", "'", layer, "' is not computed from the input", end.empty() ? "" : " before the target");
    return value;
  }

  bool is_known(int value) const {
    if (value == program.input) return true;
    return find_producers(program.graph)[static_cast<std::size_t>(value)] != absent;
  }

  void check(const Tensor& batch) {
    const auto& declared = program.graph.values[static_cast<std::size_t>(program.input)].declared;
    const auto& name = program.graph.values[static_cast<std::size_t>(program.input)].name;
    bool fits = batch.present() && batch.type() == Type::real && !batch.shape().empty() && batch.shape()[0] > 0 &&
                (declared.empty() || declared.size() == batch.shape().size());
    for (std::size_t axis = 1; fits && axis < declared.size(); ++axis)
      fits = declared[axis] < 0 || declared[axis] == batch.shape()[axis];
    if (fits && fixed_batch) fits = batch.shape()[0] % declared[0] == 0;
    if (!fits) fail("input '" + name + "'", "expects ", wanted(declared), ", found ", to_text(batch.shape()));
    const auto row = rows_of(batch.shape(), fixed_batch ? declared[0] : 1);
    if (row == input_shape) return;
    input_shape = row;
    forget();
  }

  void forget_plans() {
    plans.clear();
    row_bytes.clear();
    incremental.reset();
    baseline = {};
  }

  // What operators prepared may depend on the size of a row (padding that keeps sizes does).
  void forget() {
    forget_plans();
    caches.clear();
    program.prepared.assign(program.graph.nodes.size(), nullptr);
  }

  static std::string wanted(const Shape& declared) {
    std::string text;
    for (std::size_t i = 0; i < declared.size(); ++i)
      text += (i ? "x" : "") +
              (declared[i] < 0 || i == 0 ? (i == 0 ? std::string("N") : "?") : std::to_string(declared[i]));
    return declared.empty() ? "a batch" : text;
  }

  Plan& plan(const Shape& shape, const Needs& needs = {}) {
    const auto key = std::make_pair(shape, needs);
    const auto found = std::find_if(plans.begin(), plans.end(), [&](const auto& entry) { return entry.first == key; });
    if (found != plans.end()) {
      plans.splice(plans.begin(), plans, found);
    } else {
      const bool one = shape == input_shape;
      const auto limit = one ? memory_limit : std::numeric_limits<std::size_t>::max();
      plans.emplace_front(key, std::make_unique<Plan>(program, shape, needs, limit));
      if (plans.size() > plans_kept) plans.pop_back();
    }
    return *plans.front().second;
  }

  // How many rows fit into one run.
  std::int64_t rows_per_run(const Tensor& batch, const Needs& needs) {
    const auto rows = batch.shape()[0];
    const auto one = rows_of(batch.shape(), input_shape[0]);
    const auto key = std::make_pair(one, needs);
    if (rows <= one[0]) return rows;
    auto found = row_bytes.find(key);
    if (found == row_bytes.end()) found = row_bytes.emplace(key, plan(one, needs).bytes()).first;
    if (fixed_batch) return one[0];
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(memory_limit / std::max<std::size_t>(found->second, 1)),
                                    1, rows);
  }

  // Calls `use(plan, first row, rows)` for each piece of the batch after its forward pass, which may end where these
  // units are known (Plan::forward).
  template <class Use>
  void for_pieces(const Tensor& batch, const Needs& needs, const Use& use, bool direct_pass = false,
                  const Units& wanted = {}) {
    check(batch);
    const auto rows = batch.shape()[0];
    const auto step = rows_per_run(batch, needs);
    for (std::int64_t first = 0; first < rows; first += step) {
      const auto size = std::min(step, rows - first);
      const auto piece = size == rows ? batch : slice(batch, first, size);
      auto& ready = plan(piece.shape(), needs);
      ready.forward(piece, direct || direct_pass, wanted);
      use(ready, first, size);
    }
  }

  Tensor forward_value(const Tensor& batch, int value, const Units& wanted = {}) {
    Tensor whole;
    const auto put = [&](Plan& plan, std::int64_t first, std::int64_t rows) {
      put_rows(whole, plan.value(value), first, rows, batch.shape()[0]);
    };
    for_pieces(batch, {Keep::nothing, layer_of(value)}, put, false, wanted);
    return whole;
  }

  // Session::back; without `scores` these are left out.
  Pass back(const Tensor& batch, const Target& target, const Backward& backward, const std::string& layer, bool scores);

  // Ready to change rows near a base, or null where that would take too much memory, rows cannot be run one by one or
  // the input is integers.
  Incremental* near(const Tensor& base) {
    if (program.graph.values[static_cast<std::size_t>(program.input)].type != Type::real) return nullptr;
    if (input_shape[0] != 1 || base.shape()[0] != 1) return nullptr;
    if (!incremental || incremental->direct() != direct) {
      incremental.reset();
      if (Incremental::most_bytes(plan(base.shape())) > memory_limit) return nullptr;
      incremental = std::make_unique<Incremental>(program, base.shape(), direct);
    }
    incremental->set_base(base);
    incremental->rewind();
    return incremental.get();
  }

  // What plans need not be told apart by: these values they keep anyway.
  int layer_of(int value) const {
    return value == program.input || value == program.output || value == program.explained ? absent : value;
  }
};

Session::Session(std::shared_ptr<const Graph> graph, SessionOptions options) : state_(std::make_unique<State>()) {
  state_->graph = std::move(graph);
  state_->direct = options.direct;
  state_->memory_limit = options.memory_limit;
  state_->end = std::move(options.explained);
  for (auto& layer : options.layers) state_->layers.insert(std::move(layer));
  state_->prepare();
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const Graph& Session::graph() const { return *state_->graph; }

const Shape& Session::input_shape() const { return state_->input_shape; }

Tensor Session::run(const Tensor& batch) { return state_->forward_value(batch, state_->program.output); }

Tensor Session::logits(const Tensor& batch) { return state_->forward_value(batch, state_->program.explained); }

Changed Session::changed(const Tensor& base, const Tensor& batch) {
  state_->check(base);
  state_->check(batch);
  auto* near = state_->near(base);
  if (!near) return {logits(batch)};
  const auto rows = batch.shape()[0];
  const auto whole_work = near->whole().multiply_adds;
  Changed result{.whole_work = whole_work * static_cast<double>(rows)};
  std::vector<std::int64_t> others;  // rows to be computed whole
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto values = batch.row(row).real();
    const auto work = near->prepare(values);
    bool here = near->is_less(work, rows);
    if (!here && row + 1 < rows) {
      // A row that is not near the base is still computed here when the next one is near it.
      here = near->is_less(near->step_work(values, batch.row(row + 1).real()), rows);
      near->prepare(values);
    }
    result.work += here ? work.multiply_adds : whole_work;
    if (here)
      put_rows(result.output, near->run(), row, 1, rows);
    else
      others.push_back(row);
  }
  if (others.empty()) return result;
  const auto number = std::ssize(others);
  Tensor whole(rows_of(batch.shape(), number));
  for (std::int64_t i = 0; i < number; ++i) put_rows(whole, View(batch.row(others[at(i)])), i, 1, number);
  const auto output = logits(whole);
  const auto each = output.shape()[0] / number;
  for (std::int64_t i = 0; i < number; ++i)
    put_rows(result.output, View(slice(output, i * each, each)), others[at(i)], 1, rows);
  return result;
}

std::vector<Real> Session::score(const Tensor& batch, const Target& target) {
  const auto found = state_->forward_value(batch, state_->program.explained, units_of(target));
  return scores_of(found, batch.shape()[0], target);
}

Pass Session::State::back(const Tensor& batch, const Target& target, const Backward& backward, const std::string& layer,
                          bool scores) {
  const auto how = complete(backward);
  const auto value = keep(layer);
  const auto& target_of_signal = program.graph.values[static_cast<std::size_t>(value)];
  if (target_of_signal.type != Type::real)
    fail("input '" + target_of_signal.name + "'", "is integers, which have no gradient; a layer must be named");
  const auto explained = program.explained;
  const auto rows = batch.present() && !batch.shape().empty() ? batch.shape()[0] : 0;
  Pass pass;
  Tensor outputs;  // right in the units of the target
  const auto go_back = [&](Plan& plan, std::int64_t first, std::int64_t size) {
    const auto output = plan.value(explained);
    check_target(target, output.size / size);
    const bool reachable = plan.signal(explained).present();
    if (reachable) seed(output, plan.signal(explained), size, target, how.starts_from_value);
    if (scores) put_rows(outputs, output, first, size, rows);
    const auto shape = plan.value(value).shape;
    if (value != program.input) put_rows(pass.activation, plan.value(value), first, size, rows);
    if (reachable) plan.backward(how, value, direct || how.direct);
    const auto signal = plan.signal(value);
    // What cannot reach the target gets nothing.
    const auto nothing = signal.present() ? Tensor() : Tensor(shape);
    put_rows(pass.signal, signal.present() ? signal : View(nothing), first, size, rows);
  };
  const bool looks = how.starts_from_value || value == explained || value == program.output;
  const auto wanted = looks ? Units{} : scores ? units_of(target) : Units{0, 0};
  for_pieces(batch, {kept_for(backward), layer_of(value)}, go_back, how.direct, wanted);
  if (value == program.input) pass.activation = batch;
  if (scores) pass.score = scores_of(outputs, rows, target);
  return pass;
}

double Session::baseline_score(const Tensor& row, const Target& target) {
  auto& known = state_->baseline;
  const auto same = known.present() && known.shape() == row.shape() &&
                    std::memcmp(known.bytes(), row.bytes(), static_cast<std::size_t>(row.size()) * sizeof(Real)) == 0;
  if (!same) {
    state_->baseline_output = logits(row);
    known = row.clone();
  }
  return scores_of(state_->baseline_output, 1, target)[0];
}

Tensor Session::attribute(const Tensor& batch, const Target& target, const Backward& backward) {
  return state_->back(batch, target, backward, {}, false).signal;
}

Pass Session::back(const Tensor& batch, const Target& target, const Backward& backward, const std::string& layer) {
  return state_->back(batch, target, backward, layer, true);
}

namespace {

// A plan that tells a stopwatch of its steps until this ends, by an Error too.
class Watched {
 public:
  Watched(Plan& plan, Stopwatch& stopwatch) : plan_(plan) { plan.watch(&stopwatch); }
  ~Watched() { plan_.watch(nullptr); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  Plan& plan_;
};

}  // namespace

Profile Session::profile(const Tensor& batch, const Backward* backward) {
  state_->check(batch);
  const Needs needs{backward ? kept_for(*backward) : Keep::nothing, absent};
  const auto rows = state_->rows_per_run(batch, needs);
  const auto piece = slice(batch, 0, rows);
  auto& plan = state_->plan(piece.shape(), needs);
  Profile profile{rows, plan.steps(), {}, {}};
  Stopwatch stopwatch(profile.steps.size());
  const Watched watched(plan, stopwatch);
  const bool direct = state_->direct || (backward && backward->direct);
  plan.forward(piece, direct);
  const auto signal = plan.signal(state_->program.explained);
  if (backward && signal.present()) {
    const auto how = complete(*backward);
    seed(plan.value(state_->program.explained), signal, rows, Target::unit(0), how.starts_from_value);
    plan.backward(how, state_->program.input, direct);
  }
  profile.forward = stopwatch.forward();
  profile.backward = stopwatch.backward();
  return profile;
}

Tensor Session::activation(const Tensor& batch, const std::string& layer) {
  const auto value = state_->keep(layer);
  if (value != state_->program.input) return state_->forward_value(batch, value);
  state_->check(batch);
  return batch;
}

std::size_t Session::memory() const {
  std::size_t most = 0;
  for (const auto& [key, plan] : state_->plans) most = std::max(most, plan->bytes());
  return most;
}

void Session::compute_directly(bool direct) {
  state_->direct = direct;
  state_->baseline = {};
}

void Session::limit_memory(std::size_t bytes) {
  if (bytes == state_->memory_limit) return;
  state_->memory_limit = bytes;
  state_->forget_plans();
}

std::string Session::entry(const Tensor& batch) {
  const auto& values = state_->program.graph.values;
  if (values[static_cast<std::size_t>(state_->program.input)].type == Type::real) return {};
  state_->check(batch);
  return values[static_cast<std::size_t>(state_->plan(state_->input_shape, {Keep::gradient}).entry())].name;
}

void Session::keep(const std::string& layer) { state_->keep(layer); }

bool Session::knows(const std::string& layer) const { return state_->is_known(state_->graph->value(layer)); }

std::shared_ptr<void>& Session::cache_entry(const std::string& name) { return state_->caches[name]; }

namespace {

void require_known(const Shape& shape) {
  if (shape.empty() || std::any_of(shape.begin(), shape.end(), [](auto size) { return size < 0; }))
    fail("model", "the input's size is dynamic: give an input first");
}

}  // namespace

std::int64_t Session::cost() {
  require_known(state_->input_shape);
  return state_->plan(state_->input_shape).cost() / std::max<std::int64_t>(state_->input_shape[0], 1);
}

std::string Session::output_name() const {
  return state_->program.graph.values[static_cast<std::size_t>(state_->program.explained)].name;
}

std::int64_t Session::units() {
  require_known(state_->input_shape);
  const auto& plan = state_->plan(state_->input_shape);
  return plan.value(state_->program.explained).size / std::max<std::int64_t>(state_->input_shape[0], 1);
}

Shape Session::unit_shape(const Tensor& batch) {
  state_->check(batch);
  auto shape = state_->plan(state_->input_shape).value(state_->program.explained).shape;
  if (shape.empty()) return shape;
  shape[0] /= std::max<std::int64_t>(state_->input_shape[0], 1);
  if (shape.size() > 1 && shape[0] == 1) shape.erase(shape.begin());
  return shape;
}

std::string Session::last_feature_map() {
  require_known(state_->input_shape);
  const auto& plan = state_->plan(state_->input_shape);
  const auto& graph = state_->program.graph;
  std::string found;
  for (const auto& node : graph.nodes) {
    if (node.op->name != "Conv") continue;
    const auto value = node.outputs[0];
    const auto view = plan.value(value);
    if (view.rank() < 3) continue;
    const auto space = view.size / std::max<std::int64_t>(view.shape[0] * view.shape[1], 1);
    if (space > 1) found = graph.values[static_cast<std::size_t>(value)].name;
  }
  return found;
}

std::vector<NodeFacts> Session::outline() {
  require_known(state_->input_shape);
  return state_->plan(state_->input_shape).outline(state_->program.graph);
}

std::vector<std::pair<std::string, Shape>> Session::layers() {
  require_known(state_->input_shape);
  const auto& plan = state_->plan(state_->input_shape);
  std::vector<std::pair<std::string, Shape>> result;
  for (const auto& node : state_->program.graph.nodes)
    for (const auto output : node.outputs) {
      if (output == absent) continue;
      const auto view = plan.value(output);
      const auto& name = state_->program.graph.values[static_cast<std::size_t>(output)].name;
      if (view.present() && is_layer(view) && plan.producer(output)) result.emplace_back(name, view.shape);
    }
  return result;
}

}  // namespace whylight
