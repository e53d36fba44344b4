#pragma once
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

inline Vector kept(Vector v, Lanes mask) { return reinterpret_cast<Vector>(reinterpret_cast<Lanes>(v) & mask); }

inline Vector ratio(Vector z, Vector shared, Vector epsilon) {
  return shared / (z + (z < splat(0) ? -epsilon : epsilon));
}

// A finish with all that it needs in variables of its own: results are stored through pointers that may point anywhere,
// and what is behind a reference would be read again after each.
template <FinishKind kind>
class Finisher {
 public:
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

  Index place(const float* result) const { return result - results_; }

  // Results i … i + 7.
  void eight(Index i) const {
    float* to = results_ + i;
    const Vector a = load(to), b = load(to + lanes);
    if constexpr (kind == FinishKind::mark) {
      const unsigned closed = bits_of((a <= low_) | (high_ <= a)) | bits_of((b <= low_) | (high_ <= b)) << lanes;
      bits_[static_cast<std::size_t>(i) / finish_block] = static_cast<std::uint8_t>(~closed);
    } else if constexpr (kind == FinishKind::mask) {
      const std::int32_t bits = bits_[static_cast<std::size_t>(i) / finish_block];
      const Lanes all{bits, bits, bits, bits}, first{1, 2, 4, 8}, second{16, 32, 64, 128};
      store(to, kept(a, (all & first) == first));
      store(to + lanes, kept(b, (all & second) == second));
    } else if constexpr (kind == FinishKind::multiply) {
      store(to, a * load(other_ + i));
      store(to + lanes, b * load(other_ + i + lanes));
    } else if constexpr (kind == FinishKind::split) {
      store(copy_ + i, clamped(a, low_, high_));
      store(copy_ + i + lanes, clamped(b, low_, high_));
    } else {
      constexpr bool half = kind == FinishKind::ratio_of_half;
      const Vector za = half ? splat(0.5F) * (a + load(addend_ + i)) : a;
      const Vector zb = half ? splat(0.5F) * (b + load(addend_ + i + lanes)) : b;
      store(to, ratio(za, share_ * load(other_ + i), epsilon_));
      store(to + lanes, ratio(zb, share_ * load(other_ + i + lanes), epsilon_));
    }
  }

 private:
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
    case FinishKind::split:
      return use.template operator()<FinishKind::split>();
  }
}

}  // namespace whylight

#endif
