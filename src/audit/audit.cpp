#include "audit/audit.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"

namespace tarn::audit {
namespace {

using Json = nlohmann::json;
constexpr char format = '\x01';
constexpr std::size_t max_waiting = 50'000;
constexpr std::size_t max_batch_rows = 500;
constexpr std::size_t max_scanned_rows = 20'000;  // Of one LookupEvents.
constexpr auto kept = std::chrono::days(90);

// Newest first: the time counts down.
std::string row_key(Timestamp time, const std::string& id) {
  const auto descending = ~static_cast<std::uint64_t>(to_millis(time));
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>((descending >> shift) & 0xff);
  return key + id;
}

// Oldest first, for files.
std::string queue_key(Timestamp time, const std::string& id) {
  const auto millis = static_cast<std::uint64_t>(to_millis(time));
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>((millis >> shift) & 0xff);
  return key + id;
}

std::string day_of(Timestamp time) {
  return iso8601_seconds(time).substr(0, 10);
}

std::string prefix_of(const AccountId& account) {
  return "audit/" + account.text() + "/";
}

// What lookups filter by stands beside the record, so that they need not read it.
std::string row_of(const Record& record, const std::string& json) {
  return format + Json{{"id", record.id},
                       {"name", record.name},
                       {"source", record.source},
                       {"user", user_name(record.principal)},
                       {"key", record.principal.access_key_id},
                       {"time", to_millis(record.time)},
                       {"read_only", record.read_only},
                       {"management", record.management},
                       {"resources", record.resources},
                       {"json", json}}
                      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct Kept {
  Event event;
  bool management = true;
};

Kept read_row(const std::string& value) {
  if (value.empty() || value.front() != format) throw std::runtime_error("audit row of an unknown format");
  const Json json = Json::parse(std::string_view(value).substr(1));
  return {.event = {.id = json.at("id"),
                    .name = json.at("name"),
                    .source = json.at("source"),
                    .user = json.at("user"),
                    .access_key_id = json.at("key"),
                    .time = from_millis(json.at("time")),
                    .read_only = json.at("read_only"),
                    .resources = json.at("resources").get<std::vector<std::string>>(),
                    .json = json.at("json")},
          .management = json.at("management")};
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

meta::Partition Audit::records_of(const AccountId& account, Timestamp time) {
  return {prefix_of(account) + day_of(time)};
}

void Audit::complete(Record& record) {
  if (record.id.empty()) record.id = random_.uuid();
}

void Audit::append(meta::Batch& batch, Record record) {
  complete(record);
  batch.put(row_key(record.time, record.id), row_of(record, to_json(record)));
}

void Audit::record(Record record) {
  if (record.account.text().empty()) return;
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= max_waiting) {
    if (dropped_++ % 10'000 == 0) log::error("audit records are dropped: the buffer is full", {{"dropped", dropped_}});
    return;
  }
  waiting_.push_back(std::move(record));
}

std::optional<std::vector<Record>> Audit::take() {
  const std::scoped_lock lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  return std::exchange(waiting_, {});
}

Task<void> Audit::flush() {
  auto taken = take();
  if (!taken) co_return;
  std::map<std::string, std::vector<std::pair<meta::RowKey, meta::RowValue>>> rows;
  for (Record& record : *taken) {
    complete(record);
    const std::string json = to_json(record);
    // Data events are in the history only where they were denied; a trail has what it selects.
    if (record.management || !record.denials.empty() || record.error_code == "AccessDenied") {
      rows[records_of(record.account, record.time).name].emplace_back(row_key(record.time, record.id),
                                                                      row_of(record, json));
    }
    for (const std::string& trail : trails_.selecting(record)) {
      rows[Trails::queue_of(record.account, trail).name].emplace_back(queue_key(record.time, record.id), format + json);
    }
  }
  for (auto& [partition, changes] : rows) {
    for (std::size_t first = 0; first < changes.size(); first += max_batch_rows) {
      meta::Batch batch;
      for (std::size_t i = first; i < std::min(first + max_batch_rows, changes.size()); ++i) {
        batch.put(std::move(changes[i].first), std::move(changes[i].second));
      }
      [[maybe_unused]] const meta::Commit written = co_await store_.commit({partition}, std::move(batch));
    }
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
    meta::RowKey first = place && place->day == day ? place->key + '\0' : row_key(newest, "");
    while (true) {
      const auto rows = co_await store_.scan({prefix + day}, first, {}, {.max_rows = 200});
      if (rows.empty()) break;
      for (const meta::Row& row : rows) {
        Kept kept_row = read_row(row.value);
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
