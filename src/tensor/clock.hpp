#pragma once
#include <ctime>

namespace whylight {

// Milliseconds since some moment before the program began. (std::chrono's clocks may throw, and what they throw brings
// a catalogue of the system's errors into wasm.)
inline double clock_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

}  // namespace whylight
