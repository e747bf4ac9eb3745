// logs::Logs keeps log groups, their streams, and the events of each: what crawlers, queries, training jobs and
// endpoints said, and what clients put.
//
// An event is durable when put() returns. Events of a stream are ordered by their timestamp and, where equal, by
// arrival. The dispatcher has authorized the group's ARN before any of this is called, and nothing further hangs on a
// stream or an event; Tarn's own writers name the account that they work for.
//
// Rows of partition "logs/<account>":
//   g/<group>                                 the group
//   s/<group> 0 <stream>                      the stream, with its id and counter
//   e/<stream id><timestamp><number>          an event
//   r/<stream id><~timestamp><~number>        nothing: the same events newest first, for reading from the end
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/names.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "base/task.h"
#include "logs/filter_pattern.h"
#include "meta/store.h"

namespace tarn::logs {

namespace errors {
inline constexpr ErrorCode invalid_parameter{"InvalidParameterException", 400};
inline constexpr ErrorCode resource_not_found{"ResourceNotFoundException", 400};
inline constexpr ErrorCode resource_already_exists{"ResourceAlreadyExistsException", 400};
inline constexpr ErrorCode operation_aborted{"OperationAbortedException", 400};
}  // namespace errors

// CloudWatch Logs' quotas of PutLogEvents.
inline constexpr std::size_t max_batch_events = 10000;
inline constexpr std::size_t max_batch_bytes = 1048576;  // With 26 bytes counted for each event.
inline constexpr std::size_t max_event_bytes = 262144;

struct Event {
  Timestamp timestamp;
  std::string message;
};

struct StoredEvent {
  Timestamp timestamp;
  Timestamp ingested;
  std::string message;
  std::string stream;
  std::string id;  // Unique in the group; the same at every reading.
};

struct Group {
  std::string name;
  Timestamp created;
  std::optional<int> retention_days;
  std::uint64_t stored_bytes = 0;
  std::map<std::string, std::string> tags;
};

struct Stream {
  std::string name;
  std::uint64_t id = 0;
  Timestamp created;
  std::optional<Timestamp> first_event;
  std::optional<Timestamp> last_event;
  std::optional<Timestamp> last_ingestion;
  std::uint64_t next_number = 0;
  std::uint64_t stored_bytes = 0;
};

struct PutResult {
  // Indexes into the batch of what was not taken, as PutLogEvents' RejectedLogEventsInfo tells it.
  std::optional<std::size_t> too_new_from;   // This one and all after it: more than 2 hours ahead.
  std::optional<std::size_t> too_old_until;  // All before this one: older than 14 days.
  std::optional<std::size_t> expired_until;  // All before this one: older than the group's retention.
};

template <typename T>
struct Page {
  std::vector<T> items;
  std::string next_token;  // Empty: that was all.
};

struct EventPage {
  std::vector<StoredEvent> events;  // Oldest first.
  std::string forward_token;
  std::string backward_token;
};

struct ReadOptions {
  std::optional<Timestamp> start;  // This moment and later.
  std::optional<Timestamp> end;    // Before this moment.
  std::string token;               // From an earlier page.
  bool from_head = false;
  std::size_t limit = 10000;
};

struct FilterOptions {
  std::vector<std::string> streams;  // None: all of the group, or those with `stream_prefix`.
  std::string stream_prefix;
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
  std::string pattern;
  std::string token;
  std::size_t limit = 10000;
};

enum class StreamOrder { name, last_event_time };

class Logs {
 public:
  Logs(meta::Store& store, const Clock& wall) : store_(store), wall_(wall) {}

  Task<void> create_group(AccountId account, std::string name, std::map<std::string, std::string> tags = {});
  Task<void> delete_group(AccountId account, std::string name);
  Task<std::optional<Group>> find_group(AccountId account, std::string name);
  Task<Page<Group>> list_groups(AccountId account, std::string prefix, std::string contains, std::string token,
                                std::size_t limit);
  // None: events never expire.
  Task<void> set_retention(AccountId account, std::string group, std::optional<int> days);

  Task<void> create_stream(AccountId account, std::string group, std::string stream);
  Task<Page<Stream>> list_streams(AccountId account, std::string group, std::string prefix, StreamOrder order,
                                  bool descending, std::string token, std::size_t limit);

  // Events in chronological order, within the quotas; refused as a whole otherwise.
  Task<PutResult> put(AccountId account, std::string group, std::string stream, std::vector<Event> events);

  // For Tarn's own writers: makes group and stream when they are missing, cuts what exceeds the quotas into several
  // batches and orders it. Long messages are cut with a mark.
  Task<void> write(AccountId account, std::string group, std::string stream, std::vector<Event> events);

  Task<EventPage> read(AccountId account, std::string group, std::string stream, ReadOptions options);
  // Events of several streams in the order of their timestamps.
  Task<Page<StoredEvent>> filter(AccountId account, std::string group, FilterOptions options);

  // Removes events older than their group's retention, of all accounts. For a sweep now and then; bounded by
  // `max_events` a call, and tells how many it removed.
  Task<std::size_t> expire(std::size_t max_events);

 private:
  Task<Group> require_group(AccountId account, std::string name);
  Task<std::optional<std::pair<Stream, std::uint64_t>>> find_stream(AccountId account, std::string group,
                                                                    std::string stream);
  Task<std::vector<Stream>> streams_of(AccountId account, std::string group, std::string prefix);
  Task<void> remove_stream_events(AccountId account, std::uint64_t id);

  meta::Store& store_;
  const Clock& wall_;
  SystemRandom random_;
};

}  // namespace tarn::logs
