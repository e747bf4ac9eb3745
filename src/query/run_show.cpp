// SHOW and DESCRIBE: answered by the catalog.
#include <algorithm>
#include <array>

#include "query/runner.h"
#include "query/storage.h"

namespace tarn::query {
namespace {

// Hive's patterns: `*` is anything, `|` separates choices. Without case.
bool matches_choice(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*' || pattern.front() == '%') {
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (matches_choice(pattern.substr(1), text.substr(i))) return true;
    }
    return false;
  }
  return !text.empty() && (pattern.front() == '.' || to_lower(pattern.substr(0, 1)) == to_lower(text.substr(0, 1))) &&
         matches_choice(pattern.substr(1), text.substr(1));
}

bool matches(const std::optional<std::string>& pattern, std::string_view text) {
  if (!pattern) return true;
  std::string_view rest = *pattern;
  if (std::ranges::count(rest, '*') + std::ranges::count(rest, '%') > 8) return false;  // Their cost is exponential.
  for (;;) {
    const auto bar = rest.find('|');
    if (matches_choice(rest.substr(0, bar), text)) return true;
    if (bar == rest.npos) return false;
    rest.remove_prefix(bar + 1);
  }
}

std::string padded(std::string_view text) {
  std::string result(text);
  if (result.size() < 20) result.resize(20, ' ');
  return result;
}

std::string column_line(const catalog::Column& column) {
  return padded(column.name) + "\t" + padded(column.type.value_or("")) + "\t" + padded(column.comment.value_or(""));
}

std::string hive_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\t') {
      result += "\\t";
    } else if (c == '\n') {
      result += "\\n";
    } else {
      if (c == '\'' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result + "'";
}

void add_columns(const std::vector<catalog::Column>& columns, std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::string line = "  `" + columns[i].name + "` " + columns[i].type.value_or("string");
    if (columns[i].comment && !columns[i].comment->empty()) line += " COMMENT " + hive_quoted(*columns[i].comment);
    lines.push_back(line + (i + 1 < columns.size() ? ", " : ")"));
  }
}

void add_pairs(const catalog::Parameters& parameters, std::vector<std::string>& lines) {
  std::size_t left = parameters.size();
  for (const auto& [key, value] : parameters) {
    lines.push_back("  " + hive_quoted(key) + "=" + hive_quoted(value) + (--left > 0 ? ", " : ") "));
  }
}

std::vector<std::string> create_statement(const catalog::Table& table) {
  std::vector<std::string> lines;
  const auto& storage = *table.storage;
  lines.push_back("CREATE EXTERNAL TABLE `" + table.name + "`(");
  add_columns(storage.columns, lines);
  if (table.description && !table.description->empty()) lines.push_back("COMMENT " + hive_quoted(*table.description));
  if (!table.partition_keys.empty()) {
    lines.push_back("PARTITIONED BY ( ");
    add_columns(table.partition_keys, lines);
  }
  if (!storage.bucket_columns.empty()) {
    lines.push_back("CLUSTERED BY ( ");
    for (std::size_t i = 0; i < storage.bucket_columns.size(); ++i) {
      lines.push_back("  " + storage.bucket_columns[i] + (i + 1 < storage.bucket_columns.size() ? ", " : ") "));
    }
    lines.push_back("INTO " + std::to_string(storage.number_of_buckets.value_or(0)) + " BUCKETS");
  }
  if (storage.serde) {
    lines.push_back("ROW FORMAT SERDE ");
    lines.push_back("  " + hive_quoted(storage.serde->library.value_or("")) + " ");
    if (!storage.serde->parameters.empty()) {
      lines.push_back("WITH SERDEPROPERTIES ( ");
      add_pairs(storage.serde->parameters, lines);
    }
  }
  lines.push_back("STORED AS INPUTFORMAT ");
  lines.push_back("  " + hive_quoted(storage.input_format.value_or("")) + " ");
  lines.push_back("OUTPUTFORMAT ");
  lines.push_back("  " + hive_quoted(storage.output_format.value_or("")));
  lines.push_back("LOCATION");
  lines.push_back("  " + hive_quoted(storage.location.value_or("")));
  catalog::Parameters properties = table.parameters;
  properties.erase("EXTERNAL");
  if (!properties.empty()) {
    lines.push_back("TBLPROPERTIES (");
    add_pairs(properties, lines);
  }
  return lines;
}

bool is_view(const catalog::Table& table) {
  return table.table_type.value_or("") == "VIRTUAL_VIEW";
}

}  // namespace

void Runner::show(const sql::ShowDatabases& show) {
  std::vector<std::string> lines;
  std::string after;
  do {
    const auto page = sync_wait(core_.dependencies.catalog.list_databases(*access_, after, 100));
    for (const auto& database : page.items) {
      if (matches(show.pattern, database.name)) lines.push_back(database.name);
    }
    after = page.next;
  } while (!after.empty());
  write_text({"database_name"}, lines);
}

void Runner::show(const sql::ShowTables& show) {
  const std::string database = to_lower(show.database ? show.database->text : execution_.database);
  auto& catalog = core_.dependencies.catalog;
  if (!sync_wait(catalog.find_database(*access_, database))) {
    refuse("SCHEMA_NOT_FOUND", "Database does not exist: " + database);
  }
  std::vector<std::string> lines;
  std::string after;
  do {
    const auto page = sync_wait(catalog.list_tables(
        *access_, database, [&](const std::string& name) { return matches(show.pattern, name); }, after, 100));
    for (const auto& table : page.items) {
      if (!show.views || is_view(table)) lines.push_back(table.name);
    }
    after = page.next;
  } while (!after.empty());
  write_text({show.views ? "views" : "tab_name"}, lines);
}

void Runner::show(const sql::ShowColumns& show) {
  const catalog::Table table = find(show.table);
  std::vector<std::string> lines;
  if (table.storage) {
    for (const auto& column : table.storage->columns) lines.push_back(padded(column.name));
  }
  for (const auto& key : table.partition_keys) lines.push_back(padded(key.name));
  write_text({"field"}, lines);
}

void Runner::show(const sql::ShowCreate& show) {
  const catalog::Table table = find(show.table);
  const TableName name{table.database, table.name};
  if (is_view(table) != show.view) {
    refuse("NOT_SUPPORTED", "'" + qualified_text(name) + "' is a " + (show.view ? "table" : "view") + ", not a " +
                                (show.view ? "view" : "table"));
  }
  if (show.view) {
    const auto stored = decode_view(table.view_original_text.value_or(""));
    if (!stored) refuse("INVALID_VIEW", "View '" + qualified_text(name) + "' cannot be read");
    std::vector<std::string> lines = {"CREATE VIEW " + table.database + "." + table.name + " AS "};
    std::string_view rest = stored->query;
    for (std::size_t end; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
      lines.emplace_back(rest.substr(0, end));
    }
    lines.emplace_back(rest);
    write_text({"create view"}, lines);
    return;
  }
  if (!table.storage) refuse("HIVE_INVALID_METADATA", "Table '" + qualified_text(name) + "' has no storage");
  write_text({"createtab_stmt"}, create_statement(table));
}

void Runner::show(const sql::ShowPartitions& show) {
  const catalog::Table table = find(show.table);
  if (table.partition_keys.empty()) refuse("NOT_SUPPORTED", "Table " + table.name + " is not a partitioned table");
  std::vector<std::string> lines;
  for (const auto& partition : tables_.partitions(table)) {
    lines.push_back(partition_path(table.partition_keys, partition.values));
  }
  write_text({"partition"}, lines);
}

void Runner::show(const sql::ShowTableProperties& show) {
  const catalog::Table table = find(show.table);
  std::vector<std::string> lines;
  for (const auto& [key, value] : table.parameters) {
    if (!show.key || *show.key == key) lines.push_back(key + "\t" + value);
  }
  if (show.key && lines.empty())
    lines.push_back("Table " + table.database + "." + table.name + " does not have property: " + *show.key);
  write_text({"prpt_name", "prpt_value"}, lines);
}

void Runner::show(const sql::ShowFunctions& show) {
  // The schema also has what operators and rewritten forms are printed as.
  const auto result = start(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE schema_name = 'trino' AND function_name NOT IN "
      "('add', 'subtract', 'multiply', 'divide', 'modulus', 'negate', 'eq', 'neq', 'lt', 'lte', 'gt', 'gte', "
      "'between', "
      "'subscript', 'like', 'cast', 'try_cast', 'cast_varchar', 'try_cast_varchar', 'cast_char', 'try_cast_char', "
      "'interval_year_to_month', 'interval_day_to_second', 'unnest_rows', 'case_of', 'if_of', 'coalesce_of', "
      "'nullif_of', 'in_list', 'distinct_from', 'array_of', 'any_true', 'all_true', 'none_true') ORDER "
      "BY 1");
  std::vector<std::string> lines;
  while (const auto chunk = result->next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      const std::string name = chunk->text(0, row).value_or("");
      if (matches(show.pattern, name)) lines.push_back(name);
    }
  }
  write_text({"Function"}, lines);
}

void Runner::describe(const sql::Describe& describe) {
  const catalog::Table table = find(describe.table);
  std::vector<std::string> lines;
  std::vector<catalog::Column> columns = table.storage ? table.storage->columns : std::vector<catalog::Column>();
  columns.insert(columns.end(), table.partition_keys.begin(), table.partition_keys.end());
  if (describe.column) {
    const std::string wanted = to_lower(describe.column->text);
    std::erase_if(columns, [&](const catalog::Column& column) { return column.name != wanted; });
    if (columns.empty()) refuse("COLUMN_NOT_FOUND", "Column does not exist: " + wanted);
  }
  const std::string header = padded("# col_name") + "\t" + padded("data_type") + "\t" + padded("comment");
  const bool long_form = describe.detail != sql::Describe::Detail::plain;
  if (long_form) lines.push_back(header), lines.push_back(padded("") + "\t" + padded("") + "\t" + padded(""));
  for (const auto& column : columns) lines.push_back(column_line(column));
  if (!table.partition_keys.empty() && !describe.column) {
    lines.push_back("");
    lines.push_back("# Partition Information");
    lines.push_back(header);
    lines.push_back("");
    for (const auto& key : table.partition_keys) lines.push_back(column_line(key));
  }
  if (long_form && !describe.column) {
    const auto add = [&](std::string_view name, std::string_view value) {
      lines.push_back(padded(name) + "\t" + padded(value) + "\t" + padded(""));
    };
    lines.push_back("");
    lines.push_back("# Detailed Table Information");
    add("Database:", table.database);
    add("Owner:", table.owner.value_or(""));
    add("CreateTime:", iso8601_seconds(table.created));
    add("Location:", table.storage ? table.storage->location.value_or("") : "");
    add("Table Type:", table.table_type.value_or(""));
    add("Table Parameters:", "");
    for (const auto& [key, value] : table.parameters) lines.push_back("\t" + padded(key) + "\t" + padded(value));
    if (table.storage) {
      lines.push_back("");
      lines.push_back("# Storage Information");
      add("SerDe Library:", table.storage->serde ? table.storage->serde->library.value_or("") : "");
      add("InputFormat:", table.storage->input_format.value_or(""));
      add("OutputFormat:", table.storage->output_format.value_or(""));
    }
  }
  write_text({"col_name", "data_type", "comment"}, lines);
}

}  // namespace tarn::query
