// ListQueryExecutions: ids of a workgroup's executions, newest first.
#include "api/athena/list_query_executions.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<ListQueryExecutionsOutput> list_query_executions(Athena& athena, ListQueryExecutionsRequest request) {
  auto page =
      co_await athena.queries.list(athena.access, request.work_group.value_or(""), request.next_token.value_or(""),
                                   static_cast<std::size_t>(request.max_results.value_or(50)));
  ListQueryExecutionsOutput output;
  output.query_execution_ids = std::move(page.items);
  if (!page.next.empty()) output.next_token = std::move(page.next);
  co_return output;
}

}  // namespace tarn::athena
