// ListBucketInventoryConfigurations: a hundred a page, by id.
#include "api/s3/list_bucket_inventory_configurations.h"

#include "services/s3/inventory_words.h"

namespace tarn::s3 {

Task<ListBucketInventoryConfigurationsOutput> list_bucket_inventory_configurations(
    S3& s3, ListBucketInventoryConfigurationsRequest request) {
  constexpr std::size_t page = 100;
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto all = co_await inventories_of(s3, bucket_name(request.bucket));
  ListBucketInventoryConfigurationsOutput output;
  output.is_truncated = false;
  output.continuation_token = request.continuation_token;
  for (const inventory::Configuration& each : all) {
    if (request.continuation_token && each.id <= *request.continuation_token) continue;
    if (!output.inventory_configuration_list) output.inventory_configuration_list.emplace();
    if (output.inventory_configuration_list->size() == page) {
      output.is_truncated = true;
      output.next_continuation_token = output.inventory_configuration_list->back().id;
      break;
    }
    output.inventory_configuration_list->push_back(inventory_out(each));
  }
  co_return output;
}

}  // namespace tarn::s3
