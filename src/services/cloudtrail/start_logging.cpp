// StartLogging: from now on the trail gets what it selects.
#include "api/cloudtrail/start_logging.h"

#include "services/cloudtrail/cloudtrail.h"

namespace tarn::cloudtrail {

Task<StartLoggingOutput> start_logging(CloudTrail& cloudtrail, StartLoggingRequest request) {
  audit::Trail trail = co_await cloudtrail.find("cloudtrail:StartLogging", request.name);
  trail.logging = true;
  trail.started = cloudtrail.wall.now();
  co_await cloudtrail.replace(std::move(trail), false);
  co_return StartLoggingOutput{};
}

}  // namespace tarn::cloudtrail
