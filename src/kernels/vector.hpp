#pragma once
#include "kernels/kernels.hpp"

#ifndef WHYLIGHT_DOUBLE

namespace whylight {

// Vectors of four floats, for the kernels alone.
using Vector = float __attribute__((vector_size(16)));
constexpr Index lanes = 4;

inline Vector load(const float* from) {
  Vector v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

inline void store(float* to, Vector v) { __builtin_memcpy(to, &v, sizeof v); }

inline Vector splat(float value) { return Vector{value, value, value, value}; }

// a * b + c, rounded once or twice as the machine likes.
inline Vector fma(Vector a, Vector b, Vector c) {
#ifdef __wasm_relaxed_simd__
  return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
#else
  return a * b + c;
#endif
}

// The same of single numbers, rounded as in vectors.
inline float fma(float a, float b, float c) {
#ifdef __wasm_relaxed_simd__
  return fma(splat(a), splat(b), splat(c))[0];
#else
  return a * b + c;
#endif
}

inline Vector clamped(Vector v, Vector low, Vector high) {
  v = v < low ? low : v;
  return high < v ? high : v;
}

inline float clamped(float value, float low, float high) {
  value = value < low ? low : value;
  return high < value ? high : value;
}

}  // namespace whylight

#endif
