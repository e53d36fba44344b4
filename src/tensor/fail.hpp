#pragma once
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace whylight {

// The only exception the core throws: bad input, said in one sentence as "<where>: <what is wrong>, <what was found>".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Error("where: what…"); the parts are written one after the other.
template <class... Parts>
[[noreturn]] void fail(std::string_view where, const Parts&... what) {
  std::ostringstream text;
  text << where << ": ";
  (text << ... << what);
  throw Error(text.str());
}

}  // namespace whylight
