// CreateTable: a new table in a database.
#include "api/glue/create_table.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<CreateTableOutput> create_table(Glue& glue, CreateTableRequest request) {
  check_catalog(glue, request.catalog_id);
  refuse_if(request.open_table_format_input, "creating Iceberg tables by their schema (OpenTableFormatInput)");
  if (request.partition_indexes && !request.partition_indexes->empty()) {
    refuse_if(request.partition_indexes, "partition indexes");
  }
  if (!request.table_input) throw Error(errors::invalid_input_exception, "TableInput is required.");
  co_await glue.catalog.create_table(glue.access, request.database_name, table_from(std::move(*request.table_input)));
  co_return CreateTableOutput{};
}

}  // namespace tarn::glue
