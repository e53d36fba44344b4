#pragma once
#include <array>

#include "kernels/vector.hpp"

#ifndef WHYLIGHT_DOUBLE

namespace whylight {

using Lanes = std::int32_t __attribute__((vector_size(16)));

inline unsigned bits_of(Lanes mask) {
#if defined(__wasm_simd128__)
  return static_cast<unsigned>(__builtin_wasm_bitmask_i32x4(mask));
#elif defined(__SSE__)
  return static_cast<unsigned>(__builtin_ia32_movmskps(reinterpret_cast<Vector>(mask)));
#else
  mask &= Lanes{1, 2, 4, 8};
  return static_cast<unsigned>(mask[0] | mask[1] | mask[2] | mask[3]);
#endif
}

// For four bits the lanes that they leave. From memory: WebAssembly engines build constant vectors anew wherever they
// are used.
inline constexpr auto open_lanes = [] {
  std::array<std::array<std::int32_t, 4>, 16> table{};
  for (unsigned closed = 0; closed < 16; ++closed)
    for (unsigned lane = 0; lane < 4; ++lane) table[closed][lane] = closed >> lane & 1U ? 0 : -1;
  return table;
}();

inline Vector opened(Vector v, unsigned closed) {
  Lanes mask;
  __builtin_memcpy(&mask, open_lanes[closed].data(), sizeof mask);
  return reinterpret_cast<Vector>(reinterpret_cast<Lanes>(v) & mask);
}

inline Vector ratio(Vector z, Vector shared, Vector epsilon) {
  return shared / (z + (z < splat(0) ? -epsilon : epsilon));
}

// A finish with all that it needs in variables of its own: results are stored through pointers that may point anywhere,
// and what is behind a reference would be read again after each.
template <FinishKind kind>
class Finisher {
 public:
  static constexpr bool clamps = kind == FinishKind::mark;

  explicit Finisher(const Finish& f)
      : results_(f.results),
        other_(f.other),
        addend_(f.addend),
        copy_(f.copy),
        bits_(f.bits),
        low_(splat(f.low)),
        high_(splat(f.high)),
        share_(splat(f.share)),
        epsilon_(splat(f.epsilon)) {}

  // Finishes and stores two neighbouring vectors of results.
  void put(float* to, Vector a, Vector b) const { put_apart(to, lanes, a, b); }

  // The same for any number of them whose places are `step` apart, a multiple of four.
  template <class... Vectors>
  void put_apart(float* to, Index step, Vectors... all) const {
    if constexpr (kind == FinishKind::mark || kind == FinishKind::mask) {
      std::uint8_t* bits = bits_ + (to - results_) / finish_block;
      const auto one = [&](Vector v) {
        if constexpr (kind == FinishKind::mark)
          *bits = static_cast<std::uint8_t>(bits_of((v <= low_) | (high_ <= v)));
        else
          v = opened(v, *bits);
        store(to, v);
        bits += step / finish_block, to += step;
      };
      (one(all), ...);
    } else {
      Index i = to - results_;
      const auto one = [&](Vector v) {
        put_other(i, v);
        i += step;
      };
      (one(all), ...);
    }
  }

 private:
  void put_other(Index i, Vector v) const {
    float* to = results_ + i;
    if constexpr (kind == FinishKind::multiply) {
      store(to, v * load(other_ + i));
    } else if constexpr (kind == FinishKind::by_sign) {
      const Vector x = load(other_ + i);
      store(to, x * (x > splat(0) ? load(addend_ + i) : v));
    } else if constexpr (kind == FinishKind::split) {
      store(to, v);
      store(copy_ + i, clamped(v, low_, high_));
    } else {
      const Vector z = kind == FinishKind::ratio_of_half ? splat(0.5F) * (v + load(addend_ + i)) : v;
      store(to, ratio(z, share_ * load(other_ + i), epsilon_));
    }
  }

  float* results_;
  const float *other_, *addend_;
  float* copy_;
  std::uint8_t* bits_;
  Vector low_, high_, share_, epsilon_;
};

// Calls use.template operator()<kind>() for one of all kinds.
template <class Use>
void with_kind(FinishKind kind, Use use) {
  switch (kind) {
    case FinishKind::mark:
      return use.template operator()<FinishKind::mark>();
    case FinishKind::mask:
      return use.template operator()<FinishKind::mask>();
    case FinishKind::multiply:
      return use.template operator()<FinishKind::multiply>();
    case FinishKind::ratio:
      return use.template operator()<FinishKind::ratio>();
    case FinishKind::ratio_of_half:
      return use.template operator()<FinishKind::ratio_of_half>();
    case FinishKind::by_sign:
      return use.template operator()<FinishKind::by_sign>();
    case FinishKind::split:
      return use.template operator()<FinishKind::split>();
  }
}

}  // namespace whylight

#endif
