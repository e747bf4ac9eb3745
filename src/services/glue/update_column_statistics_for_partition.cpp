// UpdateColumnStatisticsForPartition: keeps statistics of columns of a partition.
#include "api/glue/update_column_statistics_for_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/statistics_convert.h"

namespace tarn::glue {

Task<UpdateColumnStatisticsForPartitionOutput> update_column_statistics_for_partition(
    Glue& glue, UpdateColumnStatisticsForPartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  co_await glue.catalog.put_statistics(glue.access, request.database_name, request.table_name, request.partition_values,
                                       statistics_from(std::move(request.column_statistics_list)));
  UpdateColumnStatisticsForPartitionOutput output;
  output.errors.emplace();
  co_return output;
}

}  // namespace tarn::glue
