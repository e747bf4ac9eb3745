// GetDatabase: one database.
#include "api/glue/get_database.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/table_output.h"

namespace tarn::glue {

Task<GetDatabaseOutput> get_database(Glue& glue, GetDatabaseRequest request) {
  check_catalog(glue, request.catalog_id);
  GetDatabaseOutput output;
  output.database = database_to(co_await glue.catalog.get_database(glue.access, request.name), account_of(glue));
  co_return output;
}

}  // namespace tarn::glue
