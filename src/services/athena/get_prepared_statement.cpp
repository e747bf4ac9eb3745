// GetPreparedStatement: a statement that was prepared.
#include "api/athena/get_prepared_statement.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<GetPreparedStatementOutput> get_prepared_statement(Athena& athena, GetPreparedStatementRequest request) {
  const auto statement = co_await athena.queries.prepared_statement(athena.access, std::move(request.work_group),
                                                                    std::move(request.statement_name));
  co_return GetPreparedStatementOutput{.prepared_statement = prepared_statement_shape(statement)};
}

}  // namespace tarn::athena
