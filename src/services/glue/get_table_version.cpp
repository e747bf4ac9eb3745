// GetTableVersion: a table as it was at a version.
#include "api/glue/get_table_version.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/table_output.h"

namespace tarn::glue {

Task<GetTableVersionOutput> get_table_version(Glue& glue, GetTableVersionRequest request) {
  check_catalog(glue, request.catalog_id);
  GetTableVersionOutput output;
  auto table = co_await glue.catalog.get_table_version(glue.access, request.database_name, request.table_name,
                                                       request.version_id);
  output.table_version.emplace();
  output.table_version->version_id = std::to_string(table.version);
  output.table_version->table = table_to(std::move(table), account_of(glue));
  co_return output;
}

}  // namespace tarn::glue
