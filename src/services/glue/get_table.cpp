// GetTable: a table as it is now.
#include "api/glue/get_table.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/table_output.h"

namespace tarn::glue {

Task<GetTableOutput> get_table(Glue& glue, GetTableRequest request) {
  check_catalog(glue, request.catalog_id);
  refuse_if(request.query_as_of_time, "reading a table as of a time");
  GetTableOutput output;
  output.table =
      table_to(co_await glue.catalog.get_table(glue.access, request.database_name, request.name), account_of(glue));
  co_return output;
}

}  // namespace tarn::glue
