// queues: message queues as SQS has them, standard and FIFO.
//
// What callers may rely on:
//  - A message whose sending returned is durable, and so is a deletion, a receive count and a visibility timeout: after
//  a
//    crash no acknowledged message is lost, and none whose deletion was acknowledged comes back.
//  - Delivery is at least once. In FIFO queues the messages of a group come in order, one holder at a time, and what is
//    sent twice within five minutes under one deduplication id is one message.
//  - Every function asks `access` for sqs:<Action> on the queue's ARN; a queue's policy speaks as resource policy.
//
// Rows of partition queues/<account>:
//   q/<name>                  a queue: its id (never reused), attributes, tags
// Rows of partition queue/<id>:
//   s/<sequence>              a message's state: due, receive count, receipt, group
//   m/<sequence><piece>       its content, which never changes, in pieces of 512 KiB
//   d/<deduplication id>      FIFO: what was sent under it, and until when that counts
//
// Which messages there are and when each is due is also in memory, from a queue's first use on (index.h).
#pragma once

#include <cstdint>
#include <expected>
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
#include "meta/store.h"
#include "policy/access.h"
#include "queues/message.h"
#include "queues/settings.h"
#include "work/work.h"

namespace tarn::queues {

namespace errors {
inline constexpr ErrorCode queue_does_not_exist{"QueueDoesNotExist", 400};
inline constexpr ErrorCode queue_name_exists{"QueueNameExists", 400};
inline constexpr ErrorCode invalid_address{"InvalidAddress", 400};
inline constexpr ErrorCode receipt_handle_is_invalid{"ReceiptHandleIsInvalid", 400};
inline constexpr ErrorCode message_not_inflight{"MessageNotInflight", 400};
inline constexpr ErrorCode purge_queue_in_progress{"PurgeQueueInProgress", 400};
inline constexpr ErrorCode over_limit{"OverLimit", 400};
}  // namespace errors

// Limits that are not settings of a queue.
inline constexpr std::size_t max_batch = 10;
inline constexpr std::size_t max_in_flight = 120'000;
inline constexpr std::size_t max_messages = 10'000'000;  // Each costs memory.
inline constexpr std::int64_t max_visibility_seconds = 43'200;
inline constexpr std::int64_t max_wait_seconds = 20;
inline constexpr std::size_t max_tags = 50;

struct Queue {
  AccountId owner = AccountId::trusted({});
  std::string name;
  std::string id;
  Timestamp created;
  Timestamp modified;
  Attributes attributes;  // As they were set.
  std::map<std::string, std::string> tags;
  Settings settings;          // What the attributes mean.
  std::uint64_t version = 0;  // Of its row.
};
using QueuePointer = std::shared_ptr<const Queue>;

// What a queue's URL or ARN names.
struct Address {
  AccountId owner;
  std::string name;
};

struct Counts {
  std::size_t visible = 0;
  std::size_t in_flight = 0;
  std::size_t delayed = 0;
};

struct QueuePage {
  std::vector<QueuePointer> queues;
  std::string next;  // Empty on the last page.
};

struct ReceiveRequest {
  std::size_t max = 1;
  std::optional<std::int64_t> visibility_timeout;
  std::optional<std::int64_t> wait_seconds;
};

// Of one entry of a batch.
template <typename T>
using Outcome = std::expected<T, Error>;

struct Dependencies {
  meta::Store& store;
  work::Queue& queue;  // Runs what must follow later, and the clock of those who wait.
  const Clock& lake;
  Random& random;
  std::string region;
};

class Queues {
 public:
  // Registers its kinds of work: before the queue starts. Stop the queue first.
  explicit Queues(Dependencies dependencies);
  ~Queues();
  Queues(const Queues&) = delete;
  Queues& operator=(const Queues&) = delete;

  // ---- queues.cpp

  // The same queue again if it has the same attributes already; else queue_name_exists.
  Task<QueuePointer> create(const policy::Access& access, std::string name, Attributes attributes,
                            std::map<std::string, std::string> tags);
  // queue_does_not_exist. `action` is the IAM action that the caller needs.
  Task<QueuePointer> find(const policy::Access& access, Address address, std::string action);
  Task<QueuePage> list(const policy::Access& access, std::string prefix, std::string after, std::size_t max);
  Task<void> remove(const policy::Access& access, Address address);
  Task<void> set_attributes(const policy::Access& access, Address address, Attributes attributes);
  Task<void> set_tags(const policy::Access& access, Address address, std::map<std::string, std::string> add,
                      std::vector<std::string> remove);
  // Asks for nothing: the queue in hand was asked for.
  Task<Counts> count(const Queue& queue);
  // Removes all messages; purge_queue_in_progress within a minute of the last time.
  Task<void> purge(const policy::Access& access, Address address);

  // ---- messages.cpp

  Task<Sent> send(const policy::Access& access, Address address, NewMessage message);
  // Each stands for itself; all that were sent are durable together. At most max_batch.
  Task<std::vector<Outcome<Sent>>> send_all(const policy::Access& access, Address address,
                                            std::vector<NewMessage> messages);
  // Waits for the first message as long as the request or the queue says. over_limit.
  Task<std::vector<Message>> receive(const policy::Access& access, Address address, ReceiveRequest request);
  // Deleting what is gone is success.
  Task<void> remove_message(const policy::Access& access, Address address, std::string receipt);
  Task<std::vector<std::optional<Error>>> remove_messages(const policy::Access& access, Address address,
                                                          std::vector<std::string> receipts);
  Task<void> change_visibility(const policy::Access& access, Address address, std::string receipt,
                               std::int64_t seconds);

  // Without asking anybody: for policies, which are what asking is made of, and for checks of targets.
  Task<QueuePointer> peek(Address address);

  std::string arn(const AccountId& owner, std::string_view name) const;
  std::string arn(const Queue& queue) const { return arn(queue.owner, queue.name); }

  struct State;

 private:
  std::unique_ptr<State> state_;
};

// arn:aws:sqs:<region>:<account>:<name>; none for other ARNs.
std::optional<Address> address_of_arn(std::string_view arn);
// The account and name at the end of a queue's URL, whatever its host; none if it has none.
std::optional<Address> address_of_url(std::string_view url);

}  // namespace tarn::queues
