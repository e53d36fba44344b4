#pragma once
#include <concepts>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace whylight {

// The only exception the core throws: bad input, said in one sentence as "<where>: <what is wrong>, <what was found>".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A part of a message: text, which must outlive it, or a number. (Streams would cost 40 kB in wasm.)
class MessagePart {
 public:
  MessagePart(std::string_view text) : kind_(Kind::text), text_(text) {}
  MessagePart(const std::string& text) : MessagePart(std::string_view(text)) {}
  MessagePart(const char* text) : MessagePart(std::string_view(text)) {}
  MessagePart(char) = delete;  // would be read as a number
  template <std::integral Number>
  MessagePart(Number number) : kind_(Kind::integer), integer_(static_cast<long long>(number)) {}
  template <std::floating_point Number>
  MessagePart(Number number) : kind_(Kind::real), real_(static_cast<double>(number)) {}

  void append_to(std::string& message) const;

 private:
  enum class Kind : unsigned char { text, integer, real };
  Kind kind_;
  std::string_view text_;
  long long integer_ = 0;
  double real_ = 0;
};

// The parts written one after the other; reals with six significant digits.
std::string join(std::initializer_list<MessagePart> parts);

[[noreturn]] void fail_with(std::string_view where, std::initializer_list<MessagePart> what);

// Throws Error("where: what…"); the parts are written one after the other.
template <class... Parts>
[[noreturn]] void fail(std::string_view where, const Parts&... what) {
  fail_with(where, {MessagePart(what)...});
}

}  // namespace whylight
