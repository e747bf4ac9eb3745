// GetTableVersions: all versions of a table, newest first.
#include "api/glue/get_table_versions.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/table_output.h"

namespace tarn::glue {

Task<GetTableVersionsOutput> get_table_versions(Glue& glue, GetTableVersionsRequest request) {
  const std::string list = "GetTableVersions/" + request.database_name + "." + request.table_name;
  check_catalog(glue, request.catalog_id);
  auto page = co_await glue.catalog.list_table_versions(glue.access, request.database_name, request.table_name,
                                                        place_after(list, request.next_token),
                                                        page_size(request.max_results, 100));
  GetTableVersionsOutput output;
  output.table_versions.emplace();
  for (catalog::Table& table : page.items) {
    TableVersion version;
    version.version_id = std::to_string(table.version);
    version.table = table_to(std::move(table), account_of(glue));
    output.table_versions->push_back(std::move(version));
  }
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::glue
