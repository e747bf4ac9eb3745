// UpdateTable: replaces a table; the version before is archived unless SkipArchive says no.
#include "api/glue/update_table.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<UpdateTableOutput> update_table(Glue& glue, UpdateTableRequest request) {
  check_catalog(glue, request.catalog_id);
  refuse_if(request.update_open_table_format_input, "changing Iceberg tables by their schema");
  if (!request.table_input) throw Error(errors::invalid_input_exception, "TableInput is required.");
  catalog::Catalog::UpdateOptions options{.skip_archive = request.skip_archive.value_or(false),
                                          .expected_version = request.version_id};
  co_await glue.catalog.update_table(glue.access, request.database_name, table_from(std::move(*request.table_input)),
                                     std::move(options));
  co_return UpdateTableOutput{};
}

}  // namespace tarn::glue
