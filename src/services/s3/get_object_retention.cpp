// GetObjectRetention: until when, and against whom, the version is kept.
#include "api/s3/get_object_retention.h"

#include "services/s3/locks.h"

namespace tarn::s3 {

Task<GetObjectRetentionOutput> get_object_retention(S3& s3, GetObjectRetentionRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto object = co_await lockable(s3, request.bucket, request.key, request.version_id, "s3:GetObjectRetention");
  if (!object.lock.retention) {
    throw Error(errors::no_such_object_lock_configuration,
                "The specified object does not have a ObjectLock configuration");
  }
  GetObjectRetentionOutput output;
  output.retention = ObjectLockRetention{.mode = lock_mode_as<ObjectLockRetentionMode>(object.lock.retention->mode),
                                         .retain_until_date = object.lock.retention->until,
                                         .event_hold = {},
                                         .event_hold_duration = {}};
  co_return output;
}

}  // namespace tarn::s3
