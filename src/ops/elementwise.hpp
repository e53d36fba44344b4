#pragma once
#include <initializer_list>
#include <utility>

#include "ops/walk.hpp"

// Before a loop none of whose rounds reads what another writes: arrays are the same or apart. It then vectorises
// without a check, and where code is compiled for size, too; what cannot (most of mathematics' functions) is left as it
// is.
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed"
#define WHYLIGHT_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define WHYLIGHT_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace whylight {

// Output 0 is like input 0, which must be real, or may also be int64; activation.cpp.
void infer_real(Inference& inference);
void infer_number(Inference& inference);

// Integer arithmetic that wraps around on overflow, which a hostile model may bring about.
template <class F>
std::int64_t wrapped(std::int64_t a, std::int64_t b, F f) {
  return static_cast<std::int64_t>(f(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
}

// All that is compiled for each element-wise function: a loop over `n` neighbouring elements, y[i] = f(x[0][i], …).
// How the arrays lie and repeat is seen to outside of it, once for all functions.
struct ElementLoop {
  void (*run)(const void* f, std::int64_t n, void* y, const void* const* x);
  const void* f;
};

template <class Y, class... X, class F>
ElementLoop element_loop(const F& f) {
  const auto run = [](const void* function, std::int64_t n, void* y, const void* const* x) {
    const F each = *static_cast<const F*>(function);
    [&]<std::size_t... k>(std::index_sequence<k...>) {
      [&each, n](Y* to, const X*... from) {
        WHYLIGHT_INDEPENDENT
        for (std::int64_t i = 0; i < n; ++i) to[i] = each(from[i]...);
      }(static_cast<Y*>(y), static_cast<const X*>(x[k])...);
    }(std::index_sequence_for<X...>());
  };
  return {run, &f};
}

// An array that repeats over the shape it is broadcast to, and the type its elements must have.
struct Operand {
  const View& view;
  Type type;
};

// Runs the loop over y, which must have that type, and up to three operands.
void run_elements(const View& y, Type type, std::initializer_list<Operand> x, const ElementLoop& loop);

// Runs the loop over gy and up to two operands beside it, and adds the results up in gx, whose shape broadcasts to
// gy's.
void sum_elements(const View& gx, std::initializer_list<Operand> x, const View& gy, const ElementLoop& loop);

// y[i] = f(a[i]) for views of one shape, whatever their layouts.
template <class Y, class A, class F>
void map(const View& a, const View& y, const F& f) {
  run_elements(y, TypeOf<Y>::value, {{a, TypeOf<A>::value}}, element_loop<Y, A>(f));
}

// y = f(a, b) with both operands broadcast to y's shape.
template <class Y, class A, class B, class F>
void map(const View& a, const View& b, const View& y, const F& f) {
  run_elements(y, TypeOf<Y>::value, {{a, TypeOf<A>::value}, {b, TypeOf<B>::value}}, element_loop<Y, A, B>(f));
}

// Gradient of an element-wise function y of x: gx = slope(x, y) * gy, all of one shape.
template <class F>
void map_back(const View& x, const View& y, const View& gy, const View& gx, const F& slope) {
  if (!gx.present()) return;
  const auto each = [slope](Real a, Real value, Real signal) { return slope(a, value) * signal; };
  run_elements(gx, Type::real, {{x, Type::real}, {y, Type::real}, {gy, Type::real}},
               element_loop<Real, Real, Real, Real>(each));
}

// Gradient of one operand of a function of two broadcast operands: gx = sum over what was broadcast of slope(a, b) *
// gy.
template <class A, class B, class F>
void map_back(const View& a, const View& b, const View& gy, const View& gx, const F& slope) {
  if (!gx.present()) return;
  const auto each = [slope](A first, B second, Real signal) { return slope(first, second) * signal; };
  sum_elements(gx, {{a, TypeOf<A>::value}, {b, TypeOf<B>::value}}, gy, element_loop<Real, A, B, Real>(each));
}

}  // namespace whylight
