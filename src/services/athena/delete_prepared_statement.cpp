// DeletePreparedStatement: for good.
#include "api/athena/delete_prepared_statement.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<DeletePreparedStatementOutput> delete_prepared_statement(Athena& athena, DeletePreparedStatementRequest request) {
  co_await athena.queries.delete_prepared_statement(athena.access, std::move(request.work_group),
                                                    std::move(request.statement_name));
  co_return DeletePreparedStatementOutput{};
}

}  // namespace tarn::athena
