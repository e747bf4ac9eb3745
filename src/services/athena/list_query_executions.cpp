// ListQueryExecutions: ids of a workgroup's executions, newest first.
#include "api/athena/list_query_executions.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<ListQueryExecutionsOutput> list_query_executions(Athena& athena, ListQueryExecutionsRequest request) {
  const std::string list = "ListQueryExecutions/" + request.work_group.value_or("");
  auto page = co_await athena.queries.list(athena.access, request.work_group.value_or(""),
                                           place_after(list, request.next_token),
                                           static_cast<std::size_t>(request.max_results.value_or(50)));
  ListQueryExecutionsOutput output;
  output.query_execution_ids = std::move(page.items);
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::athena
