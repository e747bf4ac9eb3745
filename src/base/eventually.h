// For tests that wait for what other threads bring about: for the thing itself, never for a time in which it should
// have happened. A busy machine stops a thread for seconds, so the limit is generous, and only a failure waits it out.
#pragma once

#include <chrono>
#include <thread>

namespace tarn {

inline constexpr std::chrono::seconds kPatience{120};

// Whether the condition came to hold.
template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds pause = std::chrono::milliseconds(2)) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace tarn
