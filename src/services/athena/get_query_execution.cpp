// GetQueryExecution: the state of an execution, and what it cost.
#include "api/athena/get_query_execution.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<GetQueryExecutionOutput> get_query_execution(Athena& athena, GetQueryExecutionRequest request) {
  const auto execution = co_await athena.queries.execution(athena.access, std::move(request.query_execution_id));
  co_return GetQueryExecutionOutput{.query_execution = query_execution_shape(execution)};
}

}  // namespace tarn::athena
