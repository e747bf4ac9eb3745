// notify: from what changed in a bucket to whoever wants to know: EventBridge, queues, webhooks.
//
// Objects writes an outbox row with each change's own commit. The notifier takes the rows in order and removes each
// once everyone who wants it has it, or has a durable delivery of their own that is tried until it succeeds: none is
// lost between the two, and what is told twice after a crash has the same id both times. A delivery that fails too
// often is kept as a dead one. What became of each is in the log of deliveries.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "events/events.h"
#include "meta/store.h"
#include "objects/notification.h"
#include "objects/objects.h"
#include "objects/outbox.h"
#include "work/work.h"

namespace tarn::notify {

// What became of one delivery; for the bucket's owner.
struct LogLine {
  AccountId account;
  std::string bucket;
  Timestamp time;
  std::string text;  // JSON.
};
// A delivery that was given up.
struct DeadDelivery {
  std::string id;
  std::string target;
  std::string event;
  std::string key;
  std::string configuration;
  std::string error;
  std::uint32_t attempts = 0;
  Timestamp created;
};
inline constexpr std::size_t max_dead_shown = 1'000;

// Keeps the lines; lines of the last half second may be lost in a crash. Joined in app.
using KeepLog = std::function<Task<void>(std::vector<LogLine> lines)>;

class Notifier : public objects::ChangeHook {
 public:
  // Works beside the queue's items. Stop the queue first.
  Notifier(meta::Store& store, work::Queue& queue, events::Events& events, const Clock& wall, KeepLog keep_log = {});
  ~Notifier() override;

  // Before the queue starts: whom buckets may tell beside EventBridge.
  void add_target(events::Target& target);

  // Begins to tell. Objects are made with this hook, so they come after it.
  void watch(objects::Objects& objects);

  // A change of a bucket with notifications is about to commit: where the store cannot tell of its rows, look there.
  void add(const policy::Access& access, std::string_view operation, const objects::ObjectVersion& version,
           meta::Batch& batch) override;

  // Can the bucket tell this target? Sends it s3:TestEvent; why not, or empty.
  Task<std::string> try_target(const objects::Bucket& bucket, std::string arn, std::string request_id);

  // Deliveries of a bucket that were given up, at most max_dead_shown.
  Task<std::vector<DeadDelivery>> dead_deliveries(const objects::Bucket& bucket);
  // Gives all of them another life; how many.
  Task<std::size_t> revive(const objects::Bucket& bucket);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

// The event that a change is, as EventBridge has it. `place` names the row and makes the id.
events::Event event_of(const objects::ChangeRecord& record, std::string_view place);

// The message that a change is, as S3 sends it to queues.
std::string message_of(const objects::ChangeRecord& record, std::string_view configuration_id);

}  // namespace tarn::notify
