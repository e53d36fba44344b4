#include "tensor/random.hpp"

#include <array>
#include <cmath>

#include "tensor/elementary.hpp"

namespace whylight {

namespace {

using Block = std::array<std::uint32_t, 4>;

// Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", Philox 4x32 with ten rounds.
Block philox(Block counter, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const auto product0 = std::uint64_t{0xD2511F53} * counter[0];
    const auto product1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key0, static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1, static_cast<std::uint32_t>(product0)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return counter;
}

Block block(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  return philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                 static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)},
                static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
}

double open_unit(std::uint32_t bits) { return (bits + 0.5) * 0x1p-32; }

// Box and Muller 1958, from 53 bits for the radius so that the tails are not cut short.
double normal_of(const Block& words) {
  const double radius_bits = static_cast<double>((std::uint64_t{words[0]} << 21) ^ (words[1] >> 11));
  const double radius = std::sqrt(-2 * log_of((radius_bits + 0.5) * 0x1p-53));
  return radius * cos_of_turns(open_unit(words[2]));
}

}  // namespace

std::uint32_t Random::bits(std::uint64_t index) const { return block(seed_, stream_, index)[0]; }

double Random::uniform(std::uint64_t index) const { return open_unit(bits(index)); }

double Random::normal(std::uint64_t index) const { return normal_of(block(seed_, stream_, index)); }

std::uint32_t Random::below(std::uint64_t index, std::uint32_t limit) const {
  return static_cast<std::uint32_t>((std::uint64_t{bits(index)} * limit) >> 32);
}

void Random::fill_uniform(std::span<Real> values, Real low, Real high) const {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = low + (high - low) * static_cast<Real>(uniform(i));
}

void Random::fill_normal(std::span<Real> values, Real mean, Real deviation) const {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = mean + deviation * static_cast<Real>(normal(i));
}

}  // namespace whylight
