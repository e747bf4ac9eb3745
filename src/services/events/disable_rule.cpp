// DisableRule: keeps a rule from matching.
#include "api/events/disable_rule.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<DisableRuleOutput> disable_rule(Eventbridge& bridge, DisableRuleRequest request) {
  co_await bridge.events.set_enabled(bridge.access, bus_name(request.event_bus_name), request.name, false);
  co_return DisableRuleOutput{};
}

}  // namespace tarn::eventbridge
