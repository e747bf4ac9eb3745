// UpdateDatabase: replaces what is said of a database, but not its name.
#include "api/glue/update_database.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/table_output.h"

namespace tarn::glue {

Task<UpdateDatabaseOutput> update_database(Glue& glue, UpdateDatabaseRequest request) {
  check_catalog(glue, request.catalog_id);
  co_await glue.catalog.update_database(glue.access, request.name, database_from(std::move(request.database_input)));
  co_return UpdateDatabaseOutput{};
}

}  // namespace tarn::glue
