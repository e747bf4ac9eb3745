// work: what must happen although nobody waits for it, and although the process may die first.
//
// An item is a row before enqueue() returns, and stays one until its handler is done: at least once, so handlers must
// bear to be run twice. Items of one kind run at most so many at once, oldest due first; one that fails is tried again
// later and later, and one that fails too often is kept as dead, with its error. After a restart everything that was
// not done is run again; `Item::interrupted` tells the handler that an earlier run was cut off.
//
// Rows of partition work/<n>, n by the hash of the id:
//   i/<id>     an item that waits or runs
//   x/<id>     a dead one
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/os/clock.h"
#include "base/task.h"
#include "base/time.h"
#include "meta/store.h"

namespace tarn::work {

struct NewItem {
  std::string id;  // Chosen by the caller; enqueuing an id that is there already changes nothing.
  std::string kind;
  std::string payload;                  // Means something to the handler only.
  std::optional<Timestamp> not_before;  // By the lake's clock.
};

struct Item {
  std::string id;
  std::string kind;
  std::string payload;
  Timestamp created;
  Timestamp not_before;
  std::uint32_t attempts = 0;  // Runs that ended in a failure.
  bool interrupted = false;    // A run began and never ended: the process died.
  std::string last_error;
};

// Returns when the item is done. Asking to be run again later is a value; any exception counts as a failed attempt.
struct Done {};
struct RunAgain {
  Milliseconds after{0};
  std::optional<std::string> payload;  // Replaces the item's.
};
using Outcome = std::variant<Done, RunAgain>;
using Handler = std::function<Task<Outcome>(const Item&)>;

struct KindOptions {
  std::size_t max_running = 4;
  std::uint32_t max_attempts = 0;       // 0: for ever.
  Milliseconds first_delay{1'000};      // Doubles with each failure …
  Milliseconds longest_delay{300'000};  // … up to this.
  // Notes durably that a run begins, so that `interrupted` is true after a crash. Costs a commit a run.
  bool mark_start = false;
  // Told once, when an item is given up; durable work of its own may follow from it.
  std::function<Task<void>(const Item&)> on_dead;
};

class Queue {
 public:
  // Handlers run on the queue's own thread, as coroutines: what blocks or burns a core goes through blocking().
  Queue(meta::Store& store, const Clock& lake);
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  // Before start(): who does items of this kind. Items of a kind that nobody handles stay rows.
  void handle(std::string kind, Handler handler, KindOptions options = {});

  // Calls `job` now and then every `period` of the lake's clock, one call at a time. Before start().
  void every(std::string name, Milliseconds period, std::function<Task<void>()> job);

  // Calls the periodic job `name` as soon as it may run: once more afterwards if it runs now. From any thread.
  void run_soon(std::string name);

  // Runs `task` on the queue's thread beside the items: told to stop with them, and waited for by stop(). It must not
  // throw, and is dropped once the queue stops. From any thread.
  void run_beside(Task<void> task);

  // Reads all items and begins to run them.
  Task<void> start();

  // Begins nothing more, tells what runs to stop, and waits for it, at most `patience` of real time. False: something
  // still runs; it will be run again after the restart.
  bool stop(std::chrono::milliseconds patience);

  // Durable on return. From any thread.
  Task<void> enqueue(NewItem item);
  Task<void> enqueue_all(std::vector<NewItem> items);

  // Items that wait or run, and dead ones, of a kind: for consoles and tests.
  Task<std::vector<Item>> pending(std::string kind);
  Task<std::vector<Item>> dead(std::string kind);
  // Gives a dead item another life with no attempts counted; false if there is none.
  Task<bool> revive(std::string id);

  // The lake's clock was moved: looks at once what has become due.
  void clock_moved();

  // The thread's executor: for domain work that should run beside the items.
  Executor& executor();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tarn::work
