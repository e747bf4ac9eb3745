// GetBucketAccelerateConfiguration: never switched on, which is an empty answer.
#include "api/s3/get_bucket_accelerate_configuration.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketAccelerateConfigurationOutput> get_bucket_accelerate_configuration(
    S3& s3, GetBucketAccelerateConfigurationRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetAccelerateConfiguration");
  GetBucketAccelerateConfigurationOutput output;
  co_return output;
}

}  // namespace tarn::s3
