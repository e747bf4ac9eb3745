// notify: from what changed in a bucket to the events that tell of it.
//
// Objects writes an outbox row with each change's own commit. The notifier turns the rows, in order, into EventBridge
// events, and removes each once its deliveries are durable: none is lost between the two, and one that is told twice
// after a crash has the same id both times.
#pragma once

#include <memory>
#include <string>

#include "events/events.h"
#include "meta/store.h"
#include "objects/objects.h"
#include "objects/outbox.h"
#include "work/work.h"

namespace tarn::notify {

class Notifier : public objects::ChangeHook {
 public:
  // Works beside the queue's items. Stop the queue first.
  Notifier(meta::Store& store, work::Queue& queue, events::Events& events);
  ~Notifier() override;

  // Begins to tell. Objects are made with this hook, so they come after it.
  void watch(objects::Objects& objects);

  // A change of a bucket with notifications is about to commit: where the store cannot tell of its rows, look there.
  void add(const policy::Access& access, std::string_view operation, const objects::ObjectVersion& version,
           meta::Batch& batch) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The event that a change is, as EventBridge has it. `place` names the row and makes the id.
events::Event event_of(const objects::ChangeRecord& record, std::string_view place);

}  // namespace tarn::notify
