// events: EventBridge's rules, and how an event reaches what they name.
//
// An event is accepted once it is matched against the rules of its bus and each delivery that follows is a durable work
// item; from there on a delivery is tried until its target took it, its retry policy gave up, or its rule is gone.
// Deliveries are at least once: a target is told the event's id and may be told it again.
#pragma once

#include <functional>
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
#include "events/pattern.h"
#include "meta/store.h"
#include "policy/access.h"
#include "work/work.h"

namespace tarn::events {

namespace errors {
inline constexpr ErrorCode resource_not_found{"ResourceNotFoundException", 400};
inline constexpr ErrorCode validation{"ValidationException", 400};
inline constexpr ErrorCode limit_exceeded{"LimitExceededException", 400};
inline constexpr ErrorCode concurrent_modification{"ConcurrentModificationException", 400};
}  // namespace errors

struct Event {
  std::string id;  // A UUID; deliveries of one event to one target carry it.
  std::string source;
  std::string detail_type;
  AccountId account = AccountId::trusted({});
  Timestamp time;
  std::string region;
  std::vector<std::string> resources;
  std::string detail;  // A JSON object as text.

  // The event as targets and patterns see it.
  std::string json() const;
};

struct InputTransformer {
  std::map<std::string, std::string> paths;
  std::string text;
};

struct RuleTarget {
  std::string id;
  std::string arn;
  std::optional<std::string> role_arn;
  std::optional<std::string> input;
  std::optional<std::string> input_path;
  std::optional<InputTransformer> transformer;
  std::int64_t max_attempts = 185;
  std::int64_t max_age_seconds = 86'400;
  std::optional<std::string> dead_letter_arn;  // A queue that gets what could not be delivered.
  std::optional<std::string> group;            // The message group, of FIFO queues.
};

struct Rule {
  std::string name;
  std::string bus = "default";
  std::string arn;
  std::optional<std::string> pattern;
  std::optional<std::string> schedule;
  std::optional<std::string> description;
  std::optional<std::string> role_arn;
  bool enabled = true;
  std::string schedule_id = {};  // New whenever its schedule begins anew; empty: it fires by events only, or not now.
};

template <typename T>
struct Page {
  std::vector<T> items;
  std::string next;  // Empty on the last page.
};

struct TargetFailure {
  std::string id;
  std::string code;
  std::string message;
};

// One event on its way to one target.
struct Delivery {
  const policy::Access* role = nullptr;  // The rule's, if it has one. Lives until the delivery is over.
  std::string arn;                       // The target's.
  std::string event_id;                  // Of an event that is told twice the same.
  std::string input;
  std::string group = {};                              // SqsParameters' MessageGroupId.
  std::map<std::string, std::string> attributes = {};  // What is said beside the input: of dead letters, why.
  // Who sends, as resource policies know it: "events.amazonaws.com", a rule's ARN.
  std::string sender = {};
  std::string source_arn = {};
  std::string source_account = {};
};

// Something that events can be delivered to: Glue workflows, queues, webhooks.
class Target {
 public:
  virtual ~Target() = default;
  // Is this ARN one of its resources' (by form)?
  virtual bool owns(std::string_view arn) const = 0;
  virtual bool needs_role() const = 0;
  // Hands the event over: durable on return, and harmless when it comes twice. Throws Error where it never can be (the
  // resource is gone, the role may not), anything else where it is worth another try.
  virtual Task<void> deliver(Delivery delivery) = 0;
};

// Makes the Access of a rule's role. Joined in app.
using AssumeRole = std::function<Task<std::shared_ptr<const policy::Access>>(std::string role_arn)>;

class Events {
 public:
  // Registers its kind of work with `queue`; deliveries start when the queue does. Stop the queue first.
  Events(meta::Store& store, work::Queue& queue, Clocks clocks, Random& random, std::string region, AssumeRole assume);
  ~Events();

  // Before the queue starts.
  void add_target(Target& target);
  // At start, before the queue: schedules whose item was never written begin.
  Task<void> recover();

  // Rules. Each asks for events:<Operation> on the rule's ARN.
  Task<Rule> put_rule(const policy::Access& access, Rule rule);
  Task<Rule> describe_rule(const policy::Access& access, std::string bus, std::string name);
  Task<Page<Rule>> list_rules(const policy::Access& access, std::string bus, std::string prefix, std::string after,
                              std::size_t max);
  // Nothing happens where there is none; a rule that has targets is refused.
  Task<void> delete_rule(const policy::Access& access, std::string bus, std::string name);
  Task<void> set_enabled(const policy::Access& access, std::string bus, std::string name, bool enabled);

  Task<std::vector<TargetFailure>> put_targets(const policy::Access& access, std::string bus, std::string rule,
                                               std::vector<RuleTarget> targets);
  Task<std::vector<TargetFailure>> remove_targets(const policy::Access& access, std::string bus, std::string rule,
                                                  std::vector<std::string> ids);
  Task<Page<RuleTarget>> list_targets(const policy::Access& access, std::string bus, std::string rule,
                                      std::string after, std::size_t max);
  Task<Page<std::string>> rule_names_by_target(const policy::Access& access, std::string bus, std::string target_arn,
                                               std::string after, std::size_t max);

  // Matches the event and makes its deliveries durable; how many. Harmless when it comes twice.
  Task<std::size_t> accept(std::string bus, Event event);

  // A new event of a client: PutEvents.
  Task<std::string> put_event(const policy::Access& access, std::string bus, Event event);

  std::string rule_arn(const AccountId& account, std::string_view bus, std::string_view name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a target is sent: the event, its Input, the part that InputPath names, or the transformed text.
std::string input_for(const RuleTarget& target, const std::string& event_json, const std::string& rule_arn);

}  // namespace tarn::events
