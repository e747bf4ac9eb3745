// GetObjectLockConfiguration: not implemented as a configuration, so no bucket has one.
#include "api/s3/get_object_lock_configuration.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetObjectLockConfigurationOutput> get_object_lock_configuration(S3& s3,
                                                                     GetObjectLockConfigurationRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketObjectLockConfiguration");
  throw Error(errors::object_lock_configuration_not_found_error,
              "Object Lock configuration does not exist for this bucket")
      .with("BucketName", request.bucket);
}

}  // namespace tarn::s3
