// GetTableMetadata: a table of the data catalog, with its columns.
#include "api/athena/get_table_metadata.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<GetTableMetadataOutput> get_table_metadata(Athena& athena, GetTableMetadataRequest request) {
  require_data_catalog(request.catalog_name);
  const auto table = co_await athena.catalog.find_table(athena.access, request.database_name, request.table_name);
  if (!table) {
    throw Error(errors::metadata_exception, "EntityNotFoundException: Entity Not Found (Service: AmazonDataCatalog)",
                request.table_name);
  }
  co_return GetTableMetadataOutput{.table_metadata = table_shape(*table)};
}

}  // namespace tarn::athena
