// ListNamedQueries: ids of a workgroup's named queries.
#include "api/athena/list_named_queries.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<ListNamedQueriesOutput> list_named_queries(Athena& athena, ListNamedQueriesRequest request) {
  const std::string list = "ListNamedQueries/" + request.work_group.value_or("");
  auto page = co_await athena.queries.list_named_queries(athena.access, request.work_group.value_or(""),
                                                         place_after(list, request.next_token),
                                                         static_cast<std::size_t>(request.max_results.value_or(50)));
  ListNamedQueriesOutput output;
  output.named_query_ids = std::move(page.items);
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::athena
