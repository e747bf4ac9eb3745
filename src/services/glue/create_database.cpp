// CreateDatabase: a new database in the catalog.
#include "api/glue/create_database.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/table_output.h"

namespace tarn::glue {

Task<CreateDatabaseOutput> create_database(Glue& glue, CreateDatabaseRequest request) {
  check_catalog(glue, request.catalog_id);
  if (request.tags && !request.tags->empty()) refuse_if(request.tags, "tags of databases");
  co_await glue.catalog.create_database(glue.access, database_from(std::move(request.database_input)));
  co_return CreateDatabaseOutput{};
}

}  // namespace tarn::glue
