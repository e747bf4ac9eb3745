// What the files of this folder share: queues in use, and who waits for their messages.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "queues/index.h"
#include "queues/queues.h"

namespace tarn::queues {

// A receive that waits. Woken by a message, or by the clock now and then, to look again.
struct Waiter {
  OneShot<bool> woken;
  std::atomic<bool> fired = false;
  std::chrono::steady_clock::time_point until;

  void wake() {
    if (!fired.exchange(true)) woken.set(true);
  }
};
using WaiterPointer = std::shared_ptr<Waiter>;

// A queue that has been used since the start.
struct Live {
  explicit Live(QueuePointer of) : queue(std::move(of)), index(queue->settings.fifo) {}

  std::mutex mutex;
  QueuePointer queue;  // As it was last seen.
  Index index;
  std::deque<WaiterPointer> waiters;
  bool gone = false;

  // Holding the mutex: so many may find something now.
  void wake(std::size_t count);
};
using LivePointer = std::shared_ptr<Live>;

struct Queues::State {
  Dependencies with;

  std::mutex mutex;
  std::unordered_map<std::string, LivePointer> live;      // By the queue's id.
  std::unordered_map<std::string, QueuePointer> decoded;  // By account and name; true while the row's version is.
  std::vector<WaiterPointer> waiters;                     // All that wait for the clock.
  bool ticking = false;
  bool stopped = false;

  std::int64_t now() const { return to_millis(with.lake.now()); }

  Task<QueuePointer> peek(Address address);
  // The queue's index, read from its rows the first time.
  Task<LivePointer> use(QueuePointer queue);
  void forget(const Queue& queue);

  // Has the waiter woken at its time. False: the server ends, nobody should wait.
  bool wait_for_clock(const WaiterPointer& waiter);
  Task<void> tick();

  Task<void> sweep();
  Task<void> forget_duplicates(const Queue& queue);
  Task<work::Outcome> clear(const work::Item& item);

  // Removes what leaves already, durably; then tells the index.
  Task<void> drop(LivePointer live, std::vector<Entry> entries);
  Task<std::optional<Content>> content_of(const Queue& queue, const Entry& entry);

  struct Arrival {
    std::size_t place;  // In the caller's batch.
    Entry entry;
    Sent sent;
    meta::Batch batch;
  };
  // A message on its way in; none if it was sent already, which `sent` then tells.
  Task<std::optional<Arrival>> prepare(const Queue& queue, Live& live, const NewMessage& message,
                                       const std::string& sender, Sent& sent);

  Task<std::vector<Message>> hand_out(LivePointer live, QueuePointer queue, std::vector<Entry> taken,
                                      std::int64_t visibility_seconds);
  // The queue's dead-letter queue, if it is there and takes its messages.
  Task<QueuePointer> dead_letter_queue(const Queue& queue);
  Task<void> bury(LivePointer live, QueuePointer queue, QueuePointer target, Entry entry);
};

inline meta::Partition names_of(const AccountId& account) {
  return {"queues/" + account.text()};
}
inline meta::Partition messages_of(const Queue& queue) {
  return {"queue/" + queue.id};
}
std::string sequence_key(char kind, std::uint64_t sequence);
inline std::string state_key(std::uint64_t sequence) {
  return sequence_key('s', sequence);
}
std::string piece_key(std::uint64_t sequence, std::uint8_t piece);
void remove_rows(meta::Batch& batch, const Entry& entry);

std::string pack(const Queue& queue);
Queue unpack_queue(const meta::Row& row);

[[noreturn]] void no_such_queue();

}  // namespace tarn::queues
