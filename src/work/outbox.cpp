#include "work/outbox.h"

#include <algorithm>
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
  State(meta::Store& store, Queue& queue, OutboxOptions options, Deliver deliver)
      : store(store), queue(queue), options(std::move(options)), deliver(std::move(deliver)) {}

  meta::Store& store;
  Queue& queue;
  const OutboxOptions options;
  const Deliver deliver;
  std::unique_ptr<meta::Watch> watch;

  // Filled by the watch on any thread.
  std::mutex mutex;
  std::set<std::string> waiting;  // Partitions that have rows, as far as is known.
  bool wakes = false;             // dispatch() is on its way to the queue.

  // Below: the queue's thread only.
  std::set<std::string> busy;
  std::map<std::string, std::chrono::milliseconds> failing;

  void add(const std::string& partition) {
    {
      const std::lock_guard lock(mutex);
      if (!waiting.insert(partition).second || std::exchange(wakes, true)) return;
    }
    queue.run_beside(dispatch(shared_from_this()));
  }

  // Begins what waits, as far as the limit allows. A partition that is being worked on stays waiting, so that it is
  // looked at once more.
  static Task<void> dispatch(std::shared_ptr<State> state) {
    std::vector<std::string> begun;
    {
      const std::lock_guard lock(state->mutex);
      state->wakes = false;
      for (auto at = state->waiting.begin(); at != state->waiting.end();) {
        const bool free = state->busy.size() < state->options.max_partitions_at_once && !state->busy.contains(*at);
        if (!free) {
          ++at;
          continue;
        }
        state->busy.insert(*at);
        begun.push_back(*at);
        at = state->waiting.erase(at);
      }
    }
    for (auto& partition : begun) state->queue.run_beside(work_off(state, std::move(partition)));
    co_return;
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
    co_await dispatch(state);
  }

  Task<void> deliver_all(meta::Partition partition) {
    while (!co_await stop_requested()) {
      const auto rows =
          co_await store.scan(partition, options.rows, meta::end_of_prefix(options.rows), {.max_rows = options.page});
      if (rows.empty()) co_return;
      meta::Batch delivered;
      std::exception_ptr failure;
      for (const auto& row : rows) {
        if (co_await stop_requested()) break;
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

  void retry_later(const std::string& partition) {
    auto& delay = failing[partition];
    delay = delay.count() == 0 ? options.retry_after : std::min(delay * 2, longest_retry);
    queue.run_beside(after(weak_from_this(), partition, delay));
  }
  static Task<void> after(std::weak_ptr<State> weak, std::string partition, std::chrono::milliseconds delay) {
    co_await sleep_for(delay);
    const auto state = weak.lock();
    if (state && !co_await stop_requested()) state->add(partition);
  }

  static Task<void> look_through(std::weak_ptr<State> weak) {
    while (true) {
      std::chrono::milliseconds pause;
      {
        const auto state = weak.lock();
        if (!state || co_await stop_requested()) co_return;
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
    while (!co_await stop_requested()) {
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

Outbox::Outbox(meta::Store& store, Queue& queue, OutboxOptions options, Deliver deliver)
    : state_(std::make_shared<State>(store, queue, std::move(options), std::move(deliver))) {}

Outbox::~Outbox() {
  state_->watch.reset();
}

void Outbox::start() {
  state_->watch = state_->store.watch_rows(state_->options.partitions, state_->options.rows,
                                           [weak = std::weak_ptr(state_)](const meta::Partition& partition) {
                                             if (const auto state = weak.lock()) state->add(partition.name);
                                           });
  state_->queue.run_beside(State::look_through(state_));
}

void Outbox::look_at(const meta::Partition& partition) {
  state_->add(partition.name);
}

}  // namespace tarn::work
