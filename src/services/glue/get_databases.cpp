// GetDatabases: all databases, by name.
#include "api/glue/get_databases.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/table_output.h"

namespace tarn::glue {

Task<GetDatabasesOutput> get_databases(Glue& glue, GetDatabasesRequest request) {
  const std::string list = "GetDatabases";
  check_catalog(glue, request.catalog_id);
  auto page = co_await glue.catalog.list_databases(glue.access, place_after(list, request.next_token),
                                                   page_size(request.max_results, 100));
  GetDatabasesOutput output;
  for (catalog::Database& database : page.items) {
    output.database_list.push_back(database_to(std::move(database), account_of(glue)));
  }
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::glue
