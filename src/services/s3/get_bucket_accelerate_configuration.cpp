// GetBucketAccelerateConfiguration: an empty answer until it was suspended, which is all that Tarn takes.
#include "api/s3/get_bucket_accelerate_configuration.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketAccelerateConfigurationOutput> get_bucket_accelerate_configuration(
    S3& s3, GetBucketAccelerateConfigurationRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetAccelerateConfiguration");
  GetBucketAccelerateConfigurationOutput output;
  if (bucket->configuration(objects::ConfigurationKind::accelerate)) output.status = BucketAccelerateStatus::suspended;
  co_return output;
}

}  // namespace tarn::s3
