// GetQueryResults: a page of a finished execution's rows, read from its result file as the caller.
#include "api/athena/get_query_results.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<GetQueryResultsOutput> get_query_results(Athena& athena, GetQueryResultsRequest request) {
  const std::string list = "GetQueryResults/" + request.query_execution_id;
  if (request.query_result_type == QueryResultType::data_manifest) not_implemented("QueryResultType DATA_MANIFEST");
  auto page = co_await athena.queries.results(athena.access, std::move(request.query_execution_id),
                                              place_after(list, request.next_token),
                                              static_cast<std::size_t>(request.max_results.value_or(1000)));
  GetQueryResultsOutput output;
  output.update_count = static_cast<std::int64_t>(page.update_count);
  auto& result = output.result_set.emplace();
  auto& rows = result.rows.emplace();
  for (auto& values : page.rows) {
    auto& data = rows.emplace_back().data.emplace();
    for (auto& value : values) data.push_back({.var_char_value = std::move(value)});
  }
  auto& columns = result.result_set_metadata.emplace().column_info.emplace();
  for (const auto& column : page.columns) {
    columns.push_back({.catalog_name = "hive",
                       .schema_name = "",
                       .table_name = "",
                       .name = column.name,
                       .label = column.name,
                       .type = column.type,
                       .precision = static_cast<std::int32_t>(column.precision),
                       .scale = static_cast<std::int32_t>(column.scale),
                       .nullable = ColumnNullable::unknown,
                       .case_sensitive = column.case_sensitive});
  }
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::athena
