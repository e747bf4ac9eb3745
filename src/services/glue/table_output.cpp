#include "services/glue/table_output.h"

namespace tarn::glue {

Table table_to(catalog::Table in, const AccountId& account) {
  Table out;
  out.name = std::move(in.name);
  out.database_name = std::move(in.database);
  out.description = std::move(in.description);
  out.owner = std::move(in.owner);
  out.create_time = in.created;
  out.update_time = in.updated;
  out.last_access_time = in.last_access;
  out.last_analyzed_time = in.last_analyzed;
  if (in.retention) out.retention = static_cast<std::int32_t>(*in.retention);
  if (in.storage) out.storage_descriptor = storage_to(std::move(*in.storage));
  out.partition_keys = columns_to(std::move(in.partition_keys));
  out.view_original_text = std::move(in.view_original_text);
  out.view_expanded_text = std::move(in.view_expanded_text);
  out.table_type = std::move(in.table_type);
  out.parameters = std::move(in.parameters);
  out.created_by = std::move(in.created_by);
  out.is_registered_with_lake_formation = false;
  if (in.target) {
    out.target_table.emplace();
    out.target_table->catalog_id = std::move(in.target->catalog_id);
    out.target_table->database_name = std::move(in.target->database_name);
    out.target_table->name = std::move(in.target->name);
    out.target_table->region = std::move(in.target->region);
  }
  out.catalog_id = account.text();
  out.version_id = std::to_string(in.version);
  return out;
}

Database database_to(catalog::Database in, const AccountId& account) {
  Database out;
  out.name = std::move(in.name);
  out.description = std::move(in.description);
  out.location_uri = std::move(in.location_uri);
  out.parameters = unless_empty(std::move(in.parameters));
  out.create_time = in.created;
  out.catalog_id = account.text();
  return out;
}

catalog::DatabaseInput database_from(DatabaseInput in) {
  refuse_if(in.target_database, "links to other databases (TargetDatabase)");
  refuse_if(in.federated_database, "federated databases (FederatedDatabase)");
  // CreateTableDefaultPermissions belong to Lake Formation, which is not here: IAM alone decides, as they say by
  // default.
  return {.name = std::move(in.name),
          .description = std::move(in.description),
          .location_uri = std::move(in.location_uri),
          .parameters = std::move(in.parameters).value_or(catalog::Parameters{})};
}

}  // namespace tarn::glue
