// DeleteDatabase: removes a database with all of its tables.
#include "api/glue/delete_database.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<DeleteDatabaseOutput> delete_database(Glue& glue, DeleteDatabaseRequest request) {
  check_catalog(glue, request.catalog_id);
  co_await glue.catalog.delete_database(glue.access, request.name);
  co_return DeleteDatabaseOutput{};
}

}  // namespace tarn::glue
