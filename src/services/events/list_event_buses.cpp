// ListEventBuses: the buses of the account: the default one.
#include "api/events/list_event_buses.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<ListEventBusesOutput> list_event_buses(Eventbridge& bridge, ListEventBusesRequest request) {
  (void)place_after("ListEventBuses", request.next_token);  // Of one page it gives none.
  ListEventBusesOutput output;
  output.event_buses.emplace();
  if (std::string_view("default").starts_with(request.name_prefix.value_or(""))) {
    EventBus bus;
    bus.name = "default";
    bus.arn = "arn:aws:events:" + bridge.region + ":" + policy::account_of(bridge.access).text() + ":event-bus/default";
    output.event_buses->push_back(std::move(bus));
  }
  co_return output;
}

}  // namespace tarn::eventbridge
