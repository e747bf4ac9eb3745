// PutRule: a new rule, or another content of one.
#include "api/events/put_rule.h"

#include "api/events/errors.h"
#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<PutRuleOutput> put_rule(Eventbridge& bridge, PutRuleRequest request) {
  if (request.tags && !request.tags->empty()) throw Error(errors::not_implemented, "Tarn does not keep tags of rules.");
  if (request.role_arn) {
    co_await bridge.identity.require_pass_role(bridge.access, *request.role_arn, "events.amazonaws.com");
  }
  events::Rule rule;
  rule.name = std::move(request.name);
  rule.bus = bus_name(request.event_bus_name);
  rule.pattern = std::move(request.event_pattern);
  rule.schedule = std::move(request.schedule_expression);
  rule.description = std::move(request.description);
  rule.role_arn = std::move(request.role_arn);
  rule.enabled = request.state.value_or(RuleState::enabled) == RuleState::enabled;
  PutRuleOutput output;
  output.rule_arn = (co_await bridge.events.put_rule(bridge.access, std::move(rule))).arn;
  co_return output;
}

}  // namespace tarn::eventbridge
