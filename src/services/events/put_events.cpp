// PutEvents: events of the caller's own; each stands for itself.
#include "api/events/put_events.h"

#include "api/events/errors.h"
#include "base/os/clock.h"
#include "events/json_text.h"
#include "services/events/eventbridge.h"

namespace tarn::eventbridge {
namespace {

using Fault = std::pair<std::string, std::string>;

std::optional<Fault> fault_of(const PutEventsRequestEntry& entry) {
  if (!entry.source || entry.source->empty())
    return Fault("InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument.");
  if (entry.source->starts_with("aws."))
    return Fault("NotAuthorizedForSourceException", "Not authorized for the source.");
  if (!entry.detail_type || entry.detail_type->empty()) {
    return Fault("InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument.");
  }
  if (!entry.detail)
    return Fault("InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument.");
  if (!events::is_json_object(*entry.detail)) return Fault("MalformedDetail", "Detail is malformed.");
  return std::nullopt;
}

}  // namespace

Task<PutEventsOutput> put_events(Eventbridge& bridge, PutEventsRequest request) {
  if (request.endpoint_id) throw Error(errors::not_implemented, "Tarn has no global endpoints.");
  PutEventsOutput output;
  output.failed_entry_count = 0;
  output.entries.emplace();
  for (PutEventsRequestEntry& entry : request.entries) {
    PutEventsResultEntry result;
    const auto fault = fault_of(entry);
    if (fault) {
      result.error_code = fault->first;
      result.error_message = fault->second;
      output.failed_entry_count = *output.failed_entry_count + 1;
    } else {
      events::Event event;
      event.source = std::move(*entry.source);
      event.detail_type = std::move(*entry.detail_type);
      event.detail = std::move(*entry.detail);
      event.resources = std::move(entry.resources).value_or(std::vector<std::string>{});
      event.time = entry.time.value_or(SystemClock().now());
      result.event_id =
          co_await bridge.events.put_event(bridge.access, bus_name(entry.event_bus_name), std::move(event));
    }
    output.entries->push_back(std::move(result));
  }
  co_return output;
}

}  // namespace tarn::eventbridge
