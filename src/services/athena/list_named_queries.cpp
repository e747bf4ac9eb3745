// ListNamedQueries: ids of a workgroup's named queries.
#include "api/athena/list_named_queries.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<ListNamedQueriesOutput> list_named_queries(Athena& athena, ListNamedQueriesRequest request) {
  auto page = co_await athena.queries.list_named_queries(athena.access, request.work_group.value_or(""),
                                                         request.next_token.value_or(""),
                                                         static_cast<std::size_t>(request.max_results.value_or(50)));
  ListNamedQueriesOutput output;
  output.named_query_ids = std::move(page.items);
  if (!page.next.empty()) output.next_token = std::move(page.next);
  co_return output;
}

}  // namespace tarn::athena
