#include "work/work.h"

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "base/failure.h"
#include "base/log.h"
#include "work/item_codec.h"

namespace tarn::work {
namespace {

constexpr std::size_t partitions = 4;
constexpr std::string_view live_prefix = "i/";
constexpr std::string_view dead_prefix = "x/";
// An error's text in a row.
constexpr std::size_t max_error_bytes = 2'000;

meta::Partition partition_of(const std::string& id) {
  // FNV-1a: the same in every build, because rows are found by it.
  std::uint64_t hash = 14695981039346656037ull;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return {"work/" + std::to_string((hash >> 32) % partitions)};
}

std::string live_key(const std::string& id) {
  return std::string(live_prefix) + id;
}
std::string dead_key(const std::string& id) {
  return std::string(dead_prefix) + id;
}

std::string text_of(const std::exception_ptr& failure) {
  return failure_text(failure).substr(0, max_error_bytes);
}

Task<std::vector<Item>> read_items(meta::Store& store, std::string_view prefix) {
  std::vector<Item> items;
  for (std::size_t n = 0; n < partitions; ++n) {
    const meta::Partition partition{"work/" + std::to_string(n)};
    std::string first(prefix);
    while (true) {
      const auto rows = co_await store.scan(partition, first, meta::end_of_prefix(prefix), meta::ScanLimits{});
      if (rows.empty()) break;
      for (const meta::Row& row : rows) items.push_back(decode_item(row.value));
      first = rows.back().key + '\0';
    }
  }
  co_return items;
}

}  // namespace

// Touched on the queue's thread only, but for what the constructor and handle() set before start().
struct Queue::State : std::enable_shared_from_this<Queue::State> {
  struct Kind {
    Handler handler;
    KindOptions options;
    std::size_t running = 0;
    std::set<std::pair<Timestamp, std::string>> waiting;  // By when they are due.
  };
  struct Periodic {
    std::string name;
    Milliseconds period;
    std::function<Task<void>()> job;
    Timestamp next;
    bool running = false;
    bool again = false;
  };

  State(meta::Store& store, const Clock& lake) : store(store), lake(lake) {}

  meta::Store& store;
  const Clock& lake;
  RunLoop loop;
  std::thread thread;
  TaskScope scope;
  std::map<std::string, Kind> kinds;
  std::map<std::string, Item> items;  // All that wait or run, by id.
  std::vector<Periodic> periodic;
  bool started = false;
  bool stopping = false;
  std::optional<Timestamp> timer;  // When the earliest timer that is set will look again.

  void add(Item item) {
    if (items.contains(item.id)) return;
    const auto kind = kinds.find(item.kind);
    if (kind != kinds.end()) kind->second.waiting.emplace(item.not_before, item.id);
    items.emplace(item.id, std::move(item));
  }

  // Begins whatever is due and allowed, and sets a timer for what comes next.
  void dispatch() {
    if (!started || stopping) return;
    const Timestamp now = lake.now();
    std::optional<Timestamp> next;
    const auto consider = [&next](Timestamp due) { next = next ? std::min(*next, due) : due; };
    for (auto& [name, kind] : kinds) {
      while (kind.running < kind.options.max_running && !kind.waiting.empty() && kind.waiting.begin()->first <= now) {
        const std::string id = kind.waiting.begin()->second;
        kind.waiting.erase(kind.waiting.begin());
        ++kind.running;
        scope.spawn(run(shared_from_this(), kind, id));
      }
      if (!kind.waiting.empty() && kind.running < kind.options.max_running) consider(kind.waiting.begin()->first);
    }
    for (Periodic& each : periodic) {
      if (each.running) continue;
      if (each.next <= now) {
        each.running = true;
        scope.spawn(run_periodic(shared_from_this(), each));
      } else {
        consider(each.next);
      }
    }
    if (next) look_again_at(*next, now);
  }

  void look_again_at(Timestamp due, Timestamp now) {
    if (timer && *timer <= due && *timer > now) return;
    timer = due;
    // Looks at least every minute: the lake's clock may be moved while the timer sleeps in real time.
    const auto delay = std::clamp<Milliseconds>(due - now, Milliseconds(1), Milliseconds(60'000));
    start_detached(loop, wake_after(weak_from_this(), delay, due));
  }

  static Task<void> wake_after(std::weak_ptr<State> weak, Milliseconds delay, Timestamp due) {
    co_await sleep_for(delay);
    if (const auto state = weak.lock()) {
      if (state->timer == due) state->timer.reset();
      state->dispatch();
    }
  }

  static Task<void> run_periodic(std::shared_ptr<State> state, Periodic& each) {
    try {
      co_await each.job();
    } catch (...) {
      log::error("a periodic job failed", {{"job", each.name}, {"error", text_of(std::current_exception())}});
    }
    each.next = state->lake.now() + (std::exchange(each.again, false) ? Milliseconds(0) : each.period);
    each.running = false;
    state->dispatch();
  }

  static Task<void> run(std::shared_ptr<State> state, Kind& kind, std::string id) {
    Item& item = state->items.at(id);
    std::optional<Outcome> outcome;
    std::exception_ptr failure;
    try {
      if (kind.options.mark_start) co_await state->save(item, true);
      outcome = co_await kind.handler(item);
    } catch (...) {
      failure = std::current_exception();
    }
    // What a stop cut short is not a failure: it is run again after the restart, as interrupted.
    const bool cut_short = failure && co_await stop_requested();
    if (!cut_short) {
      try {
        co_await state->settle(kind, item, std::move(outcome), failure);
      } catch (...) {
        // The row is as it was: the item is run again after a restart.
        log::error("a work item could not be settled",
                   {{"kind", item.kind}, {"id", id}, {"error", text_of(std::current_exception())}});
      }
    }
    --kind.running;
    state->dispatch();
  }

  Task<void> settle(Kind& kind, Item& item, std::optional<Outcome> outcome, std::exception_ptr failure) {
    if (outcome && std::holds_alternative<Done>(*outcome)) {
      meta::Batch batch;
      batch.remove(live_key(item.id));
      (void)co_await store.commit(partition_of(item.id), std::move(batch));
      items.erase(item.id);
      co_return;
    }
    if (outcome) {
      auto& again = std::get<RunAgain>(*outcome);
      if (again.payload) item.payload = std::move(*again.payload);
      item.attempts = 0;
      item.not_before = lake.now() + again.after;
    } else {
      ++item.attempts;
      item.last_error = text_of(failure);
      log::warning("a work item failed",
                   {{"kind", item.kind}, {"id", item.id}, {"attempts", item.attempts}, {"error", item.last_error}});
      if (kind.options.max_attempts != 0 && item.attempts >= kind.options.max_attempts) {
        co_await bury(kind, item);
        co_return;
      }
      const std::uint32_t doublings = std::min<std::uint32_t>(item.attempts - 1, 30);
      item.not_before = lake.now() + std::min<Milliseconds>(kind.options.first_delay * (std::int64_t(1) << doublings),
                                                            kind.options.longest_delay);
    }
    item.interrupted = false;
    co_await save(item, false);
    kind.waiting.emplace(item.not_before, item.id);
  }

  Task<void> bury(Kind& kind, Item& item) {
    if (kind.options.on_dead) co_await kind.options.on_dead(item);
    meta::Batch batch;
    batch.remove(live_key(item.id)).put(dead_key(item.id), encode_item(item, false));
    (void)co_await store.commit(partition_of(item.id), std::move(batch));
    items.erase(item.id);
  }

  Task<void> save(const Item& item, bool running) {
    meta::Batch batch;
    batch.put(live_key(item.id), encode_item(item, running));
    (void)co_await store.commit(partition_of(item.id), std::move(batch));
  }

  static Task<void> take_in(std::shared_ptr<State> state, std::vector<Item> fresh) {
    for (Item& item : fresh) state->add(std::move(item));
    state->dispatch();
    co_return;
  }
};

Queue::Queue(meta::Store& store, const Clock& lake) : state_(std::make_shared<State>(store, lake)) {
  state_->thread = std::thread([state = state_.get()] {
    set_thread_kind(ThreadKind::io, "tarn-work");
    state->loop.run();
  });
}

Queue::~Queue() {
  if (state_->thread.joinable()) stop(std::chrono::milliseconds(8'000));
}

void Queue::handle(std::string kind, Handler handler, KindOptions options) {
  state_->kinds[std::move(kind)] = {.handler = std::move(handler), .options = std::move(options)};
}

void Queue::every(std::string name, Milliseconds period, std::function<Task<void>()> job) {
  state_->periodic.push_back(
      {.name = std::move(name), .period = period, .job = std::move(job), .next = state_->lake.now()});
}

void Queue::run_soon(std::string name) {
  start_detached(state_->loop, [](std::shared_ptr<State> state, std::string wanted) -> Task<void> {
    const auto each = std::ranges::find(state->periodic, wanted, &State::Periodic::name);
    if (each == state->periodic.end()) co_return;
    each->again = each->running;
    if (!each->running) each->next = state->lake.now();
    state->dispatch();
  }(state_, std::move(name)));
}

void Queue::run_beside(Task<void> task) {
  start_detached(state_->loop, [](std::shared_ptr<State> state, Task<void> inner) -> Task<void> {
    if (!state->stopping) state->scope.spawn(std::move(inner));
    co_return;
  }(state_, std::move(task)));
}

Task<void> Queue::start() {
  auto items = co_await read_items(state_->store, live_prefix);
  start_detached(state_->loop, [](std::shared_ptr<State> state, std::vector<Item> found) -> Task<void> {
    for (Item& item : found) state->add(std::move(item));
    state->started = true;
    state->dispatch();
    co_return;
  }(state_, std::move(items)));
}

bool Queue::stop(std::chrono::milliseconds patience) {
  auto ended = std::make_shared<std::atomic<bool>>(false);
  start_detached(state_->loop, [](std::shared_ptr<State> state, std::shared_ptr<std::atomic<bool>> done) -> Task<void> {
    state->stopping = true;
    state->scope.request_stop();
    // Who sleeps wakes, looks at its stop token and ends.
    state->loop.expire_timers();
    try {
      co_await state->scope.join();
    } catch (...) {
      log::error("work ended badly", {{"error", text_of(std::current_exception())}});
    }
    state->loop.expire_timers();
    co_await yield_to_others();
    *done = true;
    state->loop.stop();
  }(state_, ended));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!*ended && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (!*ended) {
    // What still runs keeps its coroutines, and they the state: the thread is left to the end of the process.
    state_->thread.detach();
    static auto& left_running = *new std::vector<std::shared_ptr<State>>();
    left_running.push_back(state_);
    return false;
  }
  state_->thread.join();
  return true;
}

Task<void> Queue::enqueue(NewItem item) {
  std::vector<NewItem> items;
  items.push_back(std::move(item));
  co_await enqueue_all(std::move(items));
}

Task<void> Queue::enqueue_all(std::vector<NewItem> fresh) {
  const Timestamp now = state_->lake.now();
  std::map<std::string, std::pair<std::vector<meta::Batch>, std::vector<Item>>> by_partition;
  for (NewItem& source : fresh) {
    Item item{.id = std::move(source.id),
              .kind = std::move(source.kind),
              .payload = std::move(source.payload),
              .created = now,
              .not_before = source.not_before.value_or(now)};
    const std::string key = live_key(item.id);
    meta::Batch batch;
    batch.require_absent(key).put(key, encode_item(item, false));
    auto& [batches, items] = by_partition[partition_of(item.id).name];
    batches.push_back(std::move(batch));
    items.push_back(std::move(item));
  }
  std::vector<Item> added;
  for (auto& [partition, work] : by_partition) {
    const auto commits = co_await state_->store.commit_each({partition}, std::move(work.first));
    for (std::size_t i = 0; i < commits.size(); ++i) {
      if (commits[i].applied) added.push_back(std::move(work.second[i]));
    }
  }
  if (!added.empty()) start_detached(state_->loop, State::take_in(state_, std::move(added)));
}

Task<std::vector<Item>> Queue::pending(std::string kind) {
  auto items = co_await read_items(state_->store, live_prefix);
  std::erase_if(items, [&kind](const Item& item) { return item.kind != kind; });
  co_return items;
}

Task<std::vector<Item>> Queue::dead(std::string kind) {
  auto items = co_await read_items(state_->store, dead_prefix);
  std::erase_if(items, [&kind](const Item& item) { return item.kind != kind; });
  co_return items;
}

Task<bool> Queue::revive(std::string id) {
  const auto row = co_await state_->store.get(partition_of(id), dead_key(id));
  if (!row) co_return false;
  Item item = decode_item(row->value);
  item.attempts = 0;
  item.not_before = state_->lake.now();
  meta::Batch batch;
  batch.require_version(dead_key(id), row->version).remove(dead_key(id));
  batch.put(live_key(id), encode_item(item, false));
  const auto commit = co_await state_->store.commit(partition_of(id), std::move(batch));
  if (!commit.applied) co_return false;
  std::vector<Item> added;
  added.push_back(std::move(item));
  start_detached(state_->loop, State::take_in(state_, std::move(added)));
  co_return true;
}

void Queue::clock_moved() {
  start_detached(state_->loop, State::take_in(state_, {}));
}

Executor& Queue::executor() {
  return state_->loop;
}

}  // namespace tarn::work
