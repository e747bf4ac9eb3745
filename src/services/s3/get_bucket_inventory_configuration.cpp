// GetBucketInventoryConfiguration: one of a bucket's inventories.
#include "api/s3/get_bucket_inventory_configuration.h"

#include <algorithm>

#include "services/s3/inventory_words.h"

namespace tarn::s3 {

Task<GetBucketInventoryConfigurationOutput> get_bucket_inventory_configuration(
    S3& s3, GetBucketInventoryConfigurationRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto all = co_await inventories_of(s3, bucket_name(request.bucket));
  const auto found = std::ranges::find(all, request.id, &inventory::Configuration::id);
  if (found == all.end()) no_such_inventory(request.bucket);
  GetBucketInventoryConfigurationOutput output;
  output.inventory_configuration = inventory_out(*found);
  co_return output;
}

}  // namespace tarn::s3
