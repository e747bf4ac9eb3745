// GetDatabase: a database of the data catalog.
#include "api/athena/get_database.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<GetDatabaseOutput> get_database(Athena& athena, GetDatabaseRequest request) {
  require_data_catalog(request.catalog_name);
  const auto database = co_await athena.catalog.find_database(athena.access, request.database_name);
  if (!database) {
    throw Error(errors::metadata_exception, "Database " + request.database_name + " not found.", request.database_name);
  }
  co_return GetDatabaseOutput{.database = database_shape(*database)};
}

}  // namespace tarn::athena
