// ListDataCatalogs: the one data catalog of an account.
#include "api/athena/list_data_catalogs.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<ListDataCatalogsOutput> list_data_catalogs(Athena&, ListDataCatalogsRequest request) {
  place_after("ListDataCatalogs", request.next_token);  // There is one page.
  ListDataCatalogsOutput output;
  output.data_catalogs_summary.emplace().push_back({.catalog_name = std::string(data_catalog),
                                                    .type = DataCatalogType::glue,
                                                    .status = DataCatalogStatus::create_complete});
  co_return output;
}

}  // namespace tarn::athena
