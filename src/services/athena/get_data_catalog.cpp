// GetDataCatalog: the one data catalog of an account.
#include "api/athena/get_data_catalog.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<GetDataCatalogOutput> get_data_catalog(Athena& athena, GetDataCatalogRequest request) {
  require_data_catalog(request.name);
  DataCatalog shape{
      .name = std::string(data_catalog),
      .type = DataCatalogType::glue,
      .parameters = std::map<std::string, std::string>{
          {"catalog-id", athena.access.principal().account ? athena.access.principal().account->text() : ""}}};
  shape.status = DataCatalogStatus::create_complete;
  co_return GetDataCatalogOutput{.data_catalog = std::move(shape)};
}

}  // namespace tarn::athena
