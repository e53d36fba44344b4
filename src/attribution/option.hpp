#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace whylight {

enum class OptionKind : std::uint8_t { integer, number, flag, choice, layer };

// One option of a method or metric: the single source of the page's control, the command's help and the check of
// values.
struct Option {
  std::string_view name;
  OptionKind kind = OptionKind::number;
  std::string_view fallback;  // the default, as text; for a layer empty means the last feature map
  double low = 0;             // numbers: smallest and largest value allowed
  double high = 0;
  std::string_view choices = {};  // a choice: its values, separated by '|'
  std::string_view help = {};     // one sentence
};

// Values of the options of one row, as text; each checked against its row. Anything not given has its default.
class Settings {
 public:
  Settings() = default;
  // Throws Error naming `where` for an unknown option, a value of the wrong kind, out of range or not among the
  // choices.
  Settings(std::string_view where, std::span<const Option> options, const std::map<std::string, std::string>& given);

  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  bool flag(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  bool has(std::string_view name) const;
  bool changed(std::string_view name) const;  // given by the caller, not by default
  const std::map<std::string, std::string, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::map<std::string, bool, std::less<>> given_;
};

}  // namespace whylight
