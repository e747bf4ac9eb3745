// BatchDeleteTable: removes several tables; each stands for itself.
#include "api/glue/batch_delete_table.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<BatchDeleteTableOutput> batch_delete_table(Glue& glue, BatchDeleteTableRequest request) {
  check_catalog(glue, request.catalog_id);
  BatchDeleteTableOutput output;
  output.errors.emplace();
  for (const std::string& name : request.tables_to_delete) {
    std::optional<Error> refusal;
    try {
      co_await glue.catalog.delete_table(glue.access, request.database_name, name);
    } catch (const Error& error) {
      refusal = error;
    }
    if (!refusal) continue;
    TableError each;
    each.table_name = name;
    each.error_detail = error_detail(refusal->code(), refusal->message());
    output.errors->push_back(std::move(each));
  }
  co_return output;
}

}  // namespace tarn::glue
