#pragma once
#include "ops/walk.hpp"

namespace whylight {

// Output 0 is like input 0, which must be real, or may also be int64; activation.cpp.
void infer_real(Inference& inference);
void infer_number(Inference& inference);

// Integer arithmetic that wraps around on overflow, which a hostile model may bring about.
template <class F>
std::int64_t wrapped(std::int64_t a, std::int64_t b, F f) {
  return static_cast<std::int64_t>(f(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
}

// y[i] = f(a[i]) for views of one shape, whatever their layouts.
template <class Y, class A, class F>
void map(const View& a, const View& y, F f) {
  const auto* from = a.as<A>().data();
  auto* to = y.as<Y>().data();
  if (a.strides == y.strides) {
    for (std::int64_t i = 0; i < y.size; ++i) to[i] = f(from[i]);
    return;
  }
  for (Walk walk(y.shape, {y.strides, a.strides}); walk; walk.next())
    for (std::int64_t i = 0; i < walk.length; ++i)
      to[walk.at[0] + i * walk.step[0]] = f(from[walk.at[1] + i * walk.step[1]]);
}

// y[i] = f(a[i], b[i]) for n elements, `s…` apart; the ways in which broadcast arrays meet are written out so that they
// vectorise.
template <class Y, class A, class B, class F>
void map_run(std::int64_t n, Y* y, std::int64_t sy, const A* a, std::int64_t sa, const B* b, std::int64_t sb, F f) {
  if (sy == 1 && sa == 1 && sb == 1) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i], b[i]);
  } else if (sy == 1 && sa == 1 && sb == 0) {
    const B second = *b;
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i], second);
  } else if (sy == 1 && sa == 0 && sb == 1) {
    const A first = *a;
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(first, b[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i * sy] = f(a[i * sa], b[i * sb]);
  }
}

// y = f(a, b) with both operands broadcast to y's shape.
template <class Y, class A, class B, class F>
void map(const View& a, const View& b, const View& y, F f) {
  const auto* first = a.as<A>().data();
  const auto* second = b.as<B>().data();
  auto* to = y.as<Y>().data();
  for (Walk walk(y.shape, {y.strides, repeat_strides(a, y.shape), repeat_strides(b, y.shape)}); walk; walk.next())
    map_run(walk.length, to + walk.at[0], walk.step[0], first + walk.at[1], walk.step[1], second + walk.at[2],
            walk.step[2], f);
}

// Gradient of an element-wise function y of x: gx = slope(x, y) * gy, all of one shape.
template <class F>
void map_back(const View& x, const View& y, const View& gy, const View& gx, F slope) {
  if (!gx.present()) return;
  const auto* from = x.real().data();
  const auto* result = y.real().data();
  const auto* above = gy.real().data();
  auto* below = gx.real().data();
  if (x.strides == y.strides && gx.strides == y.strides) {
    for (std::int64_t i = 0; i < y.size; ++i) below[i] = slope(from[i], result[i]) * above[i];
    return;
  }
  for (Walk walk(y.shape, {y.strides, x.strides, gx.strides}); walk; walk.next())
    for (std::int64_t i = 0; i < walk.length; ++i)
      below[walk.at[2] + i * walk.step[2]] =
          slope(from[walk.at[1] + i * walk.step[1]], result[walk.at[0] + i]) * above[walk.at[0] + i];
}

// The same run of a gradient for both ways of storing it: written, or added where it was summed over what was
// broadcast.
template <bool added, class A, class B, class F>
void slope_run(std::int64_t n, const Real* gy, Real* gx, const A* a, std::int64_t sa, const B* b, std::int64_t sb,
               F slope) {
  const auto store = [gy, gx](std::int64_t i, Real value) { gx[i] = added ? gx[i] + value * gy[i] : value * gy[i]; };
  if (sa == 1 && sb == 1) {
    for (std::int64_t i = 0; i < n; ++i) store(i, slope(a[i], b[i]));
  } else if (sa == 1 && sb == 0) {
    const B second = *b;
    for (std::int64_t i = 0; i < n; ++i) store(i, slope(a[i], second));
  } else if (sa == 0 && sb == 1) {
    const A first = *a;
    for (std::int64_t i = 0; i < n; ++i) store(i, slope(first, b[i]));
  } else {
    for (std::int64_t i = 0; i < n; ++i) store(i, slope(a[i * sa], b[i * sb]));
  }
}

// Gradient of one operand of a function of two broadcast operands: gx = sum over what was broadcast of slope(a, b) *
// gy.
template <class A, class B, class F>
void map_back(const View& a, const View& b, const View& gy, const View& gx, F slope) {
  if (!gx.present()) return;
  constexpr std::int64_t block = 256;
  const bool summed = gx.size != gy.size;
  if (summed) fill_zero(gx);
  Real part[block];
  for (Walk walk(gy.shape,
                 {gy.strides, repeat_strides(a, gy.shape), repeat_strides(b, gy.shape), repeat_strides(gx, gy.shape)});
       walk; walk.next()) {
    const auto sa = walk.step[1];
    const auto sb = walk.step[2];
    const auto step = walk.step[3];
    const auto* above = gy.real().data() + walk.at[0];
    const auto* first = a.as<A>().data() + walk.at[1];
    const auto* second = b.as<B>().data() + walk.at[2];
    auto* below = gx.real().data() + walk.at[3];
    if (step == 1) {
      summed ? slope_run<true>(walk.length, above, below, first, sa, second, sb, slope)
             : slope_run<false>(walk.length, above, below, first, sa, second, sb, slope);
      continue;
    }
    for (std::int64_t from = 0; from < walk.length; from += block) {
      const auto n = std::min(block, walk.length - from);
      slope_run<false>(n, above + from, part, first + from * sa, sa, second + from * sb, sb, slope);
      if (step == 0)
        *below += sum_of(part, n);
      else
        for (std::int64_t i = 0; i < n; ++i)
          below[(from + i) * step] = summed ? below[(from + i) * step] + part[i] : part[i];
    }
  }
}

}  // namespace whylight
