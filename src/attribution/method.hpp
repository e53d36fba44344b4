#pragma once
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attribution/option.hpp"
#include "engine/session.hpp"
#include "tensor/tensor.hpp"

namespace whylight {

// What one chunk of work gives: numbers that `finish` puts together. Workers send it between themselves as it is.
using Partial = std::vector<Real>;

// Work cut into independent chunks. The cut depends on the request and the model alone, never on time or on the number
// of workers, and `finish` takes the partials in chunk order, so that results are the same however the chunks were
// spread.
template <class Result>
struct Job {
  int chunks = 1;  // none: `finish` does it all
  std::function<Partial(Session&, int chunk)> run;
  std::function<Result(Session&, std::span<const Partial>)> finish;

  // All chunks here, one after the other.
  Result all(Session& session) const {
    std::vector<Partial> partials;
    for (int chunk = 0; chunk < chunks; ++chunk) partials.push_back(run(session, chunk));
    return finish(session, partials);
  }
};

// A number beside the map: "completeness-error", "target-value", "baseline-value" …
struct Fact {
  std::string name;
  double value = 0;
  std::string meaning;  // one sentence for a person
};

// What a method gives for one input row.
struct Attribution {
  Tensor values;      // the input's shape (batch of 1), or that of `layer`
  std::string layer;  // empty: the input
  std::vector<Fact> facts;
  Tensor standard_error;  // sampling methods: of `values`, same shape; otherwise absent
  std::string baseline;   // what stood for "nothing there", as text; empty when the method has none
};

// What a method is asked: explain `target` for `input`.
struct Problem {
  Tensor input;  // one row, batch of 1
  Target target;
  Settings settings;
  std::uint64_t seed = 0;
  std::map<std::string, Tensor>
      injected;  // arrays that replace a random draw or a baseline, by name ("noise", "baseline" …)
};

enum class Family : std::uint8_t { gradient, cam, perturbation, relevance };

// One method: everything the catalogue says of it, and how to make its job.
struct Method {
  std::string_view name;
  std::string_view title;
  Family family;
  std::string_view paper;    // authors, year, title or where
  std::string_view summary;  // one sentence for the page
  std::span<const Option> options;
  std::string_view
      injects;            // names that `Problem::injected` may hold, with shapes, for people: "noise [samples, input]"
  bool complete = false;  // promises that the values sum to the target's value, or its difference from the baseline's
  Job<Attribution> (*make)(Session&, const Problem&) = nullptr;  // throws Error when the request does not fit the model
};

std::span<const Method> methods();
// Throws Error listing the names when there is no such method.
const Method& find_method(std::string_view name);

// A target as text: "281" (a unit of the output), "281:285" (one rather than another) or "top" (the one with the
// highest value for this row); or inside the network "LAYER@17", where LAYER is an ONNX value name and what follows the
// last @ the place in it: as many indices behind the batch's as one likes, of which "*" stands for all, and everything
// there is summed: "LAYER@17" is channel 17 of a feature map, "LAYER@17,3,4" one position of it, "LAYER@*,5" feature 5
// of all tokens; likewise "LAYER@17:20" and "LAYER@top".

// The layer that a target names, which the session must explain (SessionOptions::explained); empty for the output.
std::string layer_of_target(const std::string& text);
// Throws Error when the text is none of these or out of range.
Target parse_target(Session& session, const Tensor& row, const std::string& text);

// One row explained, all in this thread.
Attribution explain(Session& session, std::string_view method, const Problem& problem);

}  // namespace whylight
