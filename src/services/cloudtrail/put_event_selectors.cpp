// PutEventSelectors: what the trail selects, by the basic or the advanced selectors.
#include "api/cloudtrail/put_event_selectors.h"

#include "services/cloudtrail/cloudtrail.h"
#include "services/cloudtrail/shapes.h"

namespace tarn::cloudtrail {

Task<PutEventSelectorsOutput> put_event_selectors(CloudTrail& cloudtrail, PutEventSelectorsRequest request) {
  audit::Trail trail = co_await cloudtrail.find("cloudtrail:PutEventSelectors", request.trail_name);
  const bool basic = request.event_selectors && !request.event_selectors->empty();
  const bool advanced = request.advanced_event_selectors && !request.advanced_event_selectors->empty();
  if (basic == advanced) {
    throw Error(errors::invalid_event_selectors_exception,
                "Specify either EventSelectors or AdvancedEventSelectors, and at least one of them.");
  }
  PutEventSelectorsOutput output;
  output.trail_arn = trail.arn;
  if (basic) {
    trail.selectors = selectors_of(*request.event_selectors);
    trail.advanced.clear();
    output.event_selectors = selector_shapes(trail.selectors);
  } else {
    trail.advanced = advanced_of(*request.advanced_event_selectors);
    output.advanced_event_selectors = advanced_shapes(trail.advanced);
  }
  co_await cloudtrail.replace(std::move(trail), false);
  co_return output;
}

}  // namespace tarn::cloudtrail
