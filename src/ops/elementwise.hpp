#pragma once
#include "ops/walk.hpp"

namespace whylight {

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

// Gradient of one operand of an element-wise function of two: gx = sum over what was broadcast of slope(a, b) * gy.
template <class A, class B, class F>
void map_back(const View& a, const View& b, const View& gy, const View& gx, F slope) {
  if (!gx.present()) return;
  constexpr std::int64_t block = 256;
  const bool summed = gx.size != gy.size;
  if (summed) fill_zero(gx);
  const auto* first = a.as<A>().data();
  const auto* second = b.as<B>().data();
  const auto* above = gy.real().data();
  auto* below = gx.real().data();
  Real part[block];
  for (Walk walk(gy.shape,
                 {gy.strides, repeat_strides(a, gy.shape), repeat_strides(b, gy.shape), repeat_strides(gx, gy.shape)});
       walk; walk.next()) {
    const auto& step = walk.step;
    for (std::int64_t from = 0; from < walk.length; from += block) {
      const auto n = std::min(block, walk.length - from);
      map_run(n, part, 1, first + walk.at[1] + from * step[1], step[1], second + walk.at[2] + from * step[2], step[2],
              slope);
      const auto* g = above + walk.at[0] + from * step[0];
      for (std::int64_t i = 0; i < n; ++i) part[i] *= g[i * step[0]];
      auto* to = below + walk.at[3] + from * step[3];
      if (!summed) {
        for (std::int64_t i = 0; i < n; ++i) to[i * step[3]] = part[i];
      } else if (step[3] == 0) {
        *to += sum_of(part, n);
      } else {
        for (std::int64_t i = 0; i < n; ++i) to[i * step[3]] += part[i];
      }
    }
  }
}

}  // namespace whylight
