// Outbox: brings what a commit left beside its change to where it leads.
//
// There is no commit across partitions. So a change puts a row that says what must follow into its own partition, by
// the same commit; the outbox hands each such row to `deliver`, and removes it once that has made something durable of
// it. A crash in between delivers a row twice: the delivery must know it again (an event's id, an item's id).
//
// Rows of a partition go in the order of their keys, one page after the other. A delivery that fails is tried again,
// and holds up its partition only.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/task.h"
#include "meta/store.h"
#include "work/work.h"

namespace tarn::work {

struct OutboxOptions {
  std::string partitions = "bucket/";  // Of all partitions whose names begin so …
  std::string rows = "o/";             // … the rows whose keys begin so.
  std::size_t max_partitions_at_once = 8;
  std::size_t page = 100;
  std::chrono::milliseconds retry_after{1'000};  // Doubles with each failure, up to a minute.
  // All partitions are looked at this often, whatever the watch told.
  std::chrono::milliseconds look_again_after{60'000};
};

class Outbox {
 public:
  // Makes durable what follows from the row. Throws to have it tried again.
  using Deliver = std::function<Task<void>(meta::Partition, meta::Row)>;

  // Runs beside the queue's items, and ends with them: stop the queue first, then end the outbox, then the store.
  Outbox(meta::Store& store, Queue& queue, OutboxOptions options, Deliver deliver);
  ~Outbox();

  // Looks through all partitions, and from then on hears of new rows at once.
  void start();

  // Something is there, or soon will be: for stores that cannot tell by themselves. From any thread.
  void look_at(const meta::Partition& partition);

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tarn::work
