#include <nlohmann/json.hpp>

#include "base/log.h"
#include "events/state.h"

namespace tarn::events {
namespace {

using nlohmann::json;

}  // namespace

std::string delivery_payload(const Rule& rule, const RuleTarget& target, const Event& event,
                             const std::string& event_json) {
  json payload{{"arn", target.arn},
               {"event", event.id},
               {"rule", rule.arn},
               {"input", input_for(target, event_json, rule.arn)},
               {"max_age_seconds", target.max_age_seconds},
               {"max_attempts", target.max_attempts}};
  if (target.role_arn) payload["role"] = *target.role_arn;
  if (target.group) payload["group"] = *target.group;
  if (target.dead_letter_arn) payload["dead_letter"] = *target.dead_letter_arn;
  payload["account"] = event.account.text();
  return payload.dump();
}

Target* Events::State::target_for(std::string_view arn) const {
  for (Target* target : targets) {
    if (target->owns(arn)) return target;
  }
  return nullptr;
}

Task<ActiveRules> Events::State::active_rules(AccountId account, std::string bus) {
  {
    const std::lock_guard lock(mutex);
    Cached& cached = cache[account.text()];
    if (!cached.watch || !cached.watch->alive()) {
      cached.by_bus.clear();
      cached.watch = store.watch(partition_of(account), [dirty = cached.dirty] { *dirty = true; });
    }
    // Cleared before the rows are read: a change that comes meanwhile makes it dirty again.
    if (cached.dirty->exchange(false)) cached.by_bus.clear();
    if (const auto found = cached.by_bus.find(bus); found != cached.by_bus.end()) co_return found->second;
  }
  auto active = std::make_shared<std::vector<ActiveRule>>();
  const auto rules = co_await rows_of(store, partition_of(account), bus_prefix('r', bus));
  for (const meta::Row& row : rules) {
    Rule rule = decode_rule(row.value);
    if (!rule.enabled || !rule.pattern) continue;
    std::vector<RuleTarget> rule_targets;
    const auto target_rows = co_await rows_of(store, partition_of(account), target_prefix(bus, rule.name));
    for (const meta::Row& target : target_rows) rule_targets.push_back(decode_target(target.value));
    Pattern pattern(*rule.pattern);
    active->push_back({.rule = std::move(rule), .pattern = std::move(pattern), .targets = std::move(rule_targets)});
  }
  const std::lock_guard lock(mutex);
  Cached& cached = cache[account.text()];
  if (!*cached.dirty) cached.by_bus[bus] = active;
  co_return active;
}

Task<std::size_t> Events::accept(std::string bus, Event event) {
  const ActiveRules rules = co_await state_->active_rules(event.account, bus);
  if (rules->empty()) co_return 0;
  const std::string text = event.json();
  std::vector<work::NewItem> deliveries;
  for (const ActiveRule& active : *rules) {
    if (!active.pattern.matches(text)) continue;
    for (const RuleTarget& target : active.targets) {
      // The id makes a repeated event the same delivery.
      deliveries.push_back({.id = "event/" + event.id + "/" + active.rule.arn + "/" + target.id,
                            .kind = "event-delivery",
                            .payload = delivery_payload(active.rule, target, event, text)});
    }
  }
  const std::size_t count = deliveries.size();
  if (count > 0) co_await state_->queue.enqueue_all(std::move(deliveries));
  co_return count;
}

Task<std::string> Events::put_event(const policy::Access& access, std::string bus, Event event) {
  if (bus != "default") throw Error(errors::resource_not_found, "Event bus " + bus + " does not exist.");
  event.account = account_of(access);
  const std::string arn = "arn:aws:events:" + state_->region + ":" + event.account.text() + ":event-bus/" + bus;
  co_await access.require("events:PutEvents", arn,
                          {{"events:source", {event.source}}, {"events:detail-type", {event.detail_type}}});
  event.id = state_->random.uuid();
  event.region = state_->region;
  const std::string id = event.id;
  co_await accept(std::move(bus), std::move(event));
  co_return id;
}

namespace {

// Why an event was given up, in the words that EventBridge writes on dead letters.
struct GivenUp {
  std::string code;
  std::string message;
  std::string exhausted;
};

Delivery delivery_of(const json& payload) {
  Delivery delivery{.arn = payload.at("arn"), .event_id = payload.at("event"), .input = payload.at("input")};
  delivery.group = payload.value("group", "");
  delivery.sender = "events.amazonaws.com";
  delivery.source_arn = payload.at("rule");
  delivery.source_account = payload.value("account", "");
  return delivery;
}

}  // namespace

// To the dead-letter queue, if the target has one. What that refuses is lost, and said so; what fails otherwise is
// tried again.
Task<work::Outcome> Events::State::give_up(const work::Item& item, std::string code, std::string message,
                                           std::string exhausted) {
  const json payload = json::parse(item.payload);
  Delivery letter = delivery_of(payload);
  log::warning("an event was not delivered",
               {{"event", letter.event_id}, {"rule", letter.source_arn}, {"target", letter.arn}, {"reason", message}});
  if (!payload.contains("dead_letter")) co_return work::Done{};
  letter.attributes = {{"RULE_ARN", letter.source_arn},
                       {"TARGET_ARN", letter.arn},
                       {"ERROR_CODE", code},
                       {"ERROR_MESSAGE", message.empty() ? code : message.substr(0, 1'024)},
                       {"RETRY_ATTEMPTS", std::to_string(item.attempts)}};
  if (!exhausted.empty()) letter.attributes.emplace("EXHAUSTED_RETRY_CONDITION", exhausted);
  letter.arn = payload.at("dead_letter");
  letter.group = letter.event_id;
  const std::string queue = letter.arn;
  Target* const target = target_for(queue);
  std::string refusal = "no resource of this kind is known";
  if (target) {
    refusal.clear();
    try {
      co_await target->deliver(std::move(letter));
    } catch (const Error& error) {
      refusal = error.message();
    }
  }
  if (!refusal.empty()) log::warning("a dead letter was lost", {{"queue", queue}, {"reason", refusal}});
  co_return work::Done{};
}

Task<work::Outcome> Events::State::deliver(const work::Item& item) {
  const json payload = json::parse(item.payload);
  if (clocks.lake.now() - item.created > std::chrono::seconds(payload.at("max_age_seconds").get<std::int64_t>())) {
    co_return co_await give_up(item, "EVENT_EXPIRED", item.last_error, "MaximumEventAgeInSeconds");
  }
  if (item.attempts > payload.at("max_attempts").get<std::uint32_t>()) {
    co_return co_await give_up(item, "RETRIES_EXHAUSTED", item.last_error, "MaximumRetryAttempts");
  }
  Delivery delivery = delivery_of(payload);
  Target* const target = target_for(delivery.arn);
  if (!target) co_return co_await give_up(item, "NO_RESOURCE", "no resource of this kind is known", "");
  std::optional<Error> refusal;
  std::shared_ptr<const policy::Access> role;
  try {
    if (payload.contains("role")) role = co_await assume(payload.at("role").get<std::string>());
    delivery.role = role.get();
    co_await target->deliver(std::move(delivery));
  } catch (const Error& error) {
    // A refusal stays one however often it is asked; a server that has no room does not.
    if (error.code().status >= 500) throw;
    refusal = error;
  }
  if (refusal) co_return co_await give_up(item, std::string(refusal->code().name), refusal->message(), "");
  co_return work::Done{};
}

}  // namespace tarn::events
