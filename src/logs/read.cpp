// Reading events: one stream in pages both ways, several streams merged, and the end of what has expired.
#include <algorithm>
#include <limits>
#include <queue>

#include "logs/logs.h"
#include "logs/rows.h"

namespace tarn::logs {

namespace {

constexpr std::uint64_t end_of_time = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t max_page_events = 10000;
// GetLogEvents answers at most 1 MiB.
constexpr std::size_t max_page_bytes = 1 << 20;
// How many events one FilterLogEvents looks at before it answers with a token.
constexpr std::size_t max_examined = 50000;

[[noreturn]] void no_stream() {
  throw Error(errors::resource_not_found, "The specified log stream does not exist.");
}
[[noreturn]] void bad_token() {
  throw Error(errors::invalid_parameter, "The specified nextToken is invalid.");
}

std::uint64_t millis_of(Timestamp time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_millis(time)));
}

Position next_position(Position position) {
  return position.number == end_of_time ? Position{position.millis + 1, 0}
                                        : Position{position.millis, position.number + 1};
}

void check_limit(std::size_t limit) {
  if (limit == 0 || limit > max_page_events) {
    throw Error(errors::invalid_parameter, "limit must be between 1 and 10000.");
  }
}

}  // namespace

// Tokens: "f/" and a position: what comes after it; "b/" and a position: what comes before it.
Task<EventPage> Logs::read(AccountId account, std::string group, std::string stream_name, ReadOptions options) {
  check_limit(options.limit);
  co_await require_group(account, group);
  const auto found = co_await find_stream(account, group, stream_name);
  if (!found) no_stream();
  const std::uint64_t id = found->first.id;

  Position low{options.start ? millis_of(*options.start) : 0, 0};
  Position high{options.end ? millis_of(*options.end) : end_of_time, 0};
  bool forward = options.from_head;
  Position from{};
  if (!options.token.empty()) {
    const auto position =
        parse_position(std::string_view(options.token).substr(std::min<std::size_t>(2, options.token.size())));
    forward = options.token.starts_with("f/");
    if (!position || (!forward && !options.token.starts_with("b/"))) bad_token();
    from = *position;
    if (forward) {
      low = std::max(low, next_position(from));
    } else {
      high = std::min(high, from);
    }
  }

  EventPage page;
  if (!forward && low < high) {
    // The newest `limit` events before `high`: their keys alone, newest first. The page begins at the oldest of them.
    const Position newest =
        high.number == 0 ? Position{high.millis - 1, end_of_time} : Position{high.millis, high.number - 1};
    std::string first = reverse_key(id, newest);
    const std::string last = reverse_key(id, low) + '\0';
    std::size_t left = options.limit;
    Position start = high;
    while (left > 0) {
      const auto rows =
          co_await store_.scan(partition_of(account), first, last, {.max_rows = std::min<std::size_t>(left, 1000)});
      if (rows.empty()) break;
      start = position_of_reverse_key(rows.back().key);
      left -= rows.size();
      first = rows.back().key + '\0';
    }
    low = start;
  }
  std::size_t bytes = 0;
  std::string first = event_key(id, low);
  const std::string last = event_key(id, high);
  Position newest{};
  Position oldest{};
  bool full = false;
  while (low < high && !full) {
    const auto rows = co_await store_.scan(partition_of(account), first, last, {.max_rows = 1000});
    if (rows.empty()) break;
    for (const auto& row : rows) {
      bytes += row.value.size() + 26;
      full = page.events.size() == options.limit || (bytes > max_page_bytes && !page.events.empty());
      if (full) break;
      if (page.events.empty()) oldest = position_of_event_key(row.key);
      newest = position_of_event_key(row.key);
      page.events.push_back(parse_event(row.key, row.value, stream_name));
      first = row.key + '\0';
    }
  }
  if (page.events.empty()) {
    // At the end of the stream a reader gets back the token that it came with.
    const Position here = options.token.empty() ? (forward ? low : high) : from;
    if (options.token.empty() && forward && here.number == 0 && here.millis > 0) {
      newest = {here.millis - 1, end_of_time};
    } else {
      newest = here;
    }
    oldest = here;
  }
  page.forward_token = "f/" + position_text(newest);
  page.backward_token = "b/" + position_text(oldest);
  co_return page;
}

namespace {

// The events of one stream from a position on, fetched as they are wanted.
struct Feed {
  Stream stream;
  std::string first;
  std::string last;
  std::vector<meta::Row> rows;
  std::size_t at = 0;
  bool done = false;
};

// Where a merged page ended: the last event that was looked at.
std::string filter_token(const StoredEvent& event) {
  return event.id.substr(16) + "/" + event.stream;
}

}  // namespace

Task<Page<StoredEvent>> Logs::filter(AccountId account, std::string group, FilterOptions options) {
  check_limit(options.limit);
  const auto pattern = FilterPattern::parse(options.pattern);
  co_await require_group(account, group);
  std::vector<Stream> streams;
  if (options.streams.empty()) {
    streams = co_await streams_of(account, group, options.stream_prefix);
  } else {
    if (!options.stream_prefix.empty()) {
      throw Error(errors::invalid_parameter, "logStreamNames and logStreamNamePrefix exclude each other.");
    }
    for (const std::string& name : options.streams) {
      const auto found = co_await find_stream(account, group, name);
      if (!found) no_stream();
      streams.push_back(found->first);
    }
  }
  // Events of one moment come in the order of (number, stream): the token names the last one.
  Position after{};
  std::string after_stream;
  if (!options.token.empty()) {
    const auto position = parse_position(std::string_view(options.token).substr(0, 32));
    if (!position || options.token.size() < 33 || options.token[32] != '/') bad_token();
    after = *position;
    after_stream = options.token.substr(33);
  }
  const Position low = std::max(Position{options.start ? millis_of(*options.start) : 0, 0}, after);
  // FilterLogEvents takes events with a timestamp up to and with endTime.
  const Position high{options.end ? millis_of(*options.end) + 1 : end_of_time, 0};

  std::vector<Feed> feeds;
  for (Stream& stream : streams) {
    const bool outside = !stream.last_event || millis_of(*stream.last_event) < low.millis;
    if (outside) continue;
    const bool seen = !options.token.empty() && low == after && stream.name <= after_stream;
    feeds.push_back({.stream = stream,
                     .first = event_key(stream.id, seen ? next_position(low) : low),
                     .last = event_key(stream.id, high)});
  }
  const auto refill = [&](Feed& feed) -> Task<void> {
    if (feed.done || feed.at < feed.rows.size()) co_return;
    feed.rows = co_await store_.scan(partition_of(account), feed.first, feed.last, {.max_rows = 500});
    feed.at = 0;
    if (feed.rows.empty()) {
      feed.done = true;
    } else {
      feed.first = feed.rows.back().key + '\0';
    }
  };
  Page<StoredEvent> page;
  std::size_t examined = 0;
  std::size_t bytes = 0;
  while (true) {
    Feed* next = nullptr;
    for (Feed& feed : feeds) {
      co_await refill(feed);
      if (feed.done) continue;
      const auto order = [](const Feed& f) {
        return std::pair(position_of_event_key(f.rows[f.at].key), std::cref(f.stream.name).get());
      };
      if (!next || order(feed) < order(*next)) next = &feed;
    }
    if (!next) co_return page;
    const auto& row = next->rows[next->at++];
    StoredEvent event = parse_event(row.key, row.value, next->stream.name);
    std::string token = filter_token(event);
    if (pattern.matches(event.message)) {
      bytes += event.message.size() + 26;
      page.items.push_back(std::move(event));
    }
    if (page.items.size() == options.limit || bytes >= max_page_bytes || ++examined == max_examined) {
      page.next_token = std::move(token);
      co_return page;
    }
  }
}

Task<std::size_t> Logs::expire(std::size_t max_events) {
  std::size_t removed = 0;
  std::string after;
  while (true) {
    const auto partitions = co_await store_.partitions("logs/", after, 100);
    if (partitions.empty()) co_return removed;
    after = partitions.back().name;
    for (const auto& partition : partitions) {
      const auto account = AccountId::parse(partition.name.substr(5));
      if (!account) continue;
      const auto rows = co_await store_.scan(partition, "g/", meta::end_of_prefix("g/"), {.max_rows = 10000});
      for (const auto& row : rows) {
        const Group group = parse_group(row.key.substr(2), row.value);
        if (!group.retention_days) continue;
        const Position end{millis_of(wall_.now() - std::chrono::days(*group.retention_days)), 0};
        const auto streams = co_await streams_of(*account, group.name, "");
        for (const Stream& stream : streams) {
          if (removed >= max_events) co_return removed;
          const auto events = co_await store_.scan(partition, event_prefix(stream.id), event_key(stream.id, end),
                                                   {.max_rows = std::min<std::size_t>(2000, max_events - removed)});
          if (events.empty()) continue;
          meta::Batch batch;
          for (const auto& event : events) {
            batch.remove(event.key);
            batch.remove(reverse_key(stream.id, position_of_event_key(event.key)));
          }
          (void)co_await store_.commit(partition, std::move(batch));
          removed += events.size();
        }
      }
    }
  }
}

}  // namespace tarn::logs
