// What JavaScript sees of the core: registration and conversion, nothing else. web/core/wasm.ts declares the shapes of
// the plain objects that come and go.
#include <emscripten/bind.h>

#include "wasm/convert.hpp"
#include "wasm/explainer.hpp"
#include "wasm/tile_peak.hpp"

namespace whylight::js {

val catalogue();  // catalogue.cpp

namespace {

val facts_of(const std::vector<Fact>& facts) {
  return list(facts, [](const Fact& fact) {
    return object({{"name", val(fact.name)}, {"value", val(fact.value)}, {"meaning", val(fact.meaning)}});
  });
}

Evaluation read_request(const val& request) {
  Evaluation result;
  result.name = request["name"].as<std::string>();
  result.target = request["target"].as<std::string>();
  result.settings = read_settings(request["settings"]);
  result.seed = static_cast<std::uint64_t>(request["seed"].as<double>());
  result.injected = read_fields<std::map<std::string, Tensor>>(request["inject"], read_array);
  result.attribution = read_array(request["attribution"]);
  result.mask = read_array(request["mask"]);
  result.method = request["method"].as<std::string>();
  result.method_settings = read_settings(request["methodSettings"]);
  return result;
}

// A Uint8Array that stays where it is; `files` gives those beside it, by `get(name)`, or undefined.
class JsSource : public ByteSource {
 public:
  JsSource(val bytes, val files) : bytes_(std::move(bytes)), files_(std::move(files)) {}
  std::size_t size() const override { return bytes_["length"].as<std::size_t>(); }
  void read(std::size_t offset, std::span<std::byte> into) const override {
    auto* to = reinterpret_cast<std::uint8_t*>(into.data());
    const val part = bytes_.call<val>("subarray", offset, offset + into.size());
    val(emscripten::typed_memory_view(into.size(), to)).call<void>("set", part);
  }
  std::unique_ptr<ByteSource> beside(const std::string& name) const override {
    if (files_.isUndefined()) return nullptr;
    val found = files_.call<val>("get", name);
    if (found.isUndefined()) return nullptr;
    return std::make_unique<JsSource>(std::move(found), files_);
  }

 private:
  val bytes_;
  val files_;
};

Explainer* open(const val& bytes, const val& shape, const val& files) {
  return new Explainer(JsSource(bytes, files), read_shape(shape));
}
val describe(Explainer& explainer) {
  const Description model = explainer.describe();
  const auto count = [](const auto& item) { return object({{"name", val(item.first)}, {"count", val(item.second)}}); };
  const auto layer = [](const auto& item) {
    return object({{"name", val(item.first)}, {"shape", shape_of(item.second)}});
  };
  const auto node = [](const NodeFacts& facts) {
    return object({{"name", val(facts.name)},
                   {"operator", to_js(facts.op)},
                   {"fused", val(facts.fused)},
                   {"inputs", list(facts.inputs, [](int place) { return val(place); })},
                   {"shape", shape_of(facts.shape)},
                   {"layer", val(facts.layer)},
                   {"parameters", to_js(facts.parameters)}});
  };
  return object(
      {{"producer", val(model.producer)},
       {"opset", val(model.opset)},
       {"parameters", to_js(model.parameters)},
       {"cost", to_js(model.cost)},
       {"input", object({{"name", val(model.input_name)}, {"shape", shape_of(model.input_shape)}})},
       {"output",
        object({{"name", val(model.output_name)}, {"units", to_js(model.units)}, {"explained", val(model.explained)}})},
       {"operators", list(model.operators, count)},
       {"layers", list(model.layers, layer)},
       {"graph", list(model.graph, node)},
       {"lastFeatureMap", val(model.last_feature_map)}});
}
val begun(const Begun& job) {
  return object({{"job", val(job.job)},
                 {"chunks", val(job.chunks)},
                 {"target", val(job.target)},
                 {"settings", settings_of(job.settings)}});
}
Partial read_partial(const val& numbers) { return emscripten::convertJSArrayToNumberVector<Real>(numbers); }
// An array by the chunks' numbers; those that were not run elsewhere are undefined.
std::vector<Partial> read_partials(const val& partials) {
  std::vector<Partial> result;
  for (const val& partial : emscripten::vecFromJSArray<val>(partials))
    result.push_back(partial.isUndefined() ? Partial() : read_partial(partial));
  return result;
}
val finish_explain(Explainer& explainer, int job, const val& elsewhere) {
  const Attribution result = explainer.finish_explain(job, read_partials(elsewhere));
  return object({{"values", array(result.values)},
                 {"layer", val(result.layer)},
                 {"facts", facts_of(result.facts)},
                 {"standardError", array(result.standard_error)},
                 {"baseline", val(result.baseline)}});
}
val finish_evaluate(Explainer& explainer, int job, const val& elsewhere) {
  const Score score = explainer.finish_evaluate(job, read_partials(elsewhere));
  const auto curve = [](const Curve& line) {
    const auto number = [](double value) { return val(value); };
    return object({{"name", val(line.name)},
                   {"xLabel", val(line.x_label)},
                   {"yLabel", val(line.y_label)},
                   {"x", list(line.x, number)},
                   {"y", list(line.y, number)}});
  };
  return object({{"value", score.value.has_value() ? val(score.value.value()) : val::null()},
                 {"missing", val(score.missing)},
                 {"curves", list(score.curves, curve)},
                 {"facts", facts_of(score.facts)},
                 {"evaluations", to_js(score.evaluations)}});
}
val predict(Explainer& explainer, const val& batch) { return array(explainer.predict(read_array(batch))); }
val activations(Explainer& explainer, const val& batch, const std::string& layer) {
  return array(explainer.activations(read_array(batch), layer));
}
std::string resolve(Explainer& explainer, const val& row, const std::string& target) {
  return explainer.resolve(read_array(row), target);
}
val begin_explain(Explainer& explainer, const val& row, const val& request) {
  return begun(explainer.begin_explain(read_array(row), read_request(request)));
}
val begin_evaluate(Explainer& explainer, const val& row, const val& request) {
  return begun(explainer.begin_evaluate(read_array(row), read_request(request)));
}
// What the chunk gives stays here, or is handed out.
val run_chunk(Explainer& explainer, int job, int chunk, bool keep) {
  if (!keep) return numbers(explainer.take_chunk(job, chunk));
  explainer.run_chunk(job, chunk);
  return val::undefined();
}
val perturb(Explainer& explainer, const val& row, const val& request, double share) {
  return array(explainer.perturbed(read_array(row), read_request(request), share));
}
val profile(Explainer& explainer, const val& batch, const std::string& way, int rounds, double milliseconds) {
  const Rounds result = explainer.profile(read_array(batch), way, rounds, milliseconds);
  const auto step = [](const StepFacts& facts) {
    return object({{"name", val(facts.name)},
                   {"operator", to_js(facts.op)},
                   {"shape", shape_of(facts.shape)},
                   {"layout", val(facts.layout == Layout::plain ? "plain" : "channels-last")},
                   {"forward", to_js(facts.forward)},
                   {"backward", to_js(facts.backward)},
                   {"flows", val(facts.flows)}});
  };
  return object({{"rows", to_js(result.rows)}, {"steps", list(result.steps, step)}, {"times", numbers(result.times)}});
}

}  // namespace

EMSCRIPTEN_BINDINGS(whylight) {
  emscripten::function("catalogue", &catalogue);
  emscripten::function("tilePeak", &tile_peak);
  emscripten::function("open(bytes,shape,files)", &open, emscripten::allow_raw_pointers());
  emscripten::class_<Explainer>("Explainer")
      .function("describe", &describe)
      .function("predict(batch)", &predict)
      .function("activations(batch,layer)", &activations)
      .function("computeDirectly(direct)", &Explainer::compute_directly)
      .function("limitMemory(megabytes)", &Explainer::limit_memory)
      .function("resolve(row,target)", &resolve)
      .function("beginExplain(row,request)", &begin_explain)
      .function("beginEvaluate(row,request)", &begin_evaluate)
      .function("runChunk(job,chunk,keep)", &run_chunk)
      .function("finishExplain(job,elsewhere)", &finish_explain)
      .function("finishEvaluate(job,elsewhere)", &finish_evaluate)
      .function("end(job)", &Explainer::end)
      .function("profile(batch,way,rounds,milliseconds)", &profile)
      .function("perturbed(row,request,share)", &perturb);
}

}  // namespace whylight::js
