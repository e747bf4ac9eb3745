// GetBucketInventoryConfiguration: not implemented as a configuration, so no bucket has one.
#include "api/s3/get_bucket_inventory_configuration.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketInventoryConfigurationOutput> get_bucket_inventory_configuration(
    S3& s3, GetBucketInventoryConfigurationRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetInventoryConfiguration");
  throw Error(errors::no_such_configuration, "The specified configuration does not exist.")
      .with("BucketName", request.bucket);
}

}  // namespace tarn::s3
