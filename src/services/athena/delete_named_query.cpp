// DeleteNamedQuery: for good.
#include "api/athena/delete_named_query.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<DeleteNamedQueryOutput> delete_named_query(Athena& athena, DeleteNamedQueryRequest request) {
  co_await athena.queries.delete_named_query(athena.access, std::move(request.named_query_id));
  co_return DeleteNamedQueryOutput{};
}

}  // namespace tarn::athena
