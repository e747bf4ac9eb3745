// PutBucketInventoryConfiguration: one of a bucket's inventories, new or changed.
#include "api/s3/put_bucket_inventory_configuration.h"

#include <algorithm>

#include "services/s3/inventory_words.h"

namespace tarn::s3 {

Task<PutBucketInventoryConfigurationOutput> put_bucket_inventory_configuration(
    S3& s3, PutBucketInventoryConfigurationRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutInventoryConfiguration");
  auto asked = inventory_in(request.id, request.inventory_configuration);
  std::vector<inventory::Configuration> all;
  if (const auto* found = bucket->configuration(objects::ConfigurationKind::inventory)) {
    all = inventory::unpack(found->document);
  }
  const auto same = std::ranges::find(all, asked.id, &inventory::Configuration::id);
  if (same != all.end()) {
    *same = std::move(asked);
  } else {
    if (all.size() >= inventory::max_configurations) {
      throw Error(ErrorCode{"TooManyConfigurations", 400},
                  "You are attempting to create a new configuration but have already reached the 1,000-configuration "
                  "limit.");
    }
    all.push_back(std::move(asked));
    std::ranges::sort(all, {}, &inventory::Configuration::id);
  }
  co_await s3.objects.put_configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::inventory,
                                        inventory::pack(all));
  co_return PutBucketInventoryConfigurationOutput{};
}

}  // namespace tarn::s3
