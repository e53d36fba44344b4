#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "kernels/kernels.hpp"

namespace whylight {

// Work for one kernel, on arrays of its own that stay in the first-level cache: what the benchmarks time, natively and
// as wasm.
struct SpeedCase {
  std::string name;                         // begins with the name of the field in Kernels
  std::size_t field;                        // bytes from the beginning of Kernels to the kernel's pointer
  double values;                            // that a call computes (of a sum over an array: that it reads)
  double operations;                        // of a call; a multiply-add is two, a comparison one
  std::function<void(const Kernels&)> run;  // calls that kernel of a table once
};

// One or more for every kernel.
std::vector<SpeedCase> speed_cases();

}  // namespace whylight
