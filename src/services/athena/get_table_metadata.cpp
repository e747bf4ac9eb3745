// GetTableMetadata: a table of the data catalog, with its columns.
#include "api/athena/get_table_metadata.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<GetTableMetadataOutput> get_table_metadata(Athena& athena, GetTableMetadataRequest request) {
  require_data_catalog(request.catalog_name);
  const auto table = co_await athena.catalog.find_table(athena.access, request.database_name, request.table_name);
  if (!table) {
    // Clients (PyAthena's SQLAlchemy dialect, noctua) tell a missing table by the words in the parentheses.
    throw Error(errors::metadata_exception,
                "Entity Not Found (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; "
                "Proxy: null)",
                request.table_name);
  }
  co_return GetTableMetadataOutput{.table_metadata = table_shape(*table)};
}

}  // namespace tarn::athena
