// UpdateNamedQuery: another text under the same id.
#include "api/athena/update_named_query.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<UpdateNamedQueryOutput> update_named_query(Athena& athena, UpdateNamedQueryRequest request) {
  query::NamedQuery query{.id = std::move(request.named_query_id),
                          .name = std::move(request.name),
                          .description = request.description.value_or(""),
                          .query = std::move(request.query_string)};
  co_await athena.queries.update_named_query(athena.access, std::move(query));
  co_return UpdateNamedQueryOutput{};
}

}  // namespace tarn::athena
