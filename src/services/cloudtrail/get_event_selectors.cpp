// GetEventSelectors: what the trail selects.
#include "api/cloudtrail/get_event_selectors.h"

#include "services/cloudtrail/cloudtrail.h"
#include "services/cloudtrail/shapes.h"

namespace tarn::cloudtrail {

Task<GetEventSelectorsOutput> get_event_selectors(CloudTrail& cloudtrail, GetEventSelectorsRequest request) {
  const audit::Trail trail = co_await cloudtrail.find("cloudtrail:GetEventSelectors", request.trail_name);
  GetEventSelectorsOutput output;
  output.trail_arn = trail.arn;
  if (trail.advanced.empty()) {
    output.event_selectors = selector_shapes(trail.selectors);
  } else {
    output.advanced_event_selectors = advanced_shapes(trail.advanced);
  }
  co_return output;
}

}  // namespace tarn::cloudtrail
