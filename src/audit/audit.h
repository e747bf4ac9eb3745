// audit: who did what, and who was refused.
//
// A record of every management call and of every denial, kept 90 days in rows of audit/<account>/<day>, newest first,
// and delivered to the buckets of the trails that select it (trails.h). Records are buffered in memory and written
// several times a second: nobody waits for a disk. What a call changes carries its record in the same commit
// (underway.h); of calls that change nothing, and of denials, a crash may cut the last second. Never a secret, never a
// body.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audit/filing.h"
#include "audit/record.h"
#include "audit/trails.h"
#include "audit/underway.h"
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

struct EventPage {
  std::vector<Event> events;
  std::string token;  // Empty: there are no more.
};

class Audit {
 public:
  Audit(meta::Store& store, const Clock& wall, Random& random)
      : store_(store), wall_(wall), random_(random), trails_(store, wall, random) {}

  // Reads the trails, and files the records of calls that a crash cut off from their end. Before anything else.
  Task<void> open();

  // A call that may change something begins: to go along with its task, and then with its whole record.
  std::unique_ptr<Underway> begin(Record record);

  // Takes the record into the buffer; never waits and never throws. Records of no account (the anonymous) are the
  // log's, not an account's. A full buffer drops records and says so in the log; those of changes are in their notes.
  void record(Record record, std::unique_ptr<Underway> begun = nullptr);

  // Writes what is buffered, after those who began to before: on return all that was recorded before the call is
  // written. Several times a second, and at the end. What could not be written stays buffered.
  Task<void> flush();
  // Removes what is older than 90 days. Once a day.
  Task<void> expire();

  // Newest first. Throws Error InvalidNextTokenException.
  Task<EventPage> lookup(AccountId account, Lookup query);

  Trails& trails() { return trails_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Waiting {
    Record record;
    std::vector<meta::Partition> places;  // Where notes of it may lie.
  };

  Task<void> turn_to_flush();
  void end_turn();
  Task<void> flush_taken(std::vector<Waiting> taken);
  std::vector<Waiting> take();
  void put_back(std::vector<Waiting> taken);
  Task<void> write(const std::vector<Waiting>& taken);
  Task<void> remove_notes(const std::vector<Waiting>& written);
  Task<void> file_notes(meta::Partition notes);

  meta::Store& store_;
  const Clock& wall_;
  Random& random_;
  Trails trails_;
  std::mutex mutex_;
  std::vector<Waiting> waiting_;
  bool flushing_ = false;
  std::deque<OneShot<std::monostate>*> turns_;  // Of those who flush next.
  std::uint64_t dropped_ = 0;
};

}  // namespace tarn::audit
