// ListDatabases: databases of the data catalog.
#include "api/athena/list_databases.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<ListDatabasesOutput> list_databases(Athena& athena, ListDatabasesRequest request) {
  const std::string list = "ListDatabases";
  require_data_catalog(request.catalog_name);
  const auto page = co_await athena.catalog.list_databases(athena.access, place_after(list, request.next_token),
                                                           static_cast<std::size_t>(request.max_results.value_or(50)));
  ListDatabasesOutput output;
  auto& databases = output.database_list.emplace();
  for (const auto& database : page.items) databases.push_back(database_shape(database));
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::athena
