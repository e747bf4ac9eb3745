// ListPreparedStatements: names of a workgroup's prepared statements.
#include "api/athena/list_prepared_statements.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<ListPreparedStatementsOutput> list_prepared_statements(Athena& athena, ListPreparedStatementsRequest request) {
  const auto page = co_await athena.queries.list_prepared_statements(
      athena.access, std::move(request.work_group), request.next_token.value_or(""),
      static_cast<std::size_t>(request.max_results.value_or(50)));
  ListPreparedStatementsOutput output;
  auto& statements = output.prepared_statements.emplace();
  for (const auto& statement : page.items) {
    statements.push_back({.statement_name = statement.name, .last_modified_time = statement.modified});
  }
  if (!page.next.empty()) output.next_token = page.next;
  co_return output;
}

}  // namespace tarn::athena
