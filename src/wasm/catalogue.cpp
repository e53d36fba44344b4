// The rows of methods, metrics and operators as JavaScript objects.
#include <array>

#include "attribution/method.hpp"
#include "metrics/metric.hpp"
#include "ops/op.hpp"
#include "wasm/convert.hpp"

namespace whylight::js {

namespace {

// Beside the enumerators, in their order.
constexpr std::array<std::string_view, 5> option_kinds = {"integer", "number", "flag", "choice", "layer"};
constexpr std::array<std::string_view, 4> families = {"gradient", "cam", "perturbation", "relevance"};
constexpr std::array<std::string_view, 5> metric_families = {"faithfulness", "robustness", "localisation", "complexity",
                                                             "axiomatic"};

template <class Enum, std::size_t size>
val name_of(const std::array<std::string_view, size>& names, Enum which) {
  return to_js(names.at(static_cast<std::size_t>(which)));
}

val choices_of(std::string_view text) {
  val result = val::array();
  while (!text.empty()) {
    const std::size_t end = text.find('|');
    result.call<void>("push", to_js(text.substr(0, end)));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return result;
}

val option(const Option& row) {
  return object({{"name", to_js(row.name)},
                 {"kind", name_of(option_kinds, row.kind)},
                 {"fallback", to_js(row.fallback)},
                 {"low", val(row.low)},
                 {"high", val(row.high)},
                 {"choices", choices_of(row.choices)},
                 {"help", to_js(row.help)}});
}

val method(const Method& row) {
  return object({{"name", to_js(row.name)},
                 {"title", to_js(row.title)},
                 {"family", name_of(families, row.family)},
                 {"paper", to_js(row.paper)},
                 {"summary", to_js(row.summary)},
                 {"options", list(row.options, option)},
                 {"injects", to_js(row.injects)},
                 {"complete", val(row.complete)}});
}

val metric(const Metric& row) {
  return object({{"name", to_js(row.name)},
                 {"title", to_js(row.title)},
                 {"family", name_of(metric_families, row.family)},
                 {"paper", to_js(row.paper)},
                 {"summary", to_js(row.summary)},
                 {"better", val(row.better == Better::higher ? "higher" : "lower")},
                 {"range", to_js(row.range)},
                 {"options", list(row.options, option)},
                 {"injects", to_js(row.injects)},
                 {"needsMask", val(row.needs_mask)},
                 {"needsMethod", val(row.needs_method)}});
}

val operation(const OpDef* row) {
  return object({{"name", to_js(row->name)}, {"since", val(row->since)}, {"domain", to_js(row->domain)}});
}

}  // namespace

val catalogue() {
  return object({{"methods", list(methods(), method)},
                 {"metrics", list(metrics(), metric)},
                 {"operators", list(all_ops(), operation)}});
}

}  // namespace whylight::js
