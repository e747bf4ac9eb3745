// The two clocks. `wall` is the machine's (signatures, sessions, TLS, logs, audit) and is never moved; `lake` is the
// data's (LastModified, lifecycle, retention, restore, schedules, key deletion) and tests move it, forward only.
#pragma once

#include <atomic>

#include "base/time.h"

namespace tarn {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

// The system's time.
class SystemClock : public Clock {
 public:
  Timestamp now() const override;
};

// The system's time plus what it was advanced by. Thread-safe.
class LakeClock : public Clock {
 public:
  Timestamp now() const override;
  // Negative durations are ignored: the lake never goes back.
  void advance(Milliseconds by);
  Milliseconds advanced() const { return Milliseconds(advanced_.load()); }

 private:
  std::atomic<std::int64_t> advanced_{0};
};

// Stands still until it is told otherwise. For tests.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(to_millis(start)) {}
  Timestamp now() const override { return from_millis(now_.load()); }
  void advance(Milliseconds by) { now_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> now_;
};

struct Clocks {
  const Clock& wall;
  const Clock& lake;
};

}  // namespace tarn
