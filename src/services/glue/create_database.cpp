// CreateDatabase: a new database in the catalog.
#include "api/glue/create_database.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/table_output.h"
#include "services/glue/tags.h"

namespace tarn::glue {

Task<CreateDatabaseOutput> create_database(Glue& glue, CreateDatabaseRequest request) {
  check_catalog(glue, request.catalog_id);
  co_await glue.catalog.create_database(glue.access, database_from(std::move(request.database_input)),
                                        checked_tags(std::move(request.tags)));
  co_return CreateDatabaseOutput{};
}

}  // namespace tarn::glue
