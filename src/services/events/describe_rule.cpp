// DescribeRule: one rule.
#include "api/events/describe_rule.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<DescribeRuleOutput> describe_rule(Eventbridge& bridge, DescribeRuleRequest request) {
  events::Rule rule =
      co_await bridge.events.describe_rule(bridge.access, bus_name(request.event_bus_name), request.name);
  DescribeRuleOutput output;
  output.name = std::move(rule.name);
  output.arn = std::move(rule.arn);
  output.event_pattern = std::move(rule.pattern);
  output.schedule_expression = std::move(rule.schedule);
  output.state = rule.enabled ? RuleState::enabled : RuleState::disabled;
  output.description = std::move(rule.description);
  output.role_arn = std::move(rule.role_arn);
  output.event_bus_name = std::move(rule.bus);
  co_return output;
}

}  // namespace tarn::eventbridge
