#pragma once
#include <optional>
#include <string>
#include <string_view>

// Numbers to and from text: the C library's ways know every format, rounding and locale, and are 10 kB gzipped in wasm.
namespace whylight {

// A finite decimal number such as -12, .5 or 1e-3, and nothing beside it. Exact where it has at most 15 digits and an
// exponent within 22 of zero (Clinger 1990); beyond that the last bits may differ.
std::optional<double> read_number(std::string_view text);

// With six significant digits, as printf's %g writes it; of a tie to within a double's rounding, the other digit may
// come.
std::string write_number(double value);

}  // namespace whylight
