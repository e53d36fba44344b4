#include "tensor/decimal.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "support/catch.hpp"

namespace whylight {
namespace {

TEST_CASE("numbers are written as printf's %g writes them") {
  for (const double value : {0.0,
                             1.0,
                             -1.0,
                             0.1,
                             0.5,
                             123.45,
                             99999.96,
                             999999.5,
                             1e6,
                             1234567.0,
                             1e-4,
                             9.99999e-5,
                             1e-5,
                             3.14159265,
                             -2.5e-10,
                             6.02214e23,
                             1e100,
                             1e-100,
                             1e300,
                             1.7976931348623157e308,
                             2.2250738585072014e-308,
                             5e-324,
                             -0.0,
                             0.000123456789,
                             100000.0,
                             1e22,
                             0.3,
                             2.0 / 3}) {
    char expected[32];
    std::snprintf(expected, sizeof expected, "%g", value);
    CHECK(write_number(value) == expected);
  }
  CHECK(write_number(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(write_number(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(write_number(std::nan("")) == "nan");
}

TEST_CASE("numbers of up to 15 digits are read to the last bit") {
  for (const auto* text : {"0",
                           "-0",
                           "1",
                           "+1",
                           "-12",
                           ".5",
                           "5.",
                           "0.05",
                           "1e-3",
                           "1E3",
                           "1e+3",
                           "0.000001",
                           "123456789012345",
                           "1.23456789012345e10",
                           "3.14159265358979",
                           "1e22",
                           "1e-22",
                           "0.1",
                           "0.7",
                           "00012.50"}) {
    REQUIRE(read_number(text).has_value());
    CHECK(*read_number(text) == std::strtod(text, nullptr));
  }
}

TEST_CASE("longer numbers are read to within a few last bits") {
  for (const auto* text : {"0.1234567890123456789", "12345678901234567890123", "1e300", "1e-300", "4.9e-320",
                           "1.7976931348623157e308", "0.00000000000000000000000000000000001234"}) {
    REQUIRE(read_number(text).has_value());
    CHECK(*read_number(text) == Approx(std::strtod(text, nullptr)).epsilon(1e-14));
  }
}

TEST_CASE("what is not a finite decimal number is refused") {
  for (const auto* text : {"", " ", "-", ".", "e5", "1e", "1e+", "1.2.3", "0x10", "inf", "nan", "1e400",
                           "1e999999999999999999999", "12 ", " 12", "1,5", "1-2", "--1"})
    CHECK_FALSE(read_number(text).has_value());
}

}  // namespace
}  // namespace whylight
