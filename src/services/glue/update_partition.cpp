// UpdatePartition: replaces a partition, which may move to other values.
#include "api/glue/update_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<UpdatePartitionOutput> update_partition(Glue& glue, UpdatePartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  std::vector<catalog::Catalog::PartitionUpdate> updates;
  updates.push_back(
      {.values = std::move(request.partition_value_list), .input = partition_from(std::move(request.partition_input))});
  const auto failed = co_await glue.catalog.update_partitions(glue.access, request.database_name, request.table_name,
                                                              std::move(updates));
  if (!failed.empty()) throw Error(failed[0].code, failed[0].message);
  co_return UpdatePartitionOutput{};
}

}  // namespace tarn::glue
