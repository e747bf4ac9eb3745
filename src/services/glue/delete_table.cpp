// DeleteTable: removes a table with its partitions; its objects stay.
#include "api/glue/delete_table.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<DeleteTableOutput> delete_table(Glue& glue, DeleteTableRequest request) {
  check_catalog(glue, request.catalog_id);
  co_await glue.catalog.delete_table(glue.access, request.database_name, request.name);
  co_return DeleteTableOutput{};
}

}  // namespace tarn::glue
