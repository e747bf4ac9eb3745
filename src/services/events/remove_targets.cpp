// RemoveTargets: takes targets from a rule.
#include "api/events/remove_targets.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<RemoveTargetsOutput> remove_targets(Eventbridge& bridge, RemoveTargetsRequest request) {
  auto failures = co_await bridge.events.remove_targets(bridge.access, bus_name(request.event_bus_name), request.rule,
                                                        std::move(request.ids));
  RemoveTargetsOutput output;
  output.failed_entry_count = static_cast<std::int32_t>(failures.size());
  output.failed_entries.emplace();
  for (events::TargetFailure& failure : failures) {
    RemoveTargetsResultEntry entry;
    entry.target_id = std::move(failure.id);
    entry.error_code = std::move(failure.code);
    entry.error_message = std::move(failure.message);
    output.failed_entries->push_back(std::move(entry));
  }
  co_return output;
}

}  // namespace tarn::eventbridge
