// StopLogging: from now on the trail gets nothing.
#include "api/cloudtrail/stop_logging.h"

#include "services/cloudtrail/cloudtrail.h"

namespace tarn::cloudtrail {

Task<StopLoggingOutput> stop_logging(CloudTrail& cloudtrail, StopLoggingRequest request) {
  audit::Trail trail = co_await cloudtrail.find("cloudtrail:StopLogging", request.name);
  trail.logging = false;
  trail.stopped = cloudtrail.wall.now();
  co_await cloudtrail.replace(std::move(trail), false);
  co_return StopLoggingOutput{};
}

}  // namespace tarn::cloudtrail
