// CreatePartition: one new partition.
#include "api/glue/create_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<CreatePartitionOutput> create_partition(Glue& glue, CreatePartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  std::vector<catalog::PartitionInput> inputs;
  inputs.push_back(partition_from(std::move(request.partition_input)));
  const auto failed = co_await glue.catalog.create_partitions(glue.access, request.database_name, request.table_name,
                                                              std::move(inputs));
  if (!failed.empty()) throw Error(failed[0].code, failed[0].message);
  co_return CreatePartitionOutput{};
}

}  // namespace tarn::glue
