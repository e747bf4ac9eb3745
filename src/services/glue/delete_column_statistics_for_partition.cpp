// DeleteColumnStatisticsForPartition: forgets a column's statistics; success also where there are none.
#include "api/glue/delete_column_statistics_for_partition.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<DeleteColumnStatisticsForPartitionOutput> delete_column_statistics_for_partition(
    Glue& glue, DeleteColumnStatisticsForPartitionRequest request) {
  check_catalog(glue, request.catalog_id);
  co_await glue.catalog.delete_statistics(glue.access, request.database_name, request.table_name,
                                          request.partition_values, request.column_name);
  co_return DeleteColumnStatisticsForPartitionOutput{};
}

}  // namespace tarn::glue
