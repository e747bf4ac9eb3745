// Definitions of databases, tables and views, and MSCK REPAIR.
#include <algorithm>
#include <set>

#include "query/runner.h"
#include "query/sql/token.h"
#include "query/storage.h"

namespace tarn::query {
namespace {

catalog::Parameters parameters_of(const sql::StringPairs& pairs) {
  catalog::Parameters result;
  for (const auto& [key, value] : pairs) result[key] = value;
  return result;
}

std::vector<catalog::Column> columns_of(const std::vector<sql::ColumnDefinition>& definitions) {
  std::vector<catalog::Column> columns;
  for (const auto& definition : definitions) {
    columns.push_back({.name = definition.name, .type = definition.type});
    if (!definition.comment.empty()) columns.back().comment = definition.comment;
  }
  return columns;
}

void require_distinct(const catalog::TableInput& table) {
  std::set<std::string> seen;
  const auto check = [&](const catalog::Column& column) {
    if (!seen.insert(column.name).second) refuse("DUPLICATE_COLUMN_NAME", "Duplicate column name: " + column.name);
  };
  std::ranges::for_each(table.storage->columns, check);
  std::ranges::for_each(table.partition_keys, check);
}

void apply_row_format(const sql::RowFormat& format, catalog::StorageDescriptor& storage) {
  auto& serde = *storage.serde;
  if (!format.serde.empty()) {
    serde.library = format.serde;
    serde.parameters.clear();
  }
  const auto set = [&](const char* name, const std::optional<std::string>& value) {
    if (value) serde.parameters[name] = *value;
  };
  set("field.delim", format.field_delimiter);
  set("serialization.format", format.field_delimiter);
  set("escape.delim", format.escape);
  set("collection.delim", format.collection_delimiter);
  set("mapkey.delim", format.map_key_delimiter);
  set("line.delim", format.line_delimiter);
  set("serialization.null.format", format.null_text);
  for (const auto& [key, value] : format.serde_properties) serde.parameters[key] = value;
}

std::string location_text(std::string location) {
  const auto path = parse_object_path(location);
  if (!path) refuse("INVALID_TABLE_PROPERTY", "The location is not a valid S3 path: " + location);
  if (!location.ends_with('/')) location += '/';
  return location;
}

}  // namespace

void Runner::create_database(const sql::CreateDatabase& create) {
  auto& catalog = core_.dependencies.catalog;
  const std::string name = to_lower(create.name.text);
  catalog::DatabaseInput input{.name = name, .parameters = parameters_of(create.properties)};
  if (!create.comment.empty()) input.description = create.comment;
  if (!create.location.empty()) input.location_uri = location_text(create.location);
  const bool there = sync_wait(catalog.find_database(*access_, name)).has_value();
  if (there && !create.if_not_exists) refuse("SCHEMA_ALREADY_EXISTS", "Database " + name + " already exists");
  if (!there) sync_wait(catalog.create_database(*access_, std::move(input)));
  write_text({}, {});
}

void Runner::drop_database(const sql::DropDatabase& drop) {
  auto& catalog = core_.dependencies.catalog;
  const std::string name = to_lower(drop.name.text);
  if (!sync_wait(catalog.find_database(*access_, name))) {
    if (!drop.if_exists) refuse("SCHEMA_NOT_FOUND", "Database does not exist: " + name);
  } else {
    const auto any = [](const std::string&) { return true; };
    const auto tables = sync_wait(catalog.list_tables(*access_, name, any, "", 1));
    if (!tables.items.empty() && !drop.cascade) {
      refuse("SCHEMA_NOT_EMPTY", "Database " + name + " is not empty. One or more tables exist.");
    }
    sync_wait(catalog.delete_database(*access_, name));
  }
  write_text({}, {});
}

void Runner::alter_database(const sql::AlterDatabase& alter) {
  auto& catalog = core_.dependencies.catalog;
  catalog::DatabaseInput input = sync_wait(catalog.get_database(*access_, to_lower(alter.name.text)));
  for (const auto& [key, value] : alter.properties) input.parameters[key] = value;
  sync_wait(catalog.update_database(*access_, input.name, input));
  write_text({}, {});
}

void Runner::create_table(const sql::CreateTable& create) {
  auto& catalog = core_.dependencies.catalog;
  const TableName name = table_name(create.table, execution_.database);
  const auto properties = parameters_of(create.properties);
  const auto kind = properties.find("table_type");
  if (kind != properties.end() && equal_ignoring_case(kind->second, "iceberg")) {
    refuse("NOT_SUPPORTED", "Iceberg tables are not supported");
  }
  if (!create.external) refuse("NOT_SUPPORTED", "Only external tables can be created: CREATE EXTERNAL TABLE");
  if (create.location.empty()) refuse("INVALID_TABLE_PROPERTY", "LOCATION is required for external tables");
  if (create.columns.empty()) refuse("INVALID_TABLE_PROPERTY", "The table has no columns");
  catalog::TableInput input{.name = name.table,
                            .owner = "tarn",
                            .partition_keys = columns_of(create.partitioned_by),
                            .table_type = "EXTERNAL_TABLE",
                            .parameters = properties};
  if (!create.comment.empty()) input.description = create.comment;
  input.parameters["EXTERNAL"] = "TRUE";
  input.storage = storage_for(create.stored_as.empty() ? "TEXTFILE" : create.stored_as);
  if (!create.input_format.empty()) {
    input.storage->input_format = create.input_format;
    input.storage->output_format = create.output_format;
  }
  if (create.row_format) apply_row_format(*create.row_format, *input.storage);
  if (create.bucketing) {
    input.storage->bucket_columns = create.bucketing->columns;
    input.storage->number_of_buckets = static_cast<std::int64_t>(create.bucketing->count);
    for (const auto& [column, descending] : create.bucketing->sorted_by) {
      input.storage->sort_columns.push_back({.column = column, .order = descending ? 0 : 1});
    }
  }
  input.storage->columns = columns_of(create.columns);
  input.storage->location = location_text(create.location);
  require_distinct(input);
  if (!sync_wait(catalog.find_database(*access_, name.database))) {
    refuse("SCHEMA_NOT_FOUND", "Database does not exist: " + name.database);
  }
  if (sync_wait(catalog.find_table(*access_, name.database, name.table))) {
    if (!create.if_not_exists) refuse("TABLE_ALREADY_EXISTS", "Table " + name.table + " already exists");
  } else {
    sync_wait(catalog.create_table(*access_, name.database, std::move(input)));
  }
  write_text({}, {});
}

void Runner::drop_table(const sql::DropTable& drop) {
  auto& catalog = core_.dependencies.catalog;
  const TableName name = table_name(drop.table, execution_.database);
  const auto table = sync_wait(catalog.find_table(*access_, name.database, name.table));
  const char* what = drop.view ? "View" : "Table";
  if (!table) {
    if (!drop.if_exists) {
      refuse("TABLE_NOT_FOUND", std::string(what) + " '" + qualified_text(name) + "' does not exist");
    }
  } else {
    const bool is_view = table->table_type.value_or("") == "VIRTUAL_VIEW";
    if (is_view != drop.view) {
      refuse("GENERIC_USER_ERROR",
             "'" + qualified_text(name) + "' is a " + (is_view ? "view: use DROP VIEW" : "table: use DROP TABLE"));
    }
    // The files of an external table stay.
    sync_wait(catalog.delete_table(*access_, name.database, name.table));
  }
  write_text({}, {});
}

void Runner::create_view(const sql::CreateView& create) {
  auto& catalog = core_.dependencies.catalog;
  const TableName name = table_name(create.view, execution_.database);
  const auto described = describe(print(*create.query));
  if (!create.columns.empty() && create.columns.size() != described.size()) {
    refuse("MISMATCHED_COLUMN_ALIASES", "Column alias list has " + std::to_string(create.columns.size()) +
                                            " entries but relation has " + std::to_string(described.size()) +
                                            " columns");
  }
  std::vector<std::pair<std::string, std::string>> columns;
  catalog::TableInput input{
      .name = name.table,
      .owner = "tarn",
      .view_expanded_text = "/* Presto View */",
      .table_type = "VIRTUAL_VIEW",
      .parameters = {{"presto_view", "true"}, {"comment", create.comment.value_or("Presto View")}}};
  input.storage.emplace();
  input.storage->location = "";
  input.storage->serde.emplace();
  for (std::size_t i = 0; i < described.size(); ++i) {
    const std::string column = to_lower(create.columns.empty() ? described[i].name : create.columns[i].text);
    if (create.columns.empty() && column == "_col" + std::to_string(i)) {
      refuse("MISSING_COLUMN_NAME", "Column name not specified at position " + std::to_string(i + 1));
    }
    columns.emplace_back(column, duck::trino_name(described[i].type));
    input.storage->columns.push_back({.name = column, .type = duck::hive_name(described[i].type)});
  }
  const std::string text = execution_.query.substr(create.query->begin, create.query->end - create.query->begin);
  input.view_original_text = encode_view(text, execution_.database, columns);
  const auto existing = sync_wait(catalog.find_table(*access_, name.database, name.table));
  if (!existing) {
    sync_wait(catalog.create_table(*access_, name.database, std::move(input)));
  } else if (existing->table_type.value_or("") != "VIRTUAL_VIEW") {
    refuse("TABLE_ALREADY_EXISTS", "Table already exists: '" + qualified_text(name) + "'");
  } else if (create.or_replace) {
    sync_wait(catalog.update_table(*access_, name.database, std::move(input), {}));
  } else if (!create.if_not_exists) {
    refuse("TABLE_ALREADY_EXISTS", "View already exists: '" + qualified_text(name) + "'");
  }
  write_text({}, {});
}

void Runner::repair(const sql::RepairTable& repair) {
  const catalog::Table table = find(repair.table);
  if (table.partition_keys.empty()) refuse("NOT_SUPPORTED", "Table is not partitioned: " + table.name);
  if (!table.storage || !table.storage->location) refuse("HIVE_INVALID_METADATA", "The table has no location");
  const std::string location = location_text(*table.storage->location);
  std::vector<std::string> keys;
  for (const auto& key : table.partition_keys) keys.push_back(key.name);

  std::set<std::vector<std::string>> known;
  for (const auto& partition : tables_.partitions(table)) known.insert(partition.values);
  // The folder as it is spelled, since a value may be escaped in more than one way.
  std::map<std::vector<std::string>, std::string> found;
  const auto files = sync_wait(files_->list(location));
  for (const auto& file : files) {
    const std::string_view path = std::string_view(file.path).substr(location.size());
    auto values = partition_values_in(path, keys);
    if (!values || known.contains(*values)) continue;
    std::size_t end = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) end = path.find('/', end) + 1;
    found.emplace(std::move(*values), std::string(path.substr(0, end)));
  }
  std::vector<std::string> lines;
  std::vector<catalog::PartitionInput> inputs;
  std::string missing = "Partitions not in metastore:";
  for (const auto& [values, folder] : found) {
    missing += "\t" + table.name + ":" + folder.substr(0, folder.size() - 1);
    catalog::PartitionInput input{.values = values, .storage = table.storage};
    input.storage->location = location + folder;
    inputs.push_back(std::move(input));
  }
  if (!inputs.empty()) lines.push_back(missing);
  for (const auto& input : inputs) {
    lines.push_back("Repair: Added partition to metastore " + table.name + ":" +
                    partition_path(table.partition_keys, input.values));
  }
  for (std::size_t at = 0; at < inputs.size(); at += 100) {
    const std::vector<catalog::PartitionInput> some(
        inputs.begin() + static_cast<std::ptrdiff_t>(at),
        inputs.begin() + static_cast<std::ptrdiff_t>(std::min(inputs.size(), at + 100)));
    sync_wait(core_.dependencies.catalog.put_partitions(*access_, table.database, table.name, some));
  }
  write_text({"result"}, lines);
}

}  // namespace tarn::query
