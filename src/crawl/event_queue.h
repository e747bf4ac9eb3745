// The queue of a crawler in event mode: which objects its bucket says have changed.
//
// https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-event-notifications.html
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "policy/access.h"
#include "queues/queues.h"

namespace tarn::crawl {

struct ChangedObject {
  std::string bucket;
  std::string key;
};

// The changes that a message tells of: S3's records, as the bucket or a rule of EventBridge sends them. Empty for
// s3:TestEvent; none for what is neither.
std::optional<std::vector<ChangedObject>> changes_in(std::string_view message);

// The messages of one crawl. They are hidden while it runs, and deleted once it has done what they ask for: a crawl
// that is cut off leaves them to the next.
class EventQueue {
 public:
  static constexpr std::size_t max_messages = 100'000;

  // All as the crawler's role, which needs sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility.
  EventQueue(queues::Queues& queues, const policy::Access& access, const std::string& arn,
             const std::optional<std::string>& dead_letter_arn);

  // Reads what is there now, at most max_messages.
  Task<void> read(std::stop_token stop);
  const std::vector<ChangedObject>& changes() const { return changes_; }
  std::size_t messages() const { return handles_.size(); }
  std::size_t unreadable() const { return unreadable_; }

  Task<void> acknowledge();
  Task<void> give_back();

 private:
  Task<void> take(queues::Message message);

  queues::Queues& queues_;
  const policy::Access& access_;
  queues::Address address_;
  std::optional<queues::Address> dead_letters_;
  std::vector<std::string> handles_;
  std::vector<ChangedObject> changes_;
  std::size_t unreadable_ = 0;
};

// Throws InvalidInputException for what is no queue.
queues::Address event_queue_address(const std::string& arn);

}  // namespace tarn::crawl
