// DeletePartition: removes one partition; its objects stay.
#include "api/glue/delete_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<DeletePartitionOutput> delete_partition(Glue& glue, DeletePartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  std::vector<std::vector<std::string>> values;
  values.push_back(std::move(request.partition_values));
  const auto failed = co_await glue.catalog.delete_partitions(glue.access, request.database_name, request.table_name,
                                                              std::move(values));
  if (!failed.empty()) throw Error(failed[0].code, failed[0].message);
  co_return DeletePartitionOutput{};
}

}  // namespace tarn::glue
