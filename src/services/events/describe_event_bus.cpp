// DescribeEventBus: the default bus.
#include "api/events/describe_event_bus.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<DescribeEventBusOutput> describe_event_bus(Eventbridge& bridge, DescribeEventBusRequest request) {
  const std::string name = bus_name(request.name);
  if (name != "default") throw Error(events::errors::resource_not_found, "Event bus " + name + " does not exist.");
  DescribeEventBusOutput output;
  output.name = name;
  output.arn =
      "arn:aws:events:" + bridge.region + ":" + policy::account_of(bridge.access).text() + ":event-bus/" + name;
  co_return output;
}

}  // namespace tarn::eventbridge
