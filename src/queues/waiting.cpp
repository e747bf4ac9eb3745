// Long polling: who waits for a message, and the clock that wakes them.
#include <algorithm>

#include "queues/state.h"

namespace tarn::queues {
namespace {

constexpr std::chrono::milliseconds tick_every{50};

}  // namespace

void Live::wake(std::size_t count) {
  for (; count > 0 && !waiters.empty(); waiters.pop_front()) {
    if (waiters.front()->fired) continue;
    waiters.front()->wake();
    --count;
  }
}

bool Queues::State::wait_for_clock(const WaiterPointer& waiter) {
  bool begin = false;
  {
    const std::lock_guard lock(mutex);
    if (stopped) return false;
    waiters.push_back(waiter);
    begin = !std::exchange(ticking, true);
  }
  if (begin) with.queue.run_beside(tick());
  return true;
}

// Runs while somebody waits, however many they are.
Task<void> Queues::State::tick() {
  while (true) {
    const bool stop = co_await stop_requested();
    const auto now = std::chrono::steady_clock::now();
    std::vector<WaiterPointer> due;
    bool more = false;
    {
      const std::lock_guard lock(mutex);
      stopped = stop;
      std::erase_if(waiters, [&](const WaiterPointer& waiter) {
        const bool is_due = stop || waiter->until <= now;
        if (is_due) due.push_back(waiter);
        return is_due || waiter->fired;
      });
      ticking = more = !waiters.empty();
    }
    for (const WaiterPointer& waiter : due) waiter->wake();
    if (!more) co_return;
    co_await sleep_for(tick_every);
  }
}

}  // namespace tarn::queues
