// DeleteBucketInventoryConfiguration: its reports stay, and there are no more.
#include "api/s3/delete_bucket_inventory_configuration.h"

#include "services/s3/inventory_words.h"

namespace tarn::s3 {

Task<DeleteBucketInventoryConfigurationOutput> delete_bucket_inventory_configuration(
    S3& s3, DeleteBucketInventoryConfigurationRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutInventoryConfiguration");
  std::vector<inventory::Configuration> all;
  if (const auto* found = bucket->configuration(objects::ConfigurationKind::inventory)) {
    all = inventory::unpack(found->document);
  }
  const auto named = [&](const inventory::Configuration& each) { return each.id == request.id; };
  if (std::erase_if(all, named) == 0) no_such_inventory(request.bucket);
  const BucketName name = bucket_name(request.bucket);
  if (all.empty()) {
    co_await s3.objects.remove_configuration(s3.access, name, objects::ConfigurationKind::inventory);
  } else {
    co_await s3.objects.put_configuration(s3.access, name, objects::ConfigurationKind::inventory, inventory::pack(all));
  }
  co_return DeleteBucketInventoryConfigurationOutput{};
}

}  // namespace tarn::s3
