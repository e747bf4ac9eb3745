#include "duck/trino/functions.h"

namespace tarn::duck {

void register_trino_functions(::duckdb::DatabaseInstance& database) {
  const auto transaction = ::duckdb::CatalogTransaction::GetSystemTransaction(database);
  auto& catalog = ::duckdb::Catalog::GetSystemCatalog(database);
  ::duckdb::CreateSchemaInfo schema;
  schema.schema = "trino";
  schema.internal = true;
  catalog.CreateSchema(transaction, schema);
}

}  // namespace tarn::duck
