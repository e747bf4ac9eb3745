// CreatePreparedStatement: a statement with parameters, parsed now and run by EXECUTE.
#include "api/athena/create_prepared_statement.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<CreatePreparedStatementOutput> create_prepared_statement(Athena& athena, CreatePreparedStatementRequest request) {
  query::PreparedStatement statement{.name = std::move(request.statement_name),
                                     .workgroup = std::move(request.work_group),
                                     .query = std::move(request.query_statement),
                                     .description = request.description.value_or("")};
  co_await athena.queries.put_prepared_statement(athena.access, std::move(statement), false);
  co_return CreatePreparedStatementOutput{};
}

}  // namespace tarn::athena
