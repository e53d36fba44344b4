// The cases of tests/kernels/cases/speed.cpp as a wasm module of their own, for kernels.mjs.
#include <emscripten/bind.h>

#include <algorithm>

#include "tensor/clock.hpp"
#include "tests/kernels/speed.hpp"

namespace {

using namespace whylight;

constexpr int samples = 12;
constexpr double sample_milliseconds = 5;  // a browser's clock may be as coarse as 0.1 ms

double time_of(const SpeedCase& one, int calls) {
  const double start = clock_milliseconds();
  for (int i = 0; i < calls; ++i) one.run(kernels());
  return clock_milliseconds() - start;
}

// Milliseconds of a call, the best of some; the calls that find out how many fill a sample warm it up.
double best_time(const SpeedCase& one) {
  int calls = 1;
  double best = time_of(one, calls);
  while (best < sample_milliseconds) best = time_of(one, calls *= 2);
  for (int i = 0; i < samples; ++i) best = std::min(best, time_of(one, calls));
  return best / calls;
}

// [{name, values, operations, milliseconds}] of every case, one call each.
emscripten::val measure() {
  auto list = emscripten::val::array();
  for (const auto& one : speed_cases()) {
    auto found = emscripten::val::object();
    found.set("name", one.name);
    found.set("values", one.values);
    found.set("operations", one.operations);
    found.set("milliseconds", best_time(one));
    list.call<void>("push", found);
  }
  return list;
}

}  // namespace

EMSCRIPTEN_BINDINGS(kernels) { emscripten::function("measure", &measure); }
