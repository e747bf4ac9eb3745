#include "services/glue/convert.h"

namespace tarn::glue {

const AccountId& account_of(const Glue& glue) {
  return policy::account_of(glue.access);
}

void check_catalog(const Glue& glue, const std::optional<std::string>& catalog_id) {
  if (catalog_id && !catalog_id->empty() && *catalog_id != account_of(glue).text()) {
    throw Error(errors::entity_not_found_exception, "Catalog " + *catalog_id + " not found.");
  }
}

std::string place_after(std::string_view list, const std::optional<std::string>& next_token) {
  if (!next_token || next_token->empty()) return {};
  auto place = page_place(list, *next_token);
  if (!place) throw Error(errors::invalid_input_exception, "The NextToken is not one that this list has given out.");
  return std::move(*place);
}

ErrorDetail error_detail(const ErrorCode& code, std::string message) {
  ErrorDetail detail;
  detail.error_code = std::string(code.name);
  detail.error_message = std::move(message);
  return detail;
}

std::vector<catalog::Column> columns_from(std::optional<std::vector<Column>> columns) {
  std::vector<catalog::Column> result;
  for (Column& column : columns ? *columns : std::vector<Column>{}) {
    result.push_back({.name = std::move(column.name),
                      .type = std::move(column.type),
                      .comment = std::move(column.comment),
                      .parameters = std::move(column.parameters).value_or(catalog::Parameters{})});
  }
  return result;
}

std::vector<Column> columns_to(std::vector<catalog::Column> columns) {
  std::vector<Column> result;
  for (catalog::Column& column : columns) {
    Column out;
    out.name = std::move(column.name);
    out.type = std::move(column.type);
    out.comment = std::move(column.comment);
    out.parameters = unless_empty(std::move(column.parameters));
    result.push_back(std::move(out));
  }
  return result;
}

catalog::StorageDescriptor storage_from(StorageDescriptor in) {
  refuse_if(in.schema_reference, "columns from a schema registry (SchemaReference)");
  catalog::StorageDescriptor out;
  out.columns = columns_from(std::move(in.columns));
  out.location = std::move(in.location);
  out.additional_locations = std::move(in.additional_locations).value_or(std::vector<std::string>{});
  out.input_format = std::move(in.input_format);
  out.output_format = std::move(in.output_format);
  out.compressed = in.compressed;
  out.number_of_buckets = in.number_of_buckets;
  if (in.serde_info) {
    out.serde = catalog::SerdeInfo{.name = std::move(in.serde_info->name),
                                   .library = std::move(in.serde_info->serialization_library),
                                   .parameters = std::move(in.serde_info->parameters).value_or(catalog::Parameters{})};
  }
  out.bucket_columns = std::move(in.bucket_columns).value_or(std::vector<std::string>{});
  for (Order& order : in.sort_columns ? *in.sort_columns : std::vector<Order>{}) {
    out.sort_columns.push_back({.column = std::move(order.column), .order = order.sort_order});
  }
  out.parameters = std::move(in.parameters).value_or(catalog::Parameters{});
  if (in.skewed_info) {
    SkewedInfo& skewed = *in.skewed_info;
    out.skewed = catalog::SkewedInfo{
        .column_names = std::move(skewed.skewed_column_names).value_or(std::vector<std::string>{}),
        .column_values = std::move(skewed.skewed_column_values).value_or(std::vector<std::string>{}),
        .value_location_maps = std::move(skewed.skewed_column_value_location_maps).value_or(catalog::Parameters{})};
  }
  out.stored_as_sub_directories = in.stored_as_sub_directories;
  return out;
}

StorageDescriptor storage_to(catalog::StorageDescriptor in) {
  StorageDescriptor out;
  out.columns = columns_to(std::move(in.columns));
  out.location = std::move(in.location);
  out.additional_locations = unless_empty(std::move(in.additional_locations));
  out.input_format = std::move(in.input_format);
  out.output_format = std::move(in.output_format);
  out.compressed = in.compressed;
  if (in.number_of_buckets) out.number_of_buckets = static_cast<std::int32_t>(*in.number_of_buckets);
  if (in.serde) {
    out.serde_info.emplace();
    out.serde_info->name = std::move(in.serde->name);
    out.serde_info->serialization_library = std::move(in.serde->library);
    out.serde_info->parameters = unless_empty(std::move(in.serde->parameters));
  }
  out.bucket_columns = unless_empty(std::move(in.bucket_columns));
  for (catalog::SortColumn& sort : in.sort_columns) {
    Order order;
    order.column = std::move(sort.column);
    order.sort_order = sort.order;
    if (!out.sort_columns) out.sort_columns.emplace();
    out.sort_columns->push_back(std::move(order));
  }
  out.parameters = unless_empty(std::move(in.parameters));
  if (in.skewed) {
    out.skewed_info.emplace();
    out.skewed_info->skewed_column_names = unless_empty(std::move(in.skewed->column_names));
    out.skewed_info->skewed_column_values = unless_empty(std::move(in.skewed->column_values));
    out.skewed_info->skewed_column_value_location_maps = unless_empty(std::move(in.skewed->value_location_maps));
  }
  out.stored_as_sub_directories = in.stored_as_sub_directories;
  return out;
}

catalog::TableInput table_from(TableInput in) {
  refuse_if(in.federated_table, "federated tables (FederatedTable)");
  refuse_if(in.view_definition, "multi-dialect views (ViewDefinition)");
  catalog::TableInput out;
  out.name = std::move(in.name);
  out.description = std::move(in.description);
  out.owner = std::move(in.owner);
  out.last_access = in.last_access_time;
  out.last_analyzed = in.last_analyzed_time;
  out.retention = in.retention;
  if (in.storage_descriptor) out.storage = storage_from(std::move(*in.storage_descriptor));
  out.partition_keys = columns_from(std::move(in.partition_keys));
  out.view_original_text = std::move(in.view_original_text);
  out.view_expanded_text = std::move(in.view_expanded_text);
  out.table_type = std::move(in.table_type);
  out.parameters = std::move(in.parameters).value_or(catalog::Parameters{});
  if (in.target_table) {
    out.target = catalog::TargetTable{.catalog_id = std::move(in.target_table->catalog_id),
                                      .database_name = std::move(in.target_table->database_name),
                                      .name = std::move(in.target_table->name),
                                      .region = std::move(in.target_table->region)};
  }
  return out;
}

catalog::PartitionInput partition_from(PartitionInput in) {
  catalog::PartitionInput out;
  out.values = std::move(in.values).value_or(std::vector<std::string>{});
  out.last_access = in.last_access_time;
  out.last_analyzed = in.last_analyzed_time;
  if (in.storage_descriptor) out.storage = storage_from(std::move(*in.storage_descriptor));
  out.parameters = std::move(in.parameters).value_or(catalog::Parameters{});
  return out;
}

Partition partition_to(catalog::Partition in, const AccountId& account, const std::string& database,
                       const std::string& table) {
  Partition out;
  out.values = std::move(in.values);
  out.database_name = database;
  out.table_name = table;
  out.creation_time = in.created;
  out.last_access_time = in.last_access;
  out.last_analyzed_time = in.last_analyzed;
  if (in.storage) out.storage_descriptor = storage_to(std::move(*in.storage));
  out.parameters = unless_empty(std::move(in.parameters));
  out.catalog_id = account.text();
  return out;
}

}  // namespace tarn::glue
