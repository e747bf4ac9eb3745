// UpdatePreparedStatement: another text under the same name.
#include "api/athena/update_prepared_statement.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<UpdatePreparedStatementOutput> update_prepared_statement(Athena& athena, UpdatePreparedStatementRequest request) {
  query::PreparedStatement statement{.name = std::move(request.statement_name),
                                     .workgroup = std::move(request.work_group),
                                     .query = std::move(request.query_statement),
                                     .description = request.description.value_or("")};
  co_await athena.queries.put_prepared_statement(athena.access, std::move(statement), true);
  co_return UpdatePreparedStatementOutput{};
}

}  // namespace tarn::athena
