// BatchCreatePartition: several new partitions; each stands for itself.
#include "api/glue/batch_create_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<BatchCreatePartitionOutput> batch_create_partition(Glue& glue, BatchCreatePartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  std::vector<catalog::PartitionInput> inputs;
  std::vector<std::vector<std::string>> values;
  for (PartitionInput& input : request.partition_input_list) {
    inputs.push_back(partition_from(std::move(input)));
    values.push_back(inputs.back().values);
  }
  auto failed = co_await glue.catalog.create_partitions(glue.access, request.database_name, request.table_name,
                                                        std::move(inputs));
  co_return with_failed_partitions<BatchCreatePartitionOutput>(std::move(failed), values);
}

}  // namespace tarn::glue
