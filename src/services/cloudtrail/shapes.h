// CloudTrail's shapes from the domain's values and back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/cloudtrail/types/advanced_event_selector.h"
#include "api/cloudtrail/types/event_selector.h"
#include "api/cloudtrail/types/tag.h"
#include "api/cloudtrail/types/trail.h"
#include "audit/trails.h"

namespace tarn::cloudtrail {

Trail trail_shape(const audit::Trail& trail);
// Throws InvalidTrailNameException: 3 to 128 letters, digits, periods, underscores, dashes; not two in a row.
void check_name(const std::string& name);
void check_prefix(const std::string& prefix);

// Throws InvalidEventSelectorsException.
std::vector<audit::EventSelector> selectors_of(const std::vector<EventSelector>& shapes);
std::vector<EventSelector> selector_shapes(const std::vector<audit::EventSelector>& selectors);
std::vector<audit::AdvancedSelector> advanced_of(const std::vector<AdvancedEventSelector>& shapes);
std::vector<AdvancedEventSelector> advanced_shapes(const std::vector<audit::AdvancedSelector>& selectors);

using Tags = std::vector<std::pair<std::string, std::string>>;
// Adds or replaces; throws InvalidTagParameterException, TagsLimitExceededException.
void set_tags(Tags& into, const std::vector<Tag>& tags);
std::vector<Tag> tag_shapes(const Tags& tags);

// What Tarn does not deliver is refused, not kept in silence: the same members of CreateTrail and UpdateTrail.
template <typename Request>
void refuse_what_is_not_done(const Request& request);

// The answer of CreateTrail and UpdateTrail.
template <typename Output>
Output trail_answer(const audit::Trail& trail) {
  Output output;
  output.name = trail.name;
  output.s3_bucket_name = trail.bucket;
  if (!trail.prefix.empty()) output.s3_key_prefix = trail.prefix;
  output.include_global_service_events = trail.global_events;
  output.is_multi_region_trail = trail.multi_region;
  output.trail_arn = trail.arn;
  output.log_file_validation_enabled = false;
  output.is_organization_trail = false;
  return output;
}

template <typename Request>
void refuse_what_is_not_done(const Request& request) {
  const auto refuse = [](const char* what) {
    throw Error(tarn::errors::not_implemented, std::string("Tarn does not implement ") + what + " of trails.");
  };
  const auto given = [](const auto& member) { return member && !member->empty(); };
  if (given(request.sns_topic_name)) refuse("SnsTopicName");
  if (given(request.cloud_watch_logs_log_group_arn)) refuse("CloudWatchLogsLogGroupArn");
  if (given(request.cloud_watch_logs_role_arn)) refuse("CloudWatchLogsRoleArn");
  if (given(request.kms_key_id)) refuse("KmsKeyId");
  if (request.enable_log_file_validation.value_or(false)) refuse("EnableLogFileValidation");
  if (request.is_organization_trail.value_or(false)) refuse("IsOrganizationTrail");
}

}  // namespace tarn::cloudtrail
