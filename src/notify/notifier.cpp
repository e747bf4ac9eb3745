#include "notify/notifier.h"

#include <map>

#include "base/log.h"

namespace tarn::notify {
namespace {

constexpr const char* sweep = "outbox";
constexpr std::size_t rows_at_once = 200;

meta::Partition partition_of(const std::string& bucket_id) {
  return {"bucket/" + bucket_id};
}

}  // namespace

struct Notifier::State {
  meta::Store& store;
  work::Queue& queue;
  events::Events& events;
  objects::Objects* objects = nullptr;

  // From any thread: buckets that may have something to tell.
  std::mutex mutex;
  std::set<std::string> pending;

  // On the queue's thread only.
  std::map<std::string, std::unique_ptr<meta::Watch>> watches;
  std::optional<std::chrono::steady_clock::time_point> last_scan;

  void wake(const std::string& bucket_id) {
    {
      const std::lock_guard lock(mutex);
      if (!pending.insert(bucket_id).second) return;
    }
    queue.run_soon(sweep);
  }

  Task<void> run() {
    const auto now = std::chrono::steady_clock::now();
    if (!last_scan || now - *last_scan >= std::chrono::minutes(1)) {
      co_await scan_buckets();
      last_scan = now;
    }
    std::set<std::string> buckets;
    {
      const std::lock_guard lock(mutex);
      buckets.swap(pending);
    }
    for (const std::string& bucket : buckets) co_await drain(bucket);
  }

  // What a process that died has left, and what a lost wake-up has.
  Task<void> scan_buckets() {
    std::string after;
    while (true) {
      const auto page = co_await objects->all_buckets(after, 1'000);
      if (page.empty()) co_return;
      const std::lock_guard lock(mutex);
      for (const objects::BucketPointer& bucket : page) {
        if (bucket->configuration(objects::ConfigurationKind::notification) || watches.contains(bucket->id)) {
          pending.insert(bucket->id);
        }
      }
      after = page.back()->name.text();
    }
  }

  // The watch comes before the look: a row that commits in between wakes us again.
  Task<void> drain(std::string bucket_id) {
    auto& watch = watches[bucket_id];
    if (!watch || !watch->alive()) {
      watch = store.watch(partition_of(bucket_id), [this, bucket_id] { wake(bucket_id); });
    }
    while (true) {
      const auto rows = co_await store.scan(partition_of(bucket_id), std::string(objects::outbox_prefix),
                                            std::string(objects::outbox_end), {.max_rows = rows_at_once});
      if (rows.empty()) co_return;
      meta::Batch removal;
      for (const meta::Row& row : rows) {
        co_await tell(bucket_id, row);
        removal.remove(row.key);
      }
      (void)co_await store.commit(partition_of(bucket_id), std::move(removal));
    }
  }

  Task<void> tell(const std::string& bucket_id, const meta::Row& row) {
    const objects::ChangeRecord record = objects::unpack_change_record(row.value);
    co_await events.accept("default", event_of(record, bucket_id + row.key));
  }
};

Notifier::Notifier(meta::Store& store, work::Queue& queue, events::Events& events)
    : state_(new State{store, queue, events, nullptr, {}, {}, {}, {}}) {
  queue.every(sweep, std::chrono::minutes(1), [state = state_.get()] { return state->run(); });
}

Notifier::~Notifier() = default;

void Notifier::watch(objects::Objects& objects) {
  state_->objects = &objects;
}

void Notifier::add(const policy::Access&, std::string_view, const objects::ObjectVersion& version, meta::Batch&) {
  if (version.bucket->configuration(objects::ConfigurationKind::notification)) state_->wake(version.bucket->id);
}

}  // namespace tarn::notify
