// GetTrail: a trail.
#include "api/cloudtrail/get_trail.h"

#include "services/cloudtrail/cloudtrail.h"
#include "services/cloudtrail/shapes.h"

namespace tarn::cloudtrail {

Task<GetTrailOutput> get_trail(CloudTrail& cloudtrail, GetTrailRequest request) {
  const audit::Trail trail = co_await cloudtrail.find("cloudtrail:GetTrail", request.name);
  co_return GetTrailOutput{.trail = trail_shape(trail)};
}

}  // namespace tarn::cloudtrail
