// BatchGetPartition: several partitions by their values; those that are not there are left out.
#include "api/glue/batch_get_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<BatchGetPartitionOutput> batch_get_partition(Glue& glue, BatchGetPartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  std::vector<std::vector<std::string>> values;
  for (PartitionValueList& each : request.partitions_to_get) values.push_back(std::move(each.values));
  auto found =
      co_await glue.catalog.get_partitions(glue.access, request.database_name, request.table_name, std::move(values));
  BatchGetPartitionOutput output;
  output.partitions.emplace();
  output.unprocessed_keys.emplace();
  for (auto& partition : found) {
    if (!partition) continue;
    output.partitions->push_back(
        partition_to(std::move(*partition), account_of(glue), request.database_name, request.table_name));
  }
  co_return output;
}

}  // namespace tarn::glue
