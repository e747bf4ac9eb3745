// audit: who did what, and who was refused.
//
// A record of every management call and of every denial, kept 90 days in rows of audit/<account>/<day>, newest first,
// and delivered to the buckets of the trails that select it (trails.h). Records of calls are buffered in memory and
// written several times a second: nobody waits for a disk, and a crash may cut the last second. A change whose record
// must not be lost with it puts the record's row in its own commit, with append(). Never a secret, never a body.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audit/record.h"
#include "audit/trails.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "base/task.h"
#include "meta/store.h"

namespace tarn::audit {

enum class LookupKey {
  event_id,
  event_name,
  read_only,
  user_name,
  resource_type,
  resource_name,
  event_source,
  access_key_id
};

struct Lookup {
  std::optional<std::pair<LookupKey, std::string>> attribute;
  std::optional<Timestamp> first;
  std::optional<Timestamp> last;
  std::size_t max = 50;
  std::string token;  // Of the page before.
};

// A management event as it is kept.
struct Event {
  std::string id;
  std::string name;
  std::string source;
  std::string user;
  std::string access_key_id;
  Timestamp time;
  bool read_only = true;
  std::vector<std::string> resources;
  std::string json;
};

struct EventPage {
  std::vector<Event> events;
  std::string token;  // Empty: there are no more.
};

class Audit {
 public:
  Audit(meta::Store& store, const Clock& wall, Random& random)
      : store_(store), wall_(wall), random_(random), trails_(store, wall, random) {}

  // Reads the trails. Before anything else.
  Task<void> open() { return trails_.open(); }

  // Takes the record into the buffer; never waits and never throws. Records of no account (the anonymous) are the
  // log's, not an account's. A full buffer drops records and says so in the log.
  void record(Record record);

  // Writes what is buffered. Several times a second, and at the end.
  Task<void> flush();
  // Removes what is older than 90 days. Once a day.
  Task<void> expire();

  // Newest first. Throws Error InvalidNextTokenException.
  Task<EventPage> lookup(AccountId account, Lookup query);

  // Adds the record to a commit of the partition that records_of(account, time) names.
  void append(meta::Batch& batch, Record record);
  static meta::Partition records_of(const AccountId& account, Timestamp time);

  Trails& trails() { return trails_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::optional<std::vector<Record>> take();
  void complete(Record& record);

  meta::Store& store_;
  const Clock& wall_;
  Random& random_;
  Trails trails_;
  std::mutex mutex_;
  std::vector<Record> waiting_;
  std::uint64_t dropped_ = 0;
};

}  // namespace tarn::audit
