#include "tensor/fail.hpp"

#include "tensor/decimal.hpp"

namespace whylight {

void MessagePart::append_to(std::string& message) const {
  switch (kind_) {
    case Kind::text:
      message += text_;
      return;
    case Kind::integer:
      message += std::to_string(integer_);
      return;
    case Kind::real:
      message += write_number(real_);
  }
}

std::string join(std::initializer_list<MessagePart> parts) {
  std::string text;
  for (const auto& part : parts) part.append_to(text);
  return text;
}

void fail_with(std::string_view where, std::initializer_list<MessagePart> what) {
  throw Error(join({where, ": "}) + join(what));
}

}  // namespace whylight
