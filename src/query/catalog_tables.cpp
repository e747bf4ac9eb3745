#include "query/catalog_tables.h"

#include <nlohmann/json.hpp>
#include <set>

#include "base/encoding.h"
#include "duck/engine.h"
#include "query/partition_projection.h"
#include "query/partition_pruning.h"
#include "query/sql/parser.h"
#include "query/storage.h"

namespace tarn::query {
namespace {

constexpr std::string_view view_prefix = "/* Presto View: ";
constexpr std::string_view view_suffix = " */";

[[noreturn]] void refuse(std::string_view name, sql::Position position, const std::string& message) {
  throw sql::SqlError(name, position, message);
}

std::string rows_sql(const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows) {
  std::string names, types;
  for (const auto& column : columns) {
    if (!names.empty()) names += ", ", types += ", ";
    names += duck::quote_name(column);
    types += "NULL::VARCHAR AS " + duck::quote_name(column);
  }
  if (rows.empty()) return "(SELECT " + types + " WHERE FALSE)";
  std::string values;
  for (const auto& row : rows) {
    values += values.empty() ? "(" : ", (";
    for (std::size_t i = 0; i < row.size(); ++i) values += (i > 0 ? ", " : "") + duck::quote_text(row[i]) + "::VARCHAR";
    values += ")";
  }
  return "(SELECT * FROM (VALUES " + values + ") AS \"$rows\"(" + names + "))";
}

std::string parquet_file(const std::string& path) {
  return "read_parquet([" + duck::quote_text(path) + "], hive_partitioning = false)";
}

// What a file does not tell (it is damaged, gone, not the caller's to read) is left to the query that reads it.
template <typename T, typename Ask>
const std::optional<T>& asked_once(std::map<std::string, std::optional<T>>& known, const std::string& path, Ask ask) {
  const auto [entry, added] = known.try_emplace(path);
  if (!added) return entry->second;
  try {
    entry->second = ask();
  } catch (const std::exception&) {
  }
  return entry->second;
}

}  // namespace

std::optional<std::vector<duck::Column>> CatalogTables::Footers::columns(const std::string& path) {
  return asked_once(columns_, path, [&] { return connect_().describe("SELECT * FROM " + parquet_file(path)); });
}

// Counting without a condition reads nothing but the footer.
std::optional<std::uint64_t> CatalogTables::Footers::rows(const std::string& path) {
  return asked_once(rows_, path, [&] { return connect_().execute("SELECT count(*) FROM " + parquet_file(path)); });
}

TableName table_name(const sql::QualifiedName& name, const std::string& database) {
  const auto& parts = name.parts;
  if (parts.size() > 3) refuse("SYNTAX_ERROR", name.position(), "Too many dots in table name: " + name.text());
  if (parts.size() == 3 && !equal_ignoring_case(parts[0].text, "awsdatacatalog") &&
      !equal_ignoring_case(parts[0].text, "hive")) {
    refuse("CATALOG_NOT_FOUND", name.position(), "Catalog '" + to_lower(parts[0].text) + "' not found");
  }
  return {.database = parts.size() > 1 ? to_lower(parts[parts.size() - 2].text) : to_lower(database),
          .table = to_lower(parts.back().text)};
}

std::string qualified_text(const TableName& name) {
  return "awsdatacatalog." + name.database + "." + name.table;
}

catalog::Table CatalogTables::find(const TableName& name, sql::Position position) {
  auto table = sync_wait(catalog_.find_table(access_, name.database, name.table));
  if (table) return std::move(*table);
  if (!sync_wait(catalog_.find_database(access_, name.database))) {
    refuse("SCHEMA_NOT_FOUND", position, "Schema '" + name.database + "' does not exist");
  }
  refuse("TABLE_NOT_FOUND", position, "Table '" + qualified_text(name) + "' does not exist");
}

std::vector<catalog::Partition> CatalogTables::partitions(const catalog::Table& table) {
  std::vector<catalog::Partition> all;
  std::string after;
  do {
    auto page = sync_wait(catalog_.list_partitions(access_, table.database, table.name, "", {}, after, 1000));
    std::ranges::move(page.items, std::back_inserter(all));
    after = page.next;
  } while (!after.empty());
  return all;
}

namespace {

// Tables whose files alone do not tell their rows.
void refuse_other_kinds(const catalog::Table& table, const TableName& name, sql::Position position) {
  const auto is = [&](const char* parameter, std::string_view value) {
    const auto found = table.parameters.find(parameter);
    return found != table.parameters.end() && equal_ignoring_case(found->second, value);
  };
  for (const auto& [word, kind] : {std::pair("iceberg", "Iceberg"), std::pair("delta", "Delta Lake")}) {
    if (is("table_type", word) || is("spark.sql.sources.provider", word)) {
      refuse("NOT_SUPPORTED", position,
             std::string(kind) + " tables are not supported: '" + qualified_text(name) + "'");
    }
  }
  if (!table.storage) return;
  std::set<std::string> columns;
  for (const auto* list : {&table.storage->columns, &table.partition_keys}) {
    for (const auto& column : *list) {
      if (columns.insert(to_lower(column.name)).second) continue;
      refuse("HIVE_INVALID_METADATA", position,
             "Hive metadata for table " + table.name + " is invalid: Table descriptor contains duplicate columns");
    }
  }
}

}  // namespace

std::variant<sql::ResolvedSource, sql::ResolvedView> CatalogTables::resolve(const sql::TableReference& reference,
                                                                            const std::string& database,
                                                                            const sql::TableUse& use) {
  const TableName name = table_name(reference.name, database);
  const sql::Position position = reference.name.position();
  if (reference.time_travel != sql::TableReference::TimeTravel::none) {
    refuse("NOT_SUPPORTED", position, "This connector does not support versioned tables");
  }
  if (name.database == "information_schema") return information_schema(name, position);
  const catalog::Table table = find(name, position);
  if (table.table_type.value_or("") == "VIRTUAL_VIEW") return view(table, position);
  refuse_other_kinds(table, name, position);
  if (!table.storage) refuse("HIVE_INVALID_METADATA", position, "Table '" + qualified_text(name) + "' has no storage");

  std::vector<ScanFolder> folders;
  std::vector<catalog::Partition> kept;
  if (table.partition_keys.empty()) {
    folders.push_back({.values = {}, .files = sync_wait(files_.list_location(table.storage->location.value_or("")))});
  } else if (is_projected(table)) {
    folders = projected_folders(table, use);
  } else {
    folders = partition_folders(table, use, kept, position);
  }
  sql::ResolvedSource source{.hidden_columns = use.hidden_columns};
  source.sql = scan_sql(table, folders, source.hidden_columns, footers_);
  return source;
}

std::vector<ScanFolder> CatalogTables::partition_folders(const catalog::Table& table, const sql::TableUse& use,
                                                         std::vector<catalog::Partition>& kept,
                                                         sql::Position position) {
  const PartitionPruner pruner(table.partition_keys, use);
  const std::size_t keys = table.partition_keys.size();
  const auto keep = [&](const auto& values) { return values.size() == keys && pruner.keeps(values); };
  kept = sync_wait(
      catalog_.choose_partitions(access_, table.database, table.name, {.leading = pruner.leading(), .keep = keep}));
  std::vector<ScanFolder> folders;
  for (const auto& partition : kept) {
    if (!partition.storage || partition.storage->location.value_or("").empty()) {
      refuse("HIVE_INVALID_METADATA", position,
             "Partition '" + partition_path(table.partition_keys, partition.values) + "' of table '" +
                 qualified_text({table.database, table.name}) +
                 "' has no location. Give it one with ALTER TABLE … PARTITION … SET LOCATION, or drop it");
    }
    const bool own_format = partition.storage->serde && partition.storage->serde->library;
    folders.push_back({.values = partition.values,
                       .storage = own_format ? &*partition.storage : nullptr,
                       .files = sync_wait(files_.list_location(*partition.storage->location))});
  }
  return folders;
}

// Most projected partitions have no files, and there may be many: beyond a few, what they share is listed once.
std::vector<ScanFolder> CatalogTables::projected_folders(const catalog::Table& table, const sql::TableUse& use) {
  auto partitions = projected_partitions(table, PartitionPruner(table.partition_keys, use), clock_.now());
  std::vector<std::string> locations;
  for (const auto& partition : partitions) locations.push_back(partition.location);
  auto files = sync_wait(files_.list_locations(std::move(locations)));
  std::vector<ScanFolder> folders;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (!files[i].empty()) folders.push_back({.values = std::move(partitions[i].values), .files = std::move(files[i])});
  }
  return folders;
}

sql::ResolvedView CatalogTables::view(const catalog::Table& table, sql::Position position) {
  const auto stored = decode_view(table.view_original_text.value_or(""));
  if (!stored) refuse("INVALID_VIEW", position, "View '" + table.database + "." + table.name + "' cannot be read");
  auto statement = sql::parse_query_dialect(stored->query);
  auto* query = std::get_if<sql::QueryPtr>(&statement->node);
  if (!query) refuse("INVALID_VIEW", position, "View '" + table.database + "." + table.name + "' is no query");
  return {.query = std::move(*query),
          .database = stored->database.empty() ? table.database : stored->database,
          .columns = stored->columns};
}

// The part of information_schema that clients look at: schemata, tables, columns.
sql::ResolvedSource CatalogTables::information_schema(const TableName& name, sql::Position position) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> columns;
  if (name.table == "schemata") {
    columns = {"catalog_name", "schema_name"};
  } else if (name.table == "tables") {
    columns = {"table_catalog", "table_schema", "table_name", "table_type"};
  } else if (name.table == "columns") {
    columns = {"table_catalog",  "table_schema", "table_name", "column_name", "ordinal_position",
               "column_default", "is_nullable",  "data_type",  "comment",     "extra_info"};
  } else {
    refuse("TABLE_NOT_FOUND", position, "Table '" + qualified_text(name) + "' does not exist");
  }
  std::string after_database;
  do {
    const auto databases = sync_wait(catalog_.list_databases(access_, after_database, 100));
    for (const auto& database : databases.items) {
      if (name.table == "schemata") {
        rows.push_back({"awsdatacatalog", database.name});
        continue;
      }
      std::string after;
      do {
        const auto tables = sync_wait(
            catalog_.list_tables(access_, database.name, [](const std::string&) { return true; }, after, 100));
        for (const auto& table : tables.items) {
          const bool is_view = table.table_type.value_or("") == "VIRTUAL_VIEW";
          if (name.table == "tables") {
            rows.push_back({"awsdatacatalog", database.name, table.name, is_view ? "VIEW" : "BASE TABLE"});
            continue;
          }
          int ordinal = 0;
          const auto add = [&](const catalog::Column& column, const std::string& extra) {
            rows.push_back({"awsdatacatalog", database.name, table.name, column.name, std::to_string(++ordinal), "",
                            "YES", duck::trino_name(duck::parse_hive_type(column.type.value_or("string"))),
                            column.comment.value_or(""), extra});
          };
          if (table.storage) {
            for (const auto& column : table.storage->columns) add(column, "");
          }
          for (const auto& key : table.partition_keys) add(key, "partition key");
        }
        after = tables.next;
      } while (!after.empty());
    }
    after_database = databases.next;
  } while (!after_database.empty());
  return {.sql = rows_sql(columns, rows), .hidden_columns = {}};
}

std::string encode_view(const std::string& query, const std::string& database,
                        const std::vector<std::pair<std::string, std::string>>& columns_and_types) {
  nlohmann::json view{{"originalSql", query}, {"catalog", "awsdatacatalog"}, {"schema", database}};
  auto& columns = view["columns"] = nlohmann::json::array();
  for (const auto& [name, type] : columns_and_types) columns.push_back({{"name", name}, {"type", type}});
  return std::string(view_prefix) + to_base64(as_bytes(view.dump())) + std::string(view_suffix);
}

std::optional<StoredView> decode_view(std::string_view text) {
  if (!text.starts_with(view_prefix) || !text.ends_with(view_suffix)) return std::nullopt;
  text.remove_prefix(view_prefix.size());
  text.remove_suffix(view_suffix.size());
  const auto bytes = from_base64(trim(text));
  if (!bytes) return std::nullopt;
  const auto json = nlohmann::json::parse(*bytes, nullptr, false);
  if (!json.is_object() || !json.contains("originalSql") || !json["originalSql"].is_string()) return std::nullopt;
  StoredView view{.query = json["originalSql"], .database = json.value("schema", "")};
  if (const auto columns = json.find("columns"); columns != json.end() && columns->is_array()) {
    for (const auto& column : *columns) {
      if (column.is_object() && column.contains("name")) view.columns.push_back(column["name"]);
    }
  }
  return view;
}

}  // namespace tarn::query
