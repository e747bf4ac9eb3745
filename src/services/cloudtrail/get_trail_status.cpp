// GetTrailStatus: does it log, and when did it last deliver.
#include "api/cloudtrail/get_trail_status.h"

#include "services/cloudtrail/cloudtrail.h"

namespace tarn::cloudtrail {

Task<GetTrailStatusOutput> get_trail_status(CloudTrail& cloudtrail, GetTrailStatusRequest request) {
  const audit::Trail trail = co_await cloudtrail.find("cloudtrail:GetTrailStatus", request.name);
  const audit::DeliveryStatus status = cloudtrail.audit.trails().status(cloudtrail.account(), trail.name);
  GetTrailStatusOutput output;
  output.is_logging = trail.logging;
  output.latest_delivery_time = status.latest;
  if (!status.error.empty()) output.latest_delivery_error = status.error;
  output.start_logging_time = trail.started;
  output.stop_logging_time = trail.stopped;
  if (trail.started) output.time_logging_started = iso8601_seconds(*trail.started);
  if (trail.stopped) output.time_logging_stopped = iso8601_seconds(*trail.stopped);
  if (status.latest) output.latest_delivery_attempt_time = iso8601_seconds(*status.latest);
  co_return output;
}

}  // namespace tarn::cloudtrail
