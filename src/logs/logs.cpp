#include "logs/logs.h"

#include <algorithm>

#include "base/pack.h"
#include "logs/rows.h"

namespace tarn::logs {

namespace {

constexpr int max_races = 20;
constexpr std::size_t delete_rows_at_once = 2000;

bool name_of_group(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-/.#").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= 512 && std::ranges::all_of(name, allowed);
}

bool name_of_stream(std::string_view name) {
  return !name.empty() && name.size() <= 512 &&
         name.find_first_of(std::string_view(":*\0", 3)) == std::string_view::npos;
}

void require_group_name(std::string_view name) {
  if (!name_of_group(name)) {
    throw Error(errors::invalid_parameter,
                "1 validation error detected: Value '" + std::string(name) +
                    "' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression "
                    "pattern: [\\.\\-_/#A-Za-z0-9]+");
  }
}

[[noreturn]] void no_group() {
  throw Error(errors::resource_not_found, "The specified log group does not exist.");
}
[[noreturn]] void no_stream() {
  throw Error(errors::resource_not_found, "The specified log stream does not exist.");
}
[[noreturn]] void lost_races() {
  throw Error(errors::operation_aborted, "Too many changes of this log stream at once, please retry.");
}

std::string after_first(std::string key) {
  key.push_back('\0');
  return key;
}

}  // namespace

// ---- groups

Task<void> Logs::create_group(AccountId account, std::string name, std::map<std::string, std::string> tags) {
  require_group_name(name);
  Group group{.name = name, .created = wall_.now(), .tags = std::move(tags)};
  meta::Batch batch;
  batch.require_absent(group_key(name)).put(group_key(name), group_value(group));
  const auto commit = co_await store_.commit(partition_of(account), std::move(batch));
  if (!commit.applied) {
    throw Error(errors::resource_already_exists, "The specified log group already exists");
  }
}

Task<void> Logs::delete_group(AccountId account, std::string name) {
  co_await require_group(account, name);
  // The group goes first, so that nobody finds a stream whose events are half gone.
  const auto streams = co_await streams_of(account, name, "");
  meta::Batch batch;
  batch.remove(group_key(name));
  for (const Stream& stream : streams) batch.remove(stream_key(name, stream.name));
  (void)co_await store_.commit(partition_of(account), std::move(batch));
  for (const Stream& stream : streams) co_await remove_stream_events(account, stream.id);
}

Task<void> Logs::remove_stream_events(AccountId account, std::uint64_t id) {
  for (const std::string& prefix : {event_prefix(id), reverse_prefix(id)}) {
    while (true) {
      const auto rows = co_await store_.scan(partition_of(account), prefix, meta::end_of_prefix(prefix),
                                             {.max_rows = delete_rows_at_once});
      if (rows.empty()) break;
      meta::Batch batch;
      for (const auto& row : rows) batch.remove(row.key);
      (void)co_await store_.commit(partition_of(account), std::move(batch));
    }
  }
}

Task<std::optional<Group>> Logs::find_group(AccountId account, std::string name) {
  const auto row = co_await store_.get(partition_of(account), group_key(name));
  if (!row) co_return std::nullopt;
  co_return parse_group(name, row->value);
}

Task<Group> Logs::require_group(AccountId account, std::string name) {
  auto group = co_await find_group(account, name);
  if (!group) no_group();
  co_return std::move(*group);
}

Task<Page<Group>> Logs::list_groups(AccountId account, std::string prefix, std::string contains, std::string token,
                                    std::size_t limit) {
  const std::string first_key = group_key(prefix);
  std::string first = token.empty() ? first_key : after_first(group_key(token));
  Page<Group> page;
  while (true) {
    const auto rows = co_await store_.scan(partition_of(account), first, meta::end_of_prefix(first_key), {});
    for (const auto& row : rows) {
      const std::string name = row.key.substr(2);
      first = after_first(row.key);
      if (name.find(contains) == std::string::npos) continue;
      if (page.items.size() == limit) {
        page.next_token = page.items.back().name;
        co_return page;
      }
      Group group = parse_group(name, row.value);
      const auto streams = co_await streams_of(account, name, "");
      for (const Stream& stream : streams) group.stored_bytes += stream.stored_bytes;
      page.items.push_back(std::move(group));
    }
    if (rows.empty()) co_return page;
  }
}

Task<void> Logs::set_retention(AccountId account, std::string name, std::optional<int> days) {
  static constexpr int allowed[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                    365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
  if (days && std::ranges::find(allowed, *days) == std::end(allowed)) {
    throw Error(errors::invalid_parameter, "1 validation error detected: Value '" + std::to_string(*days) +
                                               "' at 'retentionInDays' failed to satisfy constraint: Member must "
                                               "satisfy enum value set: the documented numbers of days");
  }
  for (int attempt = 0; attempt < max_races; ++attempt) {
    const auto row = co_await store_.get(partition_of(account), group_key(name));
    if (!row) no_group();
    Group group = parse_group(name, row->value);
    group.retention_days = days;
    meta::Batch batch;
    batch.require_version(row->key, row->version).put(row->key, group_value(group));
    const auto commit = co_await store_.commit(partition_of(account), std::move(batch));
    if (commit.applied) co_return;
  }
  lost_races();
}

// ---- streams

Task<void> Logs::create_stream(AccountId account, std::string group, std::string name) {
  if (!name_of_stream(name)) {
    throw Error(errors::invalid_parameter, "1 validation error detected: Value '" + name +
                                               "' at 'logStreamName' failed to satisfy constraint: Member must "
                                               "satisfy regular expression pattern: [^:*]*");
  }
  // The identity of a stream's events: a stream that is made again under the same name must not find old ones.
  Stream stream{.name = name, .id = random_.next(), .created = wall_.now()};
  meta::Batch batch;
  batch.require_present(group_key(group)).require_absent(stream_key(group, name));
  batch.put(stream_key(group, name), stream_value(stream));
  const auto commit = co_await store_.commit(partition_of(account), std::move(batch));
  if (commit.applied) co_return;
  co_await require_group(account, group);
  throw Error(errors::resource_already_exists, "The specified log stream already exists");
}

Task<std::optional<std::pair<Stream, std::uint64_t>>> Logs::find_stream(AccountId account, std::string group,
                                                                        std::string name) {
  const auto row = co_await store_.get(partition_of(account), stream_key(group, name));
  if (!row) co_return std::nullopt;
  co_return std::pair(parse_stream(name, row->value), row->version);
}

Task<std::vector<Stream>> Logs::streams_of(AccountId account, std::string group, std::string prefix) {
  const std::string first_key = stream_key(group, prefix);
  const std::size_t name_at = stream_prefix(group).size();
  std::vector<Stream> streams;
  std::string first = first_key;
  while (true) {
    const auto rows = co_await store_.scan(partition_of(account), first, meta::end_of_prefix(first_key), {});
    if (rows.empty()) co_return streams;
    for (const auto& row : rows) streams.push_back(parse_stream(row.key.substr(name_at), row.value));
    first = after_first(rows.back().key);
  }
}

Task<Page<Stream>> Logs::list_streams(AccountId account, std::string group, std::string prefix, StreamOrder order,
                                      bool descending, std::string token, std::size_t limit) {
  co_await require_group(account, group);
  auto streams = co_await streams_of(account, group, prefix);
  const auto key = [order](const Stream& stream) {
    const bool by_time = order == StreamOrder::last_event_time && stream.last_event;
    return std::pair<std::int64_t, std::string>(by_time ? to_millis(*stream.last_event) : 0, stream.name);
  };
  std::ranges::sort(streams, {}, key);
  if (descending) std::ranges::reverse(streams);
  // The time and name of the last one told, which may be gone, or elsewhere, by the next page.
  std::optional<std::pair<std::int64_t, std::string>> after;
  if (!token.empty()) {
    if (token.size() < sizeof(std::uint64_t)) {
      throw Error(errors::invalid_parameter, "The specified nextToken is invalid.");
    }
    Unpacker in(token);
    const auto time = static_cast<std::int64_t>(in.fixed64());
    after.emplace(time, token.substr(sizeof(std::uint64_t)));
  }
  Page<Stream> page;
  for (Stream& stream : streams) {
    if (after && (descending ? key(stream) >= *after : key(stream) <= *after)) continue;
    if (page.items.size() == limit) {
      const auto [time, name] = key(page.items.back());
      Packer(page.next_token).fixed64(static_cast<std::uint64_t>(time));
      page.next_token += name;
      break;
    }
    page.items.push_back(std::move(stream));
  }
  co_return page;
}

// ---- writing

namespace {

// Cuts off what PutLogEvents rejects by age; throws for what it refuses whole.
std::vector<Event> admitted(const Group& group, std::vector<Event> events, Timestamp now, PutResult& result) {
  using namespace std::chrono_literals;
  if (events.empty() || events.size() > max_batch_events) {
    throw Error(errors::invalid_parameter, "A batch holds 1 to 10000 log events.");
  }
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    bytes += events[i].message.size() + 26;
    if (events[i].message.empty() || events[i].message.size() + 26 > max_event_bytes) {
      throw Error(errors::invalid_parameter, "Log event too large: " + std::to_string(events[i].message.size() + 26) +
                                                 " bytes exceeds limit of 262144");
    }
    if (i > 0 && events[i].timestamp < events[i - 1].timestamp) {
      throw Error(errors::invalid_parameter,
                  "Log events in a single PutLogEvents request must be in chronological order.");
    }
  }
  if (bytes > max_batch_bytes) {
    throw Error(errors::invalid_parameter,
                "Upload too large: " + std::to_string(bytes) + " bytes exceeds limit of 1048576");
  }
  if (events.back().timestamp - events.front().timestamp > 24h) {
    throw Error(errors::invalid_parameter,
                "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  const auto before = [&events](Timestamp moment) {
    return static_cast<std::size_t>(std::ranges::lower_bound(events, moment, {}, &Event::timestamp) - events.begin());
  };
  const std::size_t too_old = before(now - 14 * 24h);
  const std::size_t expired = group.retention_days ? before(now - *group.retention_days * 24h) : 0;
  const std::size_t too_new = before(now + 2h + 1ms);
  if (too_old > 0) result.too_old_until = too_old;
  if (expired > 0) result.expired_until = expired;
  if (too_new < events.size()) result.too_new_from = too_new;
  const std::size_t first = std::min(std::max(too_old, expired), too_new);
  std::vector<Event> kept;
  for (std::size_t i = first; i < too_new; ++i) kept.push_back(std::move(events[i]));
  return kept;
}

// By timestamp, and as they came where that is equal.
std::vector<Event> in_order(std::vector<Event> events) {
  if (std::ranges::is_sorted(events, {}, &Event::timestamp)) return events;
  std::vector<std::pair<Timestamp, std::size_t>> order;
  for (std::size_t i = 0; i < events.size(); ++i) order.emplace_back(events[i].timestamp, i);
  std::ranges::sort(order);
  std::vector<Event> sorted;
  for (const auto& [time, place] : order) sorted.push_back(std::move(events[place]));
  return sorted;
}

void add_event_rows(Stream& stream, const std::vector<Event>& events, Timestamp now, meta::Batch& batch) {
  for (const Event& event : events) {
    const Position position{static_cast<std::uint64_t>(to_millis(event.timestamp)), stream.next_number++};
    batch.put(event_key(stream.id, position), event_value(now, event.message));
    batch.put(reverse_key(stream.id, position), {});
    stream.stored_bytes += event.message.size() + 26;
    if (!stream.first_event || event.timestamp < *stream.first_event) stream.first_event = event.timestamp;
    if (!stream.last_event || event.timestamp > *stream.last_event) stream.last_event = event.timestamp;
  }
  stream.last_ingestion = now;
}

}  // namespace

Task<PutResult> Logs::put(AccountId account, std::string group_name, std::string stream_name,
                          std::vector<Event> events) {
  const Group group = co_await require_group(account, group_name);
  PutResult result;
  const Timestamp now = wall_.now();
  const auto kept = admitted(group, std::move(events), now, result);
  for (int attempt = 0; attempt < max_races; ++attempt) {
    auto found = co_await find_stream(account, group_name, stream_name);
    if (!found) no_stream();
    if (kept.empty()) co_return result;
    auto& [stream, version] = *found;
    meta::Batch batch;
    batch.require_version(stream_key(group_name, stream_name), version);
    add_event_rows(stream, kept, now, batch);
    batch.put(stream_key(group_name, stream_name), stream_value(stream));
    const auto commit = co_await store_.commit(partition_of(account), std::move(batch));
    if (commit.applied) co_return result;
  }
  lost_races();
}

Task<void> Logs::write(AccountId account, std::string group, std::string stream, std::vector<Event> events) {
  static constexpr std::string_view cut_mark = " …[cut]";
  if (events.empty()) co_return;
  events = in_order(std::move(events));
  if (!co_await find_stream(account, group, stream)) {
    // Another writer may be quicker: that they exist is all that is wanted.
    meta::Batch make_group;
    make_group.require_absent(group_key(group))
        .put(group_key(group), group_value({.name = group, .created = wall_.now()}));
    (void)co_await store_.commit(partition_of(account), std::move(make_group));
    const Stream made{.name = stream, .id = random_.next(), .created = wall_.now()};
    meta::Batch make_stream;
    make_stream.require_absent(stream_key(group, stream)).put(stream_key(group, stream), stream_value(made));
    (void)co_await store_.commit(partition_of(account), std::move(make_stream));
  }
  std::vector<Event> batch;
  std::size_t bytes = 0;
  for (Event& event : events) {
    if (event.message.empty()) event.message = " ";
    if (event.message.size() + 26 > max_event_bytes) {
      event.message.resize(max_event_bytes - 26 - cut_mark.size());
      event.message += cut_mark;
    }
    const std::size_t size = event.message.size() + 26;
    const bool full = batch.size() == max_batch_events || bytes + size > max_batch_bytes ||
                      (!batch.empty() && event.timestamp - batch.front().timestamp > std::chrono::hours(24));
    if (full) {
      co_await put(account, group, stream, std::exchange(batch, {}));
      bytes = 0;
    }
    bytes += size;
    batch.push_back(std::move(event));
  }
  co_await put(account, group, stream, std::move(batch));
}

}  // namespace tarn::logs
