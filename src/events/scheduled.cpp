// Rules on a schedule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
#include "events/state.h"
#include "work/schedule.h"

namespace tarn::events {

void check_schedule(const std::string& expression) {
  // at() is EventBridge Scheduler's.
  if (!expression.starts_with("at(") && work::Schedule::parse(expression)) return;
  throw Error(errors::validation, "Parameter ScheduleExpression is not valid.");
}

void Events::State::watch_schedules() {
  schedules = std::make_unique<work::Recurring>(
      queue, clocks.lake, "event-schedule",
      [this](AccountId account, std::string name) -> Task<std::optional<work::Plan>> {
        const auto row = co_await store.get(partition_of(account), rule_key("default", name));
        if (!row) co_return std::nullopt;
        const Rule rule = decode_rule(row->value);
        if (!rule.schedule || rule.schedule_id.empty()) co_return std::nullopt;
        co_return work::Plan{.id = rule.schedule_id, .expression = *rule.schedule};
      },
      [this](work::Firing firing) { return fire(std::move(firing)); });
}

Task<void> Events::State::begin_schedule(AccountId account, Rule rule) {
  if (!rule.schedule || rule.schedule_id.empty()) co_return;
  co_await schedules->begin(account, rule.name, {.id = rule.schedule_id, .expression = *rule.schedule});
}

// The event goes to the rule's own targets, and is matched against no pattern.
Task<void> Events::State::fire(work::Firing firing) {
  const auto row = co_await store.get(partition_of(firing.account), rule_key("default", firing.name));
  if (!row) co_return;
  const Rule rule = decode_rule(row->value);
  Event event{.id = firing.id,
              .source = "aws.events",
              .detail_type = "Scheduled Event",
              .account = firing.account,
              .time = firing.due,
              .region = region,
              .resources = {rule.arn},
              .detail = "{}"};
  const std::string text = event.json();
  std::vector<work::NewItem> deliveries;
  const auto rows = co_await rows_of(store, partition_of(firing.account), target_prefix("default", firing.name));
  for (const meta::Row& each : rows) {
    const RuleTarget target = decode_target(each.value);
    deliveries.push_back({.id = "event/" + event.id + "/" + rule.arn + "/" + target.id,
                          .kind = "event-delivery",
                          .payload = delivery_payload(rule, target, event, text),
                          .not_before = {}});
  }
  if (!deliveries.empty()) co_await queue.enqueue_all(std::move(deliveries));
}

Task<void> Events::recover() {
  const auto partitions = co_await state_->store.partitions("events/", "", 100'000);
  for (const meta::Partition& partition : partitions) {
    const AccountId account = AccountId::trusted(partition.name.substr(7));
    const auto rows = co_await rows_of(state_->store, partition, bus_prefix('r', "default"));
    for (const meta::Row& row : rows) co_await state_->begin_schedule(account, decode_rule(row.value));
  }
}

}  // namespace tarn::events
