// GetObjectLockConfiguration: can versions of this bucket be locked, and are they by themselves?
#include "api/s3/get_object_lock_configuration.h"

#include "services/s3/locks.h"

namespace tarn::s3 {

Task<GetObjectLockConfigurationOutput> get_object_lock_configuration(S3& s3,
                                                                     GetObjectLockConfigurationRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketObjectLockConfiguration");
  if (!bucket->object_lock) refuse_no_lock_configuration(request.bucket);
  GetObjectLockConfigurationOutput output;
  ObjectLockConfiguration& answer = output.object_lock_configuration.emplace();
  answer.object_lock_enabled = ObjectLockEnabled::enabled;
  const objects::Configuration* configuration = bucket->configuration(objects::ConfigurationKind::object_lock);
  if (!configuration) co_return output;
  if (const auto rule = objects::unpack_object_lock(configuration->document)) {
    DefaultRetention& retention = answer.rule.emplace().default_retention.emplace();
    retention.mode = lock_mode_as<ObjectLockRetentionMode>(rule->mode);
    if (rule->days > 0) retention.days = static_cast<std::int32_t>(rule->days);
    if (rule->years > 0) retention.years = static_cast<std::int32_t>(rule->years);
  }
  co_return output;
}

}  // namespace tarn::s3
