#include <algorithm>

#include "events/state.h"

namespace tarn::events {
namespace {

constexpr std::size_t max_rules = 300;
constexpr std::size_t max_targets = 5;

void check_bus(const std::string& bus) {
  // The other buses come with CreateEventBus.
  if (bus != "default") throw Error(errors::resource_not_found, "Event bus " + bus + " does not exist.");
}

[[noreturn]] void rule_not_found(const std::string& name, const std::string& bus) {
  throw Error(errors::resource_not_found, "Rule " + name + " does not exist on EventBus " + bus + ".");
}

}  // namespace

Task<std::vector<meta::Row>> rows_of(meta::Store& store, meta::Partition partition, std::string prefix) {
  std::vector<meta::Row> all;
  std::string first = prefix;
  while (true) {
    auto rows = co_await store.scan(partition, first, meta::end_of_prefix(prefix), meta::ScanLimits{});
    if (rows.empty()) co_return all;
    first = rows.back().key + '\0';
    std::ranges::move(rows, std::back_inserter(all));
  }
}

Events::Events(meta::Store& store, work::Queue& queue, Clocks clocks, Random& random, std::string region,
               AssumeRole assume)
    : state_(new State{store, queue, clocks, random, std::move(region), std::move(assume), {}, {}, {}, {}}) {
  state_->watch_schedules();
  queue.handle("event-delivery",
               [state = state_.get()](const work::Item& item) -> Task<work::Outcome> { return state->deliver(item); },
               // How often is the rule's to say; this is for dead letters that cannot be handed over.
               {.max_running = 16, .max_attempts = 400});
}

Events::~Events() = default;

void Events::add_target(Target& target) {
  state_->targets.push_back(&target);
}

std::string Events::rule_arn(const AccountId& account, std::string_view bus, std::string_view name) const {
  const std::string holder = bus == "default" ? "" : std::string(bus) + "/";
  return "arn:aws:events:" + state_->region + ":" + account.text() + ":rule/" + holder + std::string(name);
}

Task<Rule> Events::put_rule(const policy::Access& access, Rule rule) {
  check_bus(rule.bus);
  const AccountId account = account_of(access);
  rule.arn = rule_arn(account, rule.bus, rule.name);
  co_await access.require("events:PutRule", rule.arn);
  if (!rule.pattern && !rule.schedule) {
    throw Error(errors::validation, "Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (rule.schedule) check_schedule(*rule.schedule);
  if (rule.pattern) Pattern{*rule.pattern};
  const auto partition = partition_of(account);
  const std::string key = rule_key(rule.bus, rule.name);
  const auto row = co_await state_->store.get(partition, key);
  if (rule.schedule && rule.enabled) {
    // A rule that is put again as it was goes on in its beat.
    const Rule before = row ? decode_rule(row->value) : Rule{};
    rule.schedule_id = before.schedule == rule.schedule ? before.schedule_id : "";
    if (rule.schedule_id.empty()) rule.schedule_id = state_->random.uuid();
  }
  if (!row) {
    const auto rules = co_await rows_of(state_->store, partition, bus_prefix('r', rule.bus));
    if (rules.size() >= max_rules) throw Error(errors::limit_exceeded, "An event bus has at most 300 rules.");
  }
  meta::Batch batch;
  batch.put(key, encode_rule(rule));
  (void)co_await state_->store.commit(partition, std::move(batch));
  co_await state_->begin_schedule(account, rule);
  co_return rule;
}

Task<Rule> Events::describe_rule(const policy::Access& access, std::string bus, std::string name) {
  check_bus(bus);
  const AccountId account = account_of(access);
  co_await access.require("events:DescribeRule", rule_arn(account, bus, name));
  const auto row = co_await state_->store.get(partition_of(account), rule_key(bus, name));
  if (!row) rule_not_found(name, bus);
  co_return decode_rule(row->value);
}

Task<Page<Rule>> Events::list_rules(const policy::Access& access, std::string bus, std::string prefix,
                                    std::string after, std::size_t max) {
  check_bus(bus);
  const AccountId account = account_of(access);
  co_await access.require("events:ListRules", rule_arn(account, bus, "*"));
  Page<Rule> page;
  const auto rows = co_await rows_of(state_->store, partition_of(account), rule_key(bus, prefix));
  for (const meta::Row& row : rows) {
    Rule rule = decode_rule(row.value);
    if (!after.empty() && rule.name <= after) continue;
    if (page.items.size() == max) {
      page.next = page.items.back().name;
      break;
    }
    page.items.push_back(std::move(rule));
  }
  co_return page;
}

Task<void> Events::delete_rule(const policy::Access& access, std::string bus, std::string name) {
  check_bus(bus);
  const AccountId account = account_of(access);
  co_await access.require("events:DeleteRule", rule_arn(account, bus, name));
  const auto partition = partition_of(account);
  const auto row = co_await state_->store.get(partition, rule_key(bus, name));
  if (!row) co_return;
  const auto targets = co_await rows_of(state_->store, partition, target_prefix(bus, name));
  if (!targets.empty()) throw Error(errors::validation, "Rule can't be deleted since it has targets.");
  // PutTargets checks the rule's row, so no target can come between.
  meta::Batch batch;
  batch.require_version(row->key, row->version).remove(row->key);
  const auto commit = co_await state_->store.commit(partition, std::move(batch));
  if (!commit.applied) throw Error(errors::concurrent_modification, "The rule was changed at the same time.");
}

Task<void> Events::set_enabled(const policy::Access& access, std::string bus, std::string name, bool enabled) {
  check_bus(bus);
  const AccountId account = account_of(access);
  co_await access.require(enabled ? "events:EnableRule" : "events:DisableRule", rule_arn(account, bus, name));
  const auto partition = partition_of(account);
  const auto row = co_await state_->store.get(partition, rule_key(bus, name));
  if (!row) rule_not_found(name, bus);
  Rule rule = decode_rule(row->value);
  if (rule.schedule && rule.enabled != enabled) rule.schedule_id = enabled ? state_->random.uuid() : "";
  rule.enabled = enabled;
  meta::Batch batch;
  batch.require_version(row->key, row->version).put(row->key, encode_rule(rule));
  const auto commit = co_await state_->store.commit(partition, std::move(batch));
  if (!commit.applied) throw Error(errors::concurrent_modification, "The rule was changed at the same time.");
  co_await state_->begin_schedule(account, rule);
}

Task<std::vector<TargetFailure>> Events::put_targets(const policy::Access& access, std::string bus, std::string rule,
                                                     std::vector<RuleTarget> targets) {
  check_bus(bus);
  const AccountId account = account_of(access);
  co_await access.require("events:PutTargets", rule_arn(account, bus, rule));
  const auto partition = partition_of(account);
  const auto row = co_await state_->store.get(partition, rule_key(bus, rule));
  if (!row) rule_not_found(rule, bus);
  std::map<std::string, std::string> after;
  const auto before = co_await rows_of(state_->store, partition, target_prefix(bus, rule));
  for (const meta::Row& each : before) after[each.key] = each.value;
  std::vector<TargetFailure> failures;
  meta::Batch batch;
  batch.require_present(row->key);
  for (const RuleTarget& target : targets) {
    const Target* kind = state_->target_for(target.arn);
    if (!kind) {
      throw Error(errors::validation, "Parameter " + target.arn +
                                          " is not valid. Reason: Tarn delivers events to no such resource, or the "
                                          "provided Arn is not in correct format.");
    }
    if (target.dead_letter_arn && !target.dead_letter_arn->starts_with("arn:aws:sqs:")) {
      throw Error(errors::validation, "Parameter " + *target.dead_letter_arn +
                                          " is not valid. Reason: Dead letter queue must be a valid SQS queue ARN.");
    }
    const bool fifo = target.arn.starts_with("arn:aws:sqs:") && target.arn.ends_with(".fifo");
    if (fifo != target.group.has_value()) {
      throw Error(errors::validation,
                  fifo ? "Parameter(s) SqsParameters must be specified for target: " + target.id + "."
                       : "Parameter(s) SqsParameters not valid for target: " + target.id + ".");
    }
    if (kind->needs_role() && !target.role_arn) {
      throw Error(errors::validation, "RoleArn is required for target " + target.arn + ".");
    }
    if ((target.input ? 1 : 0) + (target.input_path ? 1 : 0) + (target.transformer ? 1 : 0) > 1) {
      throw Error(errors::validation,
                  "Only one of Input, InputPath, or InputTransformer must be provided for target " + target.id + ".");
    }
    const std::string key = target_prefix(bus, rule) + target.id;
    after[key] = encode_target(target);
    batch.put(key, after[key]);
  }
  if (after.size() > max_targets) throw Error(errors::limit_exceeded, "A rule has at most 5 targets.");
  const auto commit = co_await state_->store.commit(partition, std::move(batch));
  if (!commit.applied) rule_not_found(rule, bus);
  co_return failures;
}

Task<std::vector<TargetFailure>> Events::remove_targets(const policy::Access& access, std::string bus, std::string rule,
                                                        std::vector<std::string> ids) {
  check_bus(bus);
  const AccountId account = account_of(access);
  co_await access.require("events:RemoveTargets", rule_arn(account, bus, rule));
  const auto partition = partition_of(account);
  if (!co_await state_->store.get(partition, rule_key(bus, rule))) rule_not_found(rule, bus);
  std::vector<TargetFailure> failures;
  for (const std::string& id : ids) {
    const std::string key = target_prefix(bus, rule) + id;
    meta::Batch batch;
    batch.require_present(key).remove(key);
    const auto commit = co_await state_->store.commit(partition, std::move(batch));
    if (!commit.applied) {
      failures.push_back(
          {.id = id, .code = "ResourceNotFoundException", .message = "The rule has no target " + id + "."});
    }
  }
  co_return failures;
}

Task<Page<RuleTarget>> Events::list_targets(const policy::Access& access, std::string bus, std::string rule,
                                            std::string after, std::size_t max) {
  check_bus(bus);
  const AccountId account = account_of(access);
  co_await access.require("events:ListTargetsByRule", rule_arn(account, bus, rule));
  const auto partition = partition_of(account);
  if (!co_await state_->store.get(partition, rule_key(bus, rule))) rule_not_found(rule, bus);
  Page<RuleTarget> page;
  const auto rows = co_await rows_of(state_->store, partition, target_prefix(bus, rule));
  for (const meta::Row& row : rows) {
    RuleTarget target = decode_target(row.value);
    if (!after.empty() && target.id <= after) continue;
    if (page.items.size() == max) {
      page.next = page.items.back().id;
      break;
    }
    page.items.push_back(std::move(target));
  }
  co_return page;
}

Task<Page<std::string>> Events::rule_names_by_target(const policy::Access& access, std::string bus,
                                                     std::string target_arn, std::string after, std::size_t max) {
  check_bus(bus);
  const AccountId account = account_of(access);
  co_await access.require("events:ListRuleNamesByTarget", rule_arn(account, bus, "*"));
  const std::string prefix = bus_prefix('t', bus);
  const auto rows = co_await rows_of(state_->store, partition_of(account), prefix);
  Page<std::string> page;
  for (const meta::Row& row : rows) {
    const std::string name = row.key.substr(prefix.size(), row.key.find('\0', prefix.size()) - prefix.size());
    if (decode_target(row.value).arn != target_arn || (!after.empty() && name <= after)) continue;
    if (!page.items.empty() && page.items.back() == name) continue;
    if (page.items.size() == max) {
      page.next = page.items.back();
      break;
    }
    page.items.push_back(name);
  }
  co_return page;
}

}  // namespace tarn::events
