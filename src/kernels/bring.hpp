#pragma once
#include <cstdint>

#include "kernels/kernels.hpp"

namespace whylight {

// Reads an array once from front to back and does nothing with it, so that it is near when something reads it in an
// order, or at a speed, that the processor does not foresee.
inline void bring(const Real* from, Index size) {
  constexpr Index line = 64 / sizeof(Real);
  std::uint32_t all = 0;
  for (Index i = 0; i < size; i += line) {
    std::uint32_t bits;
    __builtin_memcpy(&bits, from + i, sizeof bits);
    all |= bits;
  }
  asm volatile("" : : "r"(all));  // otherwise compilers would leave the loop out
}

}  // namespace whylight
