// UpdateColumnStatisticsForTable: keeps statistics of columns of a table.
#include "api/glue/update_column_statistics_for_table.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/statistics_convert.h"

namespace tarn::glue {

Task<UpdateColumnStatisticsForTableOutput> update_column_statistics_for_table(
    Glue& glue, UpdateColumnStatisticsForTableRequest request) {
  check_catalog(glue, request.catalog_id);
  co_await glue.catalog.put_statistics(glue.access, request.database_name, request.table_name, {},
                                       statistics_from(std::move(request.column_statistics_list)));
  UpdateColumnStatisticsForTableOutput output;
  output.errors.emplace();
  co_return output;
}

}  // namespace tarn::glue
