// CreateTrail: a trail to a bucket that lets cloudtrail.amazonaws.com write. It logs nothing until StartLogging.
#include "api/cloudtrail/create_trail.h"

#include "services/cloudtrail/cloudtrail.h"
#include "services/cloudtrail/shapes.h"

namespace tarn::cloudtrail {

Task<CreateTrailOutput> create_trail(CloudTrail& cloudtrail, CreateTrailRequest request) {
  check_name(request.name);
  check_prefix(request.s3_key_prefix.value_or(""));
  refuse_what_is_not_done(request);
  co_await cloudtrail.require("cloudtrail:CreateTrail", request.name);
  const AccountId account = cloudtrail.account();
  const auto existing = co_await cloudtrail.audit.trails().list(account);
  if (existing.size() >= 5) {
    throw Error(errors::maximum_number_of_trails_exceeded_exception,
                "User: " + account.text() + " already has 5 trails in this region.");
  }
  audit::Trail trail{.name = request.name,
                     .arn = audit::trail_arn(cloudtrail.region, account, request.name),
                     .region = cloudtrail.region,
                     .bucket = request.s3_bucket_name,
                     .prefix = request.s3_key_prefix.value_or(""),
                     .global_events = request.include_global_service_events.value_or(true),
                     .multi_region = request.is_multi_region_trail.value_or(false)};
  if (request.tags_list) set_tags(trail.tags, *request.tags_list);
  const bool created = co_await cloudtrail.audit.trails().create(account, trail);
  if (!created) {
    throw Error(errors::trail_already_exists_exception,
                "Trail " + request.name + " already exists for customer: " + account.text());
  }
  co_return trail_answer<CreateTrailOutput>(trail);
}

}  // namespace tarn::cloudtrail
