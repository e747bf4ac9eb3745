// GetNamedQuery: a query that was kept by name.
#include "api/athena/get_named_query.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<GetNamedQueryOutput> get_named_query(Athena& athena, GetNamedQueryRequest request) {
  const auto query = co_await athena.queries.named_query(athena.access, std::move(request.named_query_id));
  co_return GetNamedQueryOutput{.named_query = named_query_shape(query)};
}

}  // namespace tarn::athena
