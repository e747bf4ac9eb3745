// RemoveTargets: takes targets from a rule.
#include "api/events/remove_targets.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<RemoveTargetsOutput> remove_targets(Eventbridge& bridge, RemoveTargetsRequest request) {
  auto failures = co_await bridge.events.remove_targets(bridge.access, bus_name(request.event_bus_name), request.rule,
                                                        std::move(request.ids));
  co_return with_failed_targets<RemoveTargetsOutput>(std::move(failures));
}

}  // namespace tarn::eventbridge
