#pragma once

namespace whylight {

// Elementary functions in double precision, right to a few units of the last place and the same bits on every machine.
// (Those of the C library bring 8 kB of tables into wasm, which do not compress.)

double exp_of(double x);
// Of a positive, finite number.
double log_of(double x);
// The cosine of so many full turns, of at most some thousand millions: cos(2 pi turns).
double cos_of_turns(double turns);
// 10^exponent for exponents from 0 to 308.
double power_of_ten(int exponent);

}  // namespace whylight
