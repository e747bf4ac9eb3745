// DeleteRule: removes a rule without targets; success also where there is none.
#include "api/events/delete_rule.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<DeleteRuleOutput> delete_rule(Eventbridge& bridge, DeleteRuleRequest request) {
  co_await bridge.events.delete_rule(bridge.access, bus_name(request.event_bus_name), request.name);
  co_return DeleteRuleOutput{};
}

}  // namespace tarn::eventbridge
