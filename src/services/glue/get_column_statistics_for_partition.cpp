// GetColumnStatisticsForPartition: statistics of columns of a partition, as engines wrote them.
#include "api/glue/get_column_statistics_for_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/statistics_convert.h"

namespace tarn::glue {

Task<GetColumnStatisticsForPartitionOutput> get_column_statistics_for_partition(
    Glue& glue, GetColumnStatisticsForPartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  auto found = co_await glue.catalog.get_statistics(glue.access, request.database_name, request.table_name,
                                                    request.partition_values, request.column_names);
  GetColumnStatisticsForPartitionOutput output;
  statistics_to(std::move(found), request.column_names, output.column_statistics_list, output.errors);
  co_return output;
}

}  // namespace tarn::glue
