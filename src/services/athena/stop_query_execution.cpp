// StopQueryExecution: an execution that is not finished will be cancelled.
#include "api/athena/stop_query_execution.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<StopQueryExecutionOutput> stop_query_execution(Athena& athena, StopQueryExecutionRequest request) {
  co_await athena.queries.stop(athena.access, std::move(request.query_execution_id));
  co_return StopQueryExecutionOutput{};
}

}  // namespace tarn::athena
