// GetColumnStatisticsForTable: statistics of columns of a table, as engines wrote them.
#include "api/glue/get_column_statistics_for_table.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/statistics_convert.h"

namespace tarn::glue {

Task<GetColumnStatisticsForTableOutput> get_column_statistics_for_table(Glue& glue,
                                                                        GetColumnStatisticsForTableRequest request) {
  check_catalog(glue, request.catalog_id);
  auto found = co_await glue.catalog.get_statistics(glue.access, request.database_name, request.table_name, {},
                                                    request.column_names);
  GetColumnStatisticsForTableOutput output;
  statistics_to(std::move(found), request.column_names, output.column_statistics_list, output.errors);
  co_return output;
}

}  // namespace tarn::glue
