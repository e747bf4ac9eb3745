// ListPreparedStatements: names of a workgroup's prepared statements.
#include "api/athena/list_prepared_statements.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<ListPreparedStatementsOutput> list_prepared_statements(Athena& athena, ListPreparedStatementsRequest request) {
  const std::string list = "ListPreparedStatements/" + request.work_group;
  const auto page = co_await athena.queries.list_prepared_statements(
      athena.access, std::move(request.work_group), place_after(list, request.next_token),
      static_cast<std::size_t>(request.max_results.value_or(50)));
  ListPreparedStatementsOutput output;
  auto& statements = output.prepared_statements.emplace();
  for (const auto& statement : page.items) {
    statements.push_back({.statement_name = statement.name, .last_modified_time = statement.modified});
  }
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::athena
