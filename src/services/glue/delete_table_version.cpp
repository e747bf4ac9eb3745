// DeleteTableVersion: removes an archived version of a table.
#include "api/glue/delete_table_version.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<DeleteTableVersionOutput> delete_table_version(Glue& glue, DeleteTableVersionRequest request) {
  check_catalog(glue, request.catalog_id);
  co_await glue.catalog.delete_table_version(glue.access, request.database_name, request.table_name,
                                             request.version_id);
  co_return DeleteTableVersionOutput{};
}

}  // namespace tarn::glue
