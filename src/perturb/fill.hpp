#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "tensor/tensor.hpp"

namespace whylight {

// What stands for "nothing there": an input of the same shape, made by `kind`.
//   zero     0 in the model's own units
//   mean     the mean of each channel
//   blur     the input blurred by a Gaussian of a tenth of the shorter side (zero derivative at the edges)
//   uniform  random between the input's smallest and largest value
// An array injected under the name "baseline" (same shape, or one row of it) is taken instead of any kind.
// Throws Error when the kind is unknown or the injected array has another shape.
Tensor make_fill(const std::string& kind, const Tensor& input, std::uint64_t seed,
                 const std::map<std::string, Tensor>& injected);

// The choices above, for option rows.
inline constexpr const char* fill_kinds = "zero|mean|blur|uniform";

}  // namespace whylight
