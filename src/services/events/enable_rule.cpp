// EnableRule: lets a rule match again.
#include "api/events/enable_rule.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<EnableRuleOutput> enable_rule(Eventbridge& bridge, EnableRuleRequest request) {
  co_await bridge.events.set_enabled(bridge.access, bus_name(request.event_bus_name), request.name, true);
  co_return EnableRuleOutput{};
}

}  // namespace tarn::eventbridge
