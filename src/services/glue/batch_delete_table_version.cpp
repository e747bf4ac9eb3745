// BatchDeleteTableVersion: removes several archived versions; each stands for itself.
#include "api/glue/batch_delete_table_version.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<BatchDeleteTableVersionOutput> batch_delete_table_version(Glue& glue, BatchDeleteTableVersionRequest request) {
  check_catalog(glue, request.catalog_id);
  BatchDeleteTableVersionOutput output;
  output.errors.emplace();
  for (const std::string& version : request.version_ids) {
    std::optional<Error> refusal;
    try {
      co_await glue.catalog.delete_table_version(glue.access, request.database_name, request.table_name, version);
    } catch (const Error& error) {
      refusal = error;
    }
    if (!refusal) continue;
    TableVersionError each;
    each.table_name = request.table_name;
    each.version_id = version;
    each.error_detail = error_detail(refusal->code(), refusal->message());
    output.errors->push_back(std::move(each));
  }
  co_return output;
}

}  // namespace tarn::glue
