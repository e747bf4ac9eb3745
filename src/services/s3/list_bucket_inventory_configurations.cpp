// ListBucketInventoryConfigurations: there are none, since none can be put.
#include "api/s3/list_bucket_inventory_configurations.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<ListBucketInventoryConfigurationsOutput> list_bucket_inventory_configurations(
    S3& s3, ListBucketInventoryConfigurationsRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetInventoryConfiguration");
  ListBucketInventoryConfigurationsOutput output;
  output.is_truncated = false;
  co_return output;
}

}  // namespace tarn::s3
