// What the files of this folder share: rows, rules as they are matched, and the way to targets.
//
// Rows of partition events/<account>:
//   r/<bus>\0<rule>                a rule
//   t/<bus>\0<rule>\0<target id>   one of its targets
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "events/events.h"
#include "work/recurring.h"

namespace tarn::events {

// A rule that is enabled and has a pattern, ready to be matched, with its targets.
struct ActiveRule {
  Rule rule;
  Pattern pattern;
  std::vector<RuleTarget> targets;
};
using ActiveRules = std::shared_ptr<const std::vector<ActiveRule>>;

struct Events::State {
  meta::Store& store;
  work::Queue& queue;
  Clocks clocks;
  Random& random;
  std::string region;
  AssumeRole assume;
  std::vector<Target*> targets;
  std::unique_ptr<work::Recurring> schedules;

  // Rules of an account as they were read, until a watch says that something changed.
  struct Cached {
    std::shared_ptr<std::atomic<bool>> dirty = std::make_shared<std::atomic<bool>>(false);
    std::unique_ptr<meta::Watch> watch;
    std::map<std::string, ActiveRules> by_bus;
  };
  std::mutex mutex;
  std::map<std::string, Cached> cache;

  Task<ActiveRules> active_rules(AccountId account, std::string bus);
  Target* target_for(std::string_view arn) const;
  Task<work::Outcome> deliver(const work::Item& item);
  // Schedules of rules: events/scheduled.cpp.
  void watch_schedules();
  Task<void> begin_schedule(AccountId account, Rule rule);
  Task<void> fire(work::Firing firing);
  Task<work::Outcome> give_up(const work::Item& item, std::string code, std::string message, std::string exhausted);
};

inline meta::Partition partition_of(const AccountId& account) {
  return {"events/" + account.text()};
}
inline std::string bus_prefix(char kind, std::string_view bus) {
  return std::string(1, kind) + "/" + std::string(bus) + '\0';
}
inline std::string rule_key(std::string_view bus, std::string_view rule) {
  return bus_prefix('r', bus) + std::string(rule);
}
inline std::string target_prefix(std::string_view bus, std::string_view rule) {
  return bus_prefix('t', bus) + std::string(rule) + '\0';
}

std::string encode_rule(const Rule& rule);
Rule decode_rule(std::string_view row);
std::string encode_target(const RuleTarget& target);
RuleTarget decode_target(std::string_view row);

// What a delivery keeps: the target as it was when the event came, so that a later change of the rule does not rewrite
// what has happened.
std::string delivery_payload(const Rule& rule, const RuleTarget& target, const Event& event,
                             const std::string& event_json);

// Throws ValidationException for what is no schedule of a rule.
void check_schedule(const std::string& expression);

// All rows that start with `prefix`. Rules and targets are few: 300 rules a bus, 5 targets a rule.
Task<std::vector<meta::Row>> rows_of(meta::Store& store, meta::Partition partition, std::string prefix);

}  // namespace tarn::events
