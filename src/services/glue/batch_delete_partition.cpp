// BatchDeletePartition: removes several partitions; each stands for itself.
#include "api/glue/batch_delete_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<BatchDeletePartitionOutput> batch_delete_partition(Glue& glue, BatchDeletePartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  std::vector<std::vector<std::string>> values;
  for (PartitionValueList& each : request.partitions_to_delete) values.push_back(std::move(each.values));
  auto failed = co_await glue.catalog.delete_partitions(glue.access, request.database_name, request.table_name, values);
  co_return with_failed_partitions<BatchDeletePartitionOutput>(std::move(failed), values);
}

}  // namespace tarn::glue
