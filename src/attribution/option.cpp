#include "attribution/option.hpp"

#include <cmath>

#include "tensor/decimal.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

bool is_choice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const auto end = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, end) == value) return true;
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return false;
}

void check_number(std::string_view where, const Option& option, const std::string& text) {
  const auto value = read_number(text);
  const bool whole = option.kind == OptionKind::integer;
  if (!value || (whole && *value != std::floor(*value)))
    fail(where, "option ", option.name, " must be ", whole ? "a whole number" : "a number", ", found '", text, "'");
  if (*value < option.low || *value > option.high)
    fail(where, "option ", option.name, " must be from ", option.low, " to ", option.high, ", found ", text);
}

void check(std::string_view where, const Option& option, const std::string& text) {
  switch (option.kind) {
    case OptionKind::integer:
    case OptionKind::number:
      return check_number(where, option, text);
    case OptionKind::flag:
      if (text != "true" && text != "false")
        fail(where, "option ", option.name, " must be true or false, found '", text, "'");
      return;
    case OptionKind::choice:
      if (!is_choice(option.choices, text))
        fail(where, "option ", option.name, " must be one of ", option.choices, ", found '", text, "'");
      return;
    case OptionKind::layer:
      return;  // the session knows which there are
  }
}

}  // namespace

Settings::Settings(std::string_view where, std::span<const Option> options,
                   const std::map<std::string, std::string>& given) {
  std::string names;
  for (const auto& option : options) {
    values_[std::string(option.name)] = std::string(option.fallback);
    names += (names.empty() ? "" : ", ") + std::string(option.name);
  }
  for (const auto& [name, text] : given) {
    const auto* row = static_cast<const Option*>(nullptr);
    for (const auto& option : options)
      if (option.name == name) row = &option;
    if (!row) fail(where, "there is no option '", name, "', there are ", names.empty() ? "none" : names);
    check(where, *row, text);
    values_[name] = text;
    given_[name] = true;
  }
}

std::int64_t Settings::integer(std::string_view name) const { return static_cast<std::int64_t>(number(name)); }

double Settings::number(std::string_view name) const { return read_number(text(name)).value_or(0); }

bool Settings::flag(std::string_view name) const { return text(name) == "true"; }

const std::string& Settings::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) fail("settings", "there is no option '", name, "'");
  return found->second;
}

bool Settings::has(std::string_view name) const { return values_.find(name) != values_.end(); }

bool Settings::changed(std::string_view name) const { return given_.find(name) != given_.end(); }

}  // namespace whylight
