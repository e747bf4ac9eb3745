// BatchGetPreparedStatement: several; those that are not there are listed.
#include "api/athena/batch_get_prepared_statement.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<BatchGetPreparedStatementOutput> batch_get_prepared_statement(Athena& athena,
                                                                   BatchGetPreparedStatementRequest request) {
  BatchGetPreparedStatementOutput output;
  output.prepared_statements.emplace();
  output.unprocessed_prepared_statement_names.emplace();
  for (const auto& name : request.prepared_statement_names) {
    try {
      const auto statement = co_await athena.queries.prepared_statement(athena.access, request.work_group, name);
      output.prepared_statements->push_back(prepared_statement_shape(statement));
    } catch (const Error& error) {
      output.unprocessed_prepared_statement_names->push_back(
          {.statement_name = name, .error_code = std::string(error.code().name), .error_message = error.message()});
    }
  }
  co_return output;
}

}  // namespace tarn::athena
