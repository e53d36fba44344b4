#pragma once
#include <cstdint>
#include <span>

#include "tensor/tensor.hpp"

namespace whylight {

// Counter-based random numbers (Philox 4x32-10; Salmon et al. 2011): number i of stream s under a seed is a pure
// function of (seed, s, i), the same in every build and whatever the order or number of workers.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  std::uint32_t bits(std::uint64_t index) const;                        // 32 random bits
  double uniform(std::uint64_t index) const;                            // in the open interval (0, 1)
  double normal(std::uint64_t index) const;                             // mean 0, variance 1 (Box and Muller 1958)
  std::uint32_t below(std::uint64_t index, std::uint32_t limit) const;  // in [0, limit)

  void fill_uniform(std::span<Real> values, Real low, Real high) const;
  void fill_normal(std::span<Real> values, Real mean, Real deviation) const;

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
};

}  // namespace whylight
