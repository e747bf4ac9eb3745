#include "base/executor.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <queue>
#include <vector>

namespace tarn {

thread_local Executor* Executor::current_ = nullptr;

namespace {
thread_local ThreadKind this_thread_kind = ThreadKind::other;
using Clock = std::chrono::steady_clock;
}  // namespace

struct RunLoop::State {
  struct Timer {
    Clock::time_point due;
    std::uint64_t order;
    std::coroutine_handle<> handle;
    bool operator>(const Timer& other) const { return due != other.due ? due > other.due : order > other.order; }
  };

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::coroutine_handle<>> ready;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers;
  std::uint64_t timer_order = 0;
  bool stopped = false;

  // Moves timers that are due into `ready`. With the mutex held.
  void take_due() {
    const auto now = Clock::now();
    while (!timers.empty() && timers.top().due <= now) {
      ready.push_back(timers.top().handle);
      timers.pop();
    }
  }
};

RunLoop::RunLoop() : state_(std::make_unique<State>()) {}
RunLoop::~RunLoop() = default;

void RunLoop::post(std::coroutine_handle<> handle) {
  // Notified with the mutex held: once the waiter runs it may destroy this loop.
  const std::lock_guard lock(state_->mutex);
  state_->ready.push_back(handle);
  state_->wake.notify_one();
}

void RunLoop::post_after(std::chrono::nanoseconds delay, std::coroutine_handle<> handle) {
  const std::lock_guard lock(state_->mutex);
  state_->timers.push({Clock::now() + delay, state_->timer_order++, handle});
  state_->wake.notify_one();
}

void RunLoop::run() {
  const Executor::Scope scope(this);
  std::unique_lock lock(state_->mutex);
  while (!state_->stopped) {
    state_->take_due();
    if (state_->ready.empty()) {
      if (state_->timers.empty()) {
        state_->wake.wait(lock);
      } else {
        // A copy: the heap may move while the lock is released.
        const auto due = state_->timers.top().due;
        state_->wake.wait_until(lock, due);
      }
      continue;
    }
    const auto handle = state_->ready.front();
    state_->ready.pop_front();
    lock.unlock();
    handle.resume();
    lock.lock();
  }
  state_->stopped = false;
}

std::size_t RunLoop::run_ready() {
  const Executor::Scope scope(this);
  std::size_t resumed = 0;
  std::unique_lock lock(state_->mutex);
  for (state_->take_due(); !state_->ready.empty(); state_->take_due()) {
    const auto handle = state_->ready.front();
    state_->ready.pop_front();
    lock.unlock();
    handle.resume();
    ++resumed;
    lock.lock();
  }
  return resumed;
}

void RunLoop::expire_timers() {
  const std::lock_guard lock(state_->mutex);
  for (; !state_->timers.empty(); state_->timers.pop()) state_->ready.push_back(state_->timers.top().handle);
  state_->wake.notify_one();
}

void RunLoop::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  state_->wake.notify_all();
}

ThreadKind thread_kind() {
  return this_thread_kind;
}

void set_thread_kind(ThreadKind kind, const char* name) {
  this_thread_kind = kind;
  pthread_setname_np(pthread_self(), name);
}

}  // namespace tarn
