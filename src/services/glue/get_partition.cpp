// GetPartition: one partition by its values.
#include "api/glue/get_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetPartitionOutput> get_partition(Glue& glue, GetPartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  std::vector<std::vector<std::string>> values;
  values.push_back(request.partition_values);
  auto found =
      co_await glue.catalog.get_partitions(glue.access, request.database_name, request.table_name, std::move(values));
  if (!found[0]) throw Error(errors::entity_not_found_exception, "Cannot find partition.");
  GetPartitionOutput output;
  output.partition = partition_to(std::move(*found[0]), account_of(glue), request.database_name, request.table_name);
  co_return output;
}

}  // namespace tarn::glue
