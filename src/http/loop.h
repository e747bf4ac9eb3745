// Loop: one I/O thread. An executor that also tells when sockets are ready.
//
// Everything that belongs to a connection happens on its loop's thread, so nothing of a connection needs a lock.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/time.h"

namespace tarn::http {

class Loop : public Executor {
 public:
  // Something that waits for a descriptor. Lives until after retire() or its loop's end.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void on_events(std::uint32_t events) = 0;
    // Each second, so that deadlines are kept.
    virtual void on_tick() {}

   private:
    friend class Loop;
    std::size_t place_ = 0;
    int descriptor_ = -1;
  };

  Loop();
  ~Loop() override;

  // Any thread.
  void post(std::coroutine_handle<> handle) override;
  void post_after(std::chrono::nanoseconds delay, std::coroutine_handle<> handle) override;
  void call(std::move_only_function<void()> function);
  void stop();

  // Runs until stop(); what is posted is resumed, what is watched told.
  void run();

  // The rest on the loop's thread only.

  // Edge-triggered: tells once when `descriptor` becomes readable, writable, or its peer goes away.
  void watch(std::unique_ptr<Watcher> watcher, int descriptor);
  // Frees the watcher, once all events at hand were told. Its descriptor is open until then, and closed by it.
  void retire(Watcher& watcher);
  std::size_t watched() const { return watchers_.size(); }
  // Calls for each watcher; those that are retired meanwhile included.
  void for_each(const std::function<void(Watcher&)>& function);

  // When this round of events began; steady.
  std::int64_t now_ms() const { return now_ms_; }
  // "Tue, 15 Jan 2013 10:30:00 GMT", now.
  std::string_view date();

  // Large buffers for bodies that are read and sent on; kept for the next in need.
  static constexpr std::size_t body_buffer_bytes = 128 << 10;
  std::unique_ptr<char[]> take_buffer();
  void give_buffer(std::unique_ptr<char[]> buffer);

 private:
  struct Timer {
    std::int64_t due_ns;
    std::uint64_t order;
    std::coroutine_handle<> handle;
    bool operator>(const Timer& other) const {
      return due_ns != other.due_ns ? due_ns > other.due_ns : order > other.order;
    }
  };

  void wake();
  // What other threads have handed over becomes ours.
  void take_handed();
  void run_posted();
  void run_due();
  int wait_ms() const;
  void tell(int count);
  void tick();
  void bury();

  int epoll_ = -1;
  int wake_event_ = -1;
  std::vector<epoll_event> events_;

  std::mutex mutex_;  // Of what other threads hand over.
  std::vector<std::coroutine_handle<>> handed_;
  std::vector<Timer> handed_timers_;
  std::vector<std::move_only_function<void()>> handed_calls_;
  std::atomic<bool> has_handed_ = false;
  std::atomic<bool> sleeping_ = false;
  std::atomic<bool> stopped_ = false;

  std::vector<std::coroutine_handle<>> posted_;
  std::vector<std::coroutine_handle<>> running_;
  std::vector<Timer> timers_;  // A heap, the next due in front.
  std::uint64_t timer_order_ = 0;

  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::vector<std::unique_ptr<Watcher>> retired_;
  std::int64_t now_ms_ = 0;
  std::int64_t next_tick_ms_ = 0;

  std::int64_t date_second_ = -1;
  std::string date_;
  std::vector<std::unique_ptr<char[]>> buffers_;
};

}  // namespace tarn::http
