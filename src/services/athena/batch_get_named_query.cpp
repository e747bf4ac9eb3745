// BatchGetNamedQuery: several; those that cannot be told are listed with the reason.
#include "api/athena/batch_get_named_query.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<BatchGetNamedQueryOutput> batch_get_named_query(Athena& athena, BatchGetNamedQueryRequest request) {
  BatchGetNamedQueryOutput output;
  output.named_queries.emplace();
  output.unprocessed_named_query_ids.emplace();
  for (const auto& id : request.named_query_ids) {
    try {
      const auto query = co_await athena.queries.named_query(athena.access, id);
      output.named_queries->push_back(named_query_shape(query));
    } catch (const Error& error) {
      output.unprocessed_named_query_ids->push_back(
          {.named_query_id = id, .error_code = std::string(error.code().name), .error_message = error.message()});
    }
  }
  co_return output;
}

}  // namespace tarn::athena
