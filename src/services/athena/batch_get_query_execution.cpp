// BatchGetQueryExecution: several executions; those that cannot be told are listed with the reason.
#include "api/athena/batch_get_query_execution.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<BatchGetQueryExecutionOutput> batch_get_query_execution(Athena& athena, BatchGetQueryExecutionRequest request) {
  BatchGetQueryExecutionOutput output;
  output.query_executions.emplace();
  output.unprocessed_query_execution_ids.emplace();
  for (const auto& id : request.query_execution_ids) {
    try {
      const auto execution = co_await athena.queries.execution(athena.access, id, "athena:BatchGetQueryExecution");
      output.query_executions->push_back(query_execution_shape(execution));
    } catch (const Error& error) {
      output.unprocessed_query_execution_ids->push_back(
          {.query_execution_id = id, .error_code = std::string(error.code().name), .error_message = error.message()});
    }
  }
  co_return output;
}

}  // namespace tarn::athena
