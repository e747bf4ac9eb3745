// ListTableMetadata: tables of a database, with their columns.
#include "api/athena/list_table_metadata.h"

#include <regex>

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<ListTableMetadataOutput> list_table_metadata(Athena& athena, ListTableMetadataRequest request) {
  const std::string list = "ListTableMetadata/" + request.database_name;
  require_data_catalog(request.catalog_name);
  // The expression is a regular expression over names, as Glue's.
  std::optional<std::regex> pattern;
  if (request.expression && !request.expression->empty()) {
    try {
      pattern.emplace(*request.expression, std::regex::icase);
    } catch (const std::regex_error&) {
      throw Error(errors::invalid_request_exception, "Expression is not a valid regular expression");
    }
  }
  const auto matches = [&pattern](const std::string& name) { return !pattern || std::regex_search(name, *pattern); };
  if (!co_await athena.catalog.find_database(athena.access, request.database_name)) {
    throw Error(errors::metadata_exception, "Database " + request.database_name + " not found.", request.database_name);
  }
  const auto page = co_await athena.catalog.list_tables(athena.access, request.database_name, matches,
                                                        place_after(list, request.next_token),
                                                        static_cast<std::size_t>(request.max_results.value_or(50)));
  ListTableMetadataOutput output;
  auto& tables = output.table_metadata_list.emplace();
  for (const auto& table : page.items) tables.push_back(table_shape(table));
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::athena
