#include "tensor/decimal.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "tensor/elementary.hpp"

namespace whylight {

namespace {

// value * 10^exponent, in two steps where the power alone would overflow.
double scaled(double value, int exponent) {
  constexpr int most = 300;
  if (exponent > most) return scaled(value, exponent - most) * power_of_ten(most);
  if (exponent < -most) return scaled(value, exponent + most) / power_of_ten(most);
  return exponent < 0 ? value / power_of_ten(-exponent) : value * power_of_ten(exponent);
}

bool is_digit(char sign) { return sign >= '0' && sign <= '9'; }

// Takes the text's sign away: -1 where it is a minus.
int take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '-' && text[0] != '+')) return 1;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  return sign;
}

// Digits as one number, of which 18 count, and how many there were.
struct Digits {
  std::int64_t value = 0;
  int exponent = 0;  // of ten, for digits left out or behind the point
  bool any = false;

  void take(std::string_view& text, bool behind_point) {
    for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1)) {
      any = true;
      const bool counts = value < 100'000'000'000'000'000;
      if (counts) value = 10 * value + (text[0] - '0');
      exponent += (counts ? 0 : 1) - (behind_point ? 1 : 0);
    }
  }
};

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// 123450 with the exponent 2 as 123.45: a point behind the digit that counts ones, without zeros at the end.
std::string with_point(std::string digits, int exponent) {
  if (exponent < 0) digits.insert(0, static_cast<std::size_t>(-exponent), '0');
  digits.insert(static_cast<std::size_t>(std::max(exponent, 0)) + 1, ".");
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

}  // namespace

std::optional<double> read_number(std::string_view text) {
  const int sign = take_sign(text);
  Digits digits;
  digits.take(text, false);
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    digits.take(text, true);
  }
  if (!digits.any) return std::nullopt;
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    const int direction = take_sign(text);
    Digits power;
    power.take(text, false);
    if (!power.any) return std::nullopt;
    digits.exponent += direction * static_cast<int>(std::min<std::int64_t>(power.value, 10'000));
  }
  const double value = digits.value == 0 ? 0 : scaled(static_cast<double>(digits.value), digits.exponent);
  if (!text.empty() || !std::isfinite(value)) return std::nullopt;
  return sign * value;
}

std::string write_number(double value) {
  if (std::isnan(value)) return "nan";
  const std::string sign = std::signbit(value) ? "-" : "";
  value = std::abs(value);
  if (std::isinf(value)) return sign + "inf";
  if (value == 0) return sign + "0";
  auto exponent = static_cast<int>(std::floor(std::ilogb(value) * 0.30103));  // or one more
  if (scaled(value, -exponent) >= 10) ++exponent;
  auto digits = static_cast<std::int64_t>(std::nearbyint(scaled(value, 5 - exponent)));
  if (digits >= 1'000'000) {
    digits /= 10;
    ++exponent;
  }
  if (exponent >= -4 && exponent < 6) return sign + with_point(std::to_string(digits), exponent);
  return sign + with_point(std::to_string(digits), 0) + (exponent < 0 ? "e-" : "e+") + two_digits(std::abs(exponent));
}

}  // namespace whylight
