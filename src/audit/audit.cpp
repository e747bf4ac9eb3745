#include "audit/audit.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"

namespace tarn::audit {
namespace {

constexpr std::size_t max_waiting = 50'000;
constexpr std::size_t max_batch_rows = 500;
constexpr std::size_t max_batch_bytes = 4 << 20;
constexpr std::size_t max_commits_at_once = 64;
constexpr std::size_t max_scanned_rows = 20'000;  // Of one LookupEvents.
constexpr auto kept = std::chrono::days(90);

std::string day_of(Timestamp time) {
  return iso8601_seconds(time).substr(0, 10);
}

std::string prefix_of(const AccountId& account) {
  return "audit/" + account.text() + "/";
}

bool matches(const Event& event, LookupKey key, const std::string& value) {
  switch (key) {
    case LookupKey::event_id:
      return event.id == value;
    case LookupKey::event_name:
      return event.name == value;
    case LookupKey::read_only:
      return equal_ignoring_case(value, event.read_only ? "true" : "false");
    case LookupKey::user_name:
      return event.user == value;
    case LookupKey::event_source:
      return event.source == value;
    case LookupKey::access_key_id:
      return event.access_key_id == value;
    case LookupKey::resource_type:
      return std::ranges::any_of(event.resources, [&](const auto& arn) { return resource_type(arn) == value; });
    case LookupKey::resource_name:
      // By ARN, or by the last of it, as people write it.
      return std::ranges::any_of(event.resources, [&](const std::string& arn) {
        return arn == value ||
               (arn.ends_with(value) && arn.size() > value.size() &&
                (arn[arn.size() - value.size() - 1] == '/' || arn[arn.size() - value.size() - 1] == ':'));
      });
  }
  return false;
}

// Where a page goes on: the day and the last row's key.
struct Place {
  std::string day;
  std::string key;
};
std::string token_of(const Place& place) {
  return to_base64(as_bytes(place.day + place.key));
}
Place place_of(const std::string& token) {
  const auto text = from_base64(token);
  if (!text || text->size() < 10 + 8) throw Error({"InvalidNextTokenException", 400}, "The token is not valid.");
  return {.day = text->substr(0, 10), .key = text->substr(10)};
}

}  // namespace

std::unique_ptr<Underway> Audit::begin(Record record) {
  if (record.account.text().empty()) return nullptr;
  if (record.id.empty()) record.id = random_.uuid();
  return std::make_unique<Underway>(trails_, std::move(record));
}

void Audit::record(Record record, std::unique_ptr<Underway> begun) {
  if (record.account.text().empty()) return;
  if (begun) {
    // As in its notes, so that it is the same row.
    record.id = begun->id();
    record.time = begun->began();
  }
  if (record.id.empty()) record.id = random_.uuid();
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= max_waiting) {
    if (dropped_++ % 10'000 == 0) log::error("audit records are dropped: the buffer is full", {{"dropped", dropped_}});
    return;
  }
  waiting_.push_back(
      {.record = std::move(record), .places = begun ? begun->take_places() : decltype(Waiting::places){}});
}

std::vector<Audit::Waiting> Audit::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(waiting_, {});
}

void Audit::put_back(std::vector<Waiting> taken) {
  const std::scoped_lock lock(mutex_);
  taken.insert(taken.end(), std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
  waiting_ = std::move(taken);
}

Task<void> Audit::turn_to_flush() {
  OneShot<std::monostate> turn;
  {
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(flushing_, true)) co_return;
    turns_.push_back(&turn);
  }
  std::ignore = co_await turn;
}

void Audit::end_turn() {
  OneShot<std::monostate>* next = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (turns_.empty()) {
      flushing_ = false;
      return;
    }
    next = turns_.front();
    turns_.pop_front();
  }
  next->set({});
}

Task<void> Audit::flush() {
  co_await turn_to_flush();
  std::exception_ptr failure;
  try {
    co_await flush_taken(take());
  } catch (...) {
    failure = std::current_exception();
  }
  end_turn();
  if (failure) std::rethrow_exception(failure);
}

Task<void> Audit::flush_taken(std::vector<Waiting> taken) {
  if (taken.empty()) co_return;
  std::exception_ptr failure;
  try {
    co_await write(taken);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    // Rows that were written are written again under the same keys.
    put_back(std::move(taken));
    std::rethrow_exception(failure);
  }
  co_await remove_notes(taken);
}

Task<void> Audit::write(const std::vector<Waiting>& taken) {
  std::map<std::string, std::vector<meta::Batch::Put>> rows;
  for (const Waiting& waiting : taken) {
    Filed filed = file(waiting.record, trails_);
    for (const std::string& trail : filed.trails) {
      rows[Trails::queue_of(filed.account, trail).name].push_back({filed.queue_key(), filed.queue_row()});
    }
    if (filed.in_history) rows[filed.history().name].push_back({filed.history_key(), std::move(filed.row)});
  }
  for (auto& [partition, puts] : rows) {
    std::size_t next = 0;
    while (next < puts.size()) {
      meta::Batch batch;
      std::size_t bytes = 0;
      for (std::size_t count = 0; next < puts.size() && count < max_batch_rows && bytes < max_batch_bytes; ++count) {
        bytes += puts[next].value.size();
        batch.put(std::move(puts[next].key), std::move(puts[next].value));
        ++next;
      }
      std::ignore = co_await store_.commit({partition}, std::move(batch));
    }
  }
}

Task<void> Audit::remove_notes(const std::vector<Waiting>& written) {
  std::map<meta::Partition, meta::Batch> batches;
  for (const Waiting& waiting : written) {
    for (const meta::Partition& place : waiting.places) batches[meta::notes_of(place)].remove(waiting.record.id);
  }
  // At once, so that they share the sync.
  std::vector<Task<meta::Commit>> commits;
  for (auto& [notes, batch] : batches) {
    commits.push_back(store_.commit(notes, std::move(batch)));
    if (commits.size() == max_commits_at_once) std::ignore = co_await when_all(std::exchange(commits, {}));
  }
  std::ignore = co_await when_all(std::move(commits));
}

Task<void> Audit::open() {
  co_await trails_.open();
  std::string after;
  while (true) {
    const auto found = co_await store_.partitions(std::string(meta::notes_prefix), after, 1000);
    if (found.empty()) co_return;
    for (const meta::Partition& notes : found) co_await file_notes(notes);
    after = found.back().name;
  }
}

// What the process before this one left. A record that it had written whole already stays as it is.
Task<void> Audit::file_notes(meta::Partition notes) {
  while (true) {
    const auto rows = co_await store_.scan(notes, {}, {}, {.max_rows = max_batch_rows});
    if (rows.empty()) co_return;
    std::map<meta::Partition, std::vector<meta::Batch>> history;
    std::map<meta::Partition, meta::Batch> queues;
    meta::Batch filed_all;
    for (const meta::Row& row : rows) {
      const Filed filed = unpack_filed(row.value);
      for (const std::string& trail : filed.trails) {
        if (!co_await trails_.find(filed.account, trail)) continue;
        queues[Trails::queue_of(filed.account, trail)].put(filed.queue_key(), filed.queue_row());
      }
      if (filed.in_history) {
        meta::Batch absent;
        absent.require_absent(filed.history_key()).put(filed.history_key(), filed.row);
        history[filed.history()].push_back(std::move(absent));
      }
      filed_all.remove(row.key);
    }
    for (auto& [partition, batches] : history) std::ignore = co_await store_.commit_each(partition, std::move(batches));
    for (auto& [partition, batch] : queues) std::ignore = co_await store_.commit(partition, std::move(batch));
    std::ignore = co_await store_.commit(notes, std::move(filed_all));
  }
}

Task<EventPage> Audit::lookup(AccountId account, Lookup query) {
  co_await flush();
  const std::string prefix = prefix_of(account);
  const Timestamp oldest = std::max(query.first.value_or(Timestamp{}), wall_.now() - kept);
  const Timestamp newest = query.last.value_or(wall_.now() + std::chrono::minutes(1));
  std::vector<std::string> days;
  std::string after = prefix;
  while (true) {
    const auto partitions = co_await store_.partitions(prefix, after, 1000);
    if (partitions.empty()) break;
    for (const meta::Partition& partition : partitions) days.push_back(partition.name.substr(prefix.size()));
    after = partitions.back().name;
  }
  std::ranges::sort(days, std::greater{});

  std::optional<Place> place;
  if (!query.token.empty()) place = place_of(query.token);
  EventPage page;
  std::size_t scanned = 0;
  for (const std::string& day : days) {
    if (day > day_of(newest) || day < day_of(oldest) || (place && day > place->day)) continue;
    meta::RowKey first = place && place->day == day ? place->key + '\0' : history_key(newest, "");
    while (true) {
      const auto rows = co_await store_.scan({prefix + day}, first, {}, {.max_rows = 200});
      if (rows.empty()) break;
      for (const meta::Row& row : rows) {
        HistoryRow kept_row = read_history_row(row.value);
        first = row.key + '\0';
        ++scanned;
        const bool wanted =
            kept_row.management && kept_row.event.time >= oldest && kept_row.event.time <= newest &&
            (!query.attribute || matches(kept_row.event, query.attribute->first, query.attribute->second));
        if (wanted) page.events.push_back(std::move(kept_row.event));
        // A rare event is looked for over several pages, so that no single one takes long.
        if (page.events.size() == query.max || scanned == max_scanned_rows) {
          page.token = token_of({.day = day, .key = row.key});
          co_return page;
        }
      }
    }
  }
  co_return page;
}

Task<void> Audit::expire() {
  const std::string oldest = day_of(wall_.now() - kept);
  std::string after = "audit/";
  while (true) {
    const auto partitions = co_await store_.partitions("audit/", after, 1000);
    if (partitions.empty()) co_return;
    after = partitions.back().name;
    for (const meta::Partition& partition : partitions) {
      if (partition.name.substr(partition.name.rfind('/') + 1) >= oldest) continue;
      while (true) {
        const auto rows = co_await store_.scan(partition, {}, {}, {.max_rows = max_batch_rows});
        if (rows.empty()) break;
        meta::Batch batch;
        for (const meta::Row& row : rows) batch.remove(row.key);
        [[maybe_unused]] const meta::Commit removed = co_await store_.commit(partition, std::move(batch));
      }
    }
  }
}

}  // namespace tarn::audit
