#include "work/outbox.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "base/log.h"

namespace tarn::work {
namespace {

constexpr std::chrono::milliseconds longest_retry{60'000};
constexpr std::size_t partitions_a_page = 1'000;

}  // namespace

struct Outbox::State : std::enable_shared_from_this<State> {
  State(meta::Store& store, Executor& executor, OutboxOptions options, Deliver deliver)
      : store(store), executor(executor), options(std::move(options)), deliver(std::move(deliver)) {}

  meta::Store& store;
  Executor& executor;
  const OutboxOptions options;
  const Deliver deliver;
  std::unique_ptr<meta::Watch> watch;

  // Filled by the watch on any thread.
  std::mutex mutex;
  std::condition_variable ended;
  std::set<std::string> waiting;  // Partitions that have rows, as far as is known.
  bool wakes = false;             // dispatch() is on its way to the executor.
  bool stopping = false;
  std::size_t running = 0;

  // Below: the executor's thread only.
  std::set<std::string> busy;
  std::map<std::string, std::chrono::milliseconds> failing;

  void add(const std::string& partition) {
    {
      const std::lock_guard lock(mutex);
      if (stopping || !waiting.insert(partition).second || std::exchange(wakes, true)) return;
    }
    start_detached(executor, dispatch(shared_from_this()));
  }

  // Begins what waits, as far as the limit allows. A partition that is being worked on stays waiting, so that it is
  // looked at once more.
  static Task<void> dispatch(std::shared_ptr<State> state) {
    std::vector<std::string> begun;
    {
      const std::lock_guard lock(state->mutex);
      state->wakes = false;
      if (state->stopping) co_return;
      for (auto at = state->waiting.begin(); at != state->waiting.end();) {
        const bool free = state->busy.size() < state->options.max_partitions_at_once && !state->busy.contains(*at);
        if (!free) {
          ++at;
          continue;
        }
        state->busy.insert(*at);
        begun.push_back(*at);
        at = state->waiting.erase(at);
        ++state->running;
      }
    }
    for (auto& partition : begun) start_detached(state->executor, work_off(state, std::move(partition)));
  }

  static Task<void> work_off(std::shared_ptr<State> state, std::string partition) {
    // So that many partitions in a row do not pile up on one stack.
    co_await yield_to_others();
    bool failed = false;
    try {
      co_await state->deliver_all({partition});
      state->failing.erase(partition);
    } catch (const std::exception& error) {
      failed = true;
      log::warning("a delivery failed and is tried again", {{"partition", partition}, {"error", error.what()}});
    }
    state->busy.erase(partition);
    if (failed) state->retry_later(partition);
    {
      const std::lock_guard lock(state->mutex);
      if (--state->running == 0) state->ended.notify_all();
    }
    co_await dispatch(state);
  }

  Task<void> deliver_all(meta::Partition partition) {
    while (!is_stopping()) {
      const auto rows =
          co_await store.scan(partition, options.rows, meta::end_of_prefix(options.rows), {.max_rows = options.page});
      if (rows.empty()) co_return;
      meta::Batch delivered;
      std::exception_ptr failure;
      for (const auto& row : rows) {
        if (is_stopping()) break;
        try {
          co_await deliver(partition, row);
          delivered.remove(row.key);
        } catch (...) {
          failure = std::current_exception();
          break;
        }
      }
      if (!delivered.empty()) std::ignore = co_await store.commit(partition, std::move(delivered));
      if (failure) std::rethrow_exception(failure);
    }
  }

  bool is_stopping() {
    const std::lock_guard lock(mutex);
    return stopping;
  }

  void retry_later(const std::string& partition) {
    auto& delay = failing[partition];
    delay = delay.count() == 0 ? options.retry_after : std::min(delay * 2, longest_retry);
    start_detached(executor, after(weak_from_this(), partition, delay));
  }
  static Task<void> after(std::weak_ptr<State> weak, std::string partition, std::chrono::milliseconds delay) {
    co_await sleep_for(delay);
    if (const auto state = weak.lock()) state->add(partition);
  }

  static Task<void> look_through(std::weak_ptr<State> weak) {
    while (true) {
      std::chrono::milliseconds pause;
      {
        const auto state = weak.lock();
        if (!state || state->is_stopping()) co_return;
        pause = state->options.look_again_after;
        try {
          co_await state->look_through_once();
        } catch (const std::exception& error) {
          log::warning("the outboxes could not be looked through", {{"error", error.what()}});
        }
      }
      co_await sleep_for(pause);
    }
  }
  Task<void> look_through_once() {
    std::string after_name;
    while (!is_stopping()) {
      const auto found = co_await store.partitions(options.partitions, after_name, partitions_a_page);
      if (found.empty()) co_return;
      for (const auto& partition : found) {
        const auto first =
            co_await store.scan(partition, options.rows, meta::end_of_prefix(options.rows), {.max_rows = 1});
        if (!first.empty()) add(partition.name);
      }
      after_name = found.back().name;
    }
  }
};

Outbox::Outbox(meta::Store& store, Executor& executor, OutboxOptions options, Deliver deliver)
    : state_(std::make_shared<State>(store, executor, std::move(options), std::move(deliver))) {}

Outbox::~Outbox() {
  state_->watch.reset();
}

void Outbox::start() {
  state_->watch = state_->store.watch_rows(state_->options.partitions, state_->options.rows,
                                           [weak = std::weak_ptr(state_)](const meta::Partition& partition) {
                                             if (const auto state = weak.lock()) state->add(partition.name);
                                           });
  start_detached(state_->executor, State::look_through(state_));
}

void Outbox::stop() {
  state_->watch.reset();
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->ended.wait(lock, [this] { return state_->running == 0; });
}

}  // namespace tarn::work
