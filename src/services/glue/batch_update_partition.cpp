// BatchUpdatePartition: replaces several partitions; each stands for itself.
#include "api/glue/batch_update_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<BatchUpdatePartitionOutput> batch_update_partition(Glue& glue, BatchUpdatePartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  std::vector<catalog::Catalog::PartitionUpdate> updates;
  std::vector<std::vector<std::string>> values;
  for (BatchUpdatePartitionRequestEntry& entry : request.entries) {
    values.push_back(entry.partition_value_list);
    updates.push_back(
        {.values = std::move(entry.partition_value_list), .input = partition_from(std::move(entry.partition_input))});
  }
  auto failed = co_await glue.catalog.update_partitions(glue.access, request.database_name, request.table_name,
                                                        std::move(updates));
  BatchUpdatePartitionOutput output;
  output.errors.emplace();
  for (catalog::ItemError& item : failed) {
    BatchUpdatePartitionFailureEntry each;
    each.partition_value_list = values[item.index];
    each.error_detail = error_detail(item.code, std::move(item.message));
    output.errors->push_back(std::move(each));
  }
  co_return output;
}

}  // namespace tarn::glue
