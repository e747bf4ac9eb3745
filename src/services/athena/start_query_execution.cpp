// StartQueryExecution: a statement becomes an execution, which runs when its turn comes.
#include "api/athena/start_query_execution.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<StartQueryExecutionOutput> start_query_execution(Athena& athena, StartQueryExecutionRequest request) {
  refuse_unsupported(request.result_configuration);
  query::StartRequest start{.query = std::move(request.query_string),
                            .workgroup = request.work_group.value_or(""),
                            .client_token = request.client_request_token.value_or(""),
                            .parameters = request.execution_parameters.value_or(std::vector<std::string>())};
  if (const auto& context = request.query_execution_context) {
    start.database = context->database.value_or("");
    start.catalog = context->catalog.value_or("");
  }
  if (!start.catalog.empty()) require_data_catalog(start.catalog);
  if (const auto& configuration = request.result_configuration) {
    start.output_location = configuration->output_location.value_or("");
    start.sse_s3 = wants_sse_s3(request.result_configuration);
    start.expected_bucket_owner = configuration->expected_bucket_owner.value_or("");
  }
  StartQueryExecutionOutput output;
  output.query_execution_id = co_await athena.queries.start(athena.access, std::move(start));
  co_return output;
}

}  // namespace tarn::athena
