// CreateNamedQuery: a query that is kept by name.
#include "api/athena/create_named_query.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<CreateNamedQueryOutput> create_named_query(Athena& athena, CreateNamedQueryRequest request) {
  query::NamedQuery query{.name = std::move(request.name),
                          .description = request.description.value_or(""),
                          .database = std::move(request.database),
                          .query = std::move(request.query_string),
                          .workgroup = request.work_group.value_or("")};
  CreateNamedQueryOutput output;
  output.named_query_id = co_await athena.queries.create_named_query(athena.access, std::move(query));
  co_return output;
}

}  // namespace tarn::athena
