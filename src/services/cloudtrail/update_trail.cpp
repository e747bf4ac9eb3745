// UpdateTrail: another bucket, prefix or reach for a trail.
#include "api/cloudtrail/update_trail.h"

#include "services/cloudtrail/cloudtrail.h"
#include "services/cloudtrail/shapes.h"

namespace tarn::cloudtrail {

Task<UpdateTrailOutput> update_trail(CloudTrail& cloudtrail, UpdateTrailRequest request) {
  refuse_what_is_not_done(request);
  check_prefix(request.s3_key_prefix.value_or(""));
  audit::Trail trail = co_await cloudtrail.find("cloudtrail:UpdateTrail", request.name);
  if (request.s3_bucket_name) trail.bucket = *request.s3_bucket_name;
  if (request.s3_key_prefix) trail.prefix = *request.s3_key_prefix;
  if (request.include_global_service_events) trail.global_events = *request.include_global_service_events;
  if (request.is_multi_region_trail) trail.multi_region = *request.is_multi_region_trail;
  co_await cloudtrail.replace(trail, true);
  co_return trail_answer<UpdateTrailOutput>(trail);
}

}  // namespace tarn::cloudtrail
