#include "query/table_scan.h"

#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "duck/engine.h"
#include "duck/types.h"

namespace tarn::query {
namespace {

using duck::quote_name;
using duck::quote_text;

constexpr std::string_view null_value = "__HIVE_DEFAULT_PARTITION__";
constexpr std::string_view path_column = "$path";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

const std::string& type_of(const catalog::Column& column) {
  static const std::string text = "string";
  return column.type ? *column.type : text;
}

duck::Type parsed_type(const catalog::Column& column) {
  try {
    return duck::parse_hive_type(type_of(column));
  } catch (const std::invalid_argument& error) {
    throw duck::SqlError("HIVE_INVALID_METADATA",
                         "column " + column.name + " has type " + type_of(column) + ": " + error.what());
  }
}

std::string engine_type(const catalog::Column& column) {
  return duck::engine_name(parsed_type(column));
}

const catalog::Parameters& serde_parameters(const catalog::StorageDescriptor& storage) {
  static const catalog::Parameters none;
  return storage.serde ? storage.serde->parameters : none;
}

std::string parameter(const catalog::Parameters& parameters, const std::string& name, std::string otherwise) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? otherwise : found->second;
}

// Hive writes a delimiter as itself or as its number: '\t', "9", "\u0001".
std::string delimiter(std::string text) {
  if (text.size() > 1 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::string(1, static_cast<char>(std::stoi(text.substr(0, 3))));
  }
  if (text == "\\t") return "\t";
  if (text.starts_with("\\u00") && text.size() == 6) {
    const auto byte = from_hex(text.substr(4));
    if (byte) return *byte;
  }
  return text;
}

std::string file_list(const std::vector<duck::FileInfo>& files) {
  std::string sql = "[";
  for (const auto& file : files) {
    if (sql.size() > 1) sql += ", ";
    sql += quote_text(file.path);
  }
  return sql + "]";
}

// What one folder's files are read by, and how each column comes out of it.
struct Reader {
  std::string source;
  std::vector<std::string> columns;
};

std::string with_path(bool path) {
  return path ? ", filename = " + quote_text(path_column) : std::string();
}

// Columns are found by name, whatever their order in a file; those that a file lacks are NULL.
Reader parquet_reader(const std::vector<catalog::Column>& columns, const std::vector<duck::FileInfo>& files,
                      bool path) {
  Reader reader;
  std::string schema;
  for (const auto& column : columns) {
    if (!schema.empty()) schema += ", ";
    const std::string name = quote_text(column.name);
    schema += name + ": {'name': " + name + ", 'type': " + quote_text(engine_type(column)) + ", 'default_value': NULL}";
    reader.columns.push_back(quote_name(column.name));
  }
  reader.source = "read_parquet(" + file_list(files) + ", schema = MAP {" + schema + "}" + with_path(path) + ")";
  return reader;
}

Reader json_reader(const std::vector<catalog::Column>& columns, const std::vector<duck::FileInfo>& files,
                   const catalog::StorageDescriptor& storage, bool path) {
  Reader reader;
  std::string types;
  for (const auto& column : columns) {
    if (!types.empty()) types += ", ";
    types += quote_text(column.name) + ": " + quote_text(engine_type(column));
    reader.columns.push_back(quote_name(column.name));
  }
  const bool lenient = parameter(serde_parameters(storage), "ignore.malformed.json", "false") == "true";
  reader.source = "read_json(" + file_list(files) + ", format = 'newline_delimited', columns = {" + types +
                  "}, ignore_errors = " + (lenient ? "true" : "false") + with_path(path) + ")";
  return reader;
}

// Text is read as text; what does not parse as the column's type is NULL, as Hive's serde has it. Quoted CSV has empty
// fields as empty strings, which are NULL for every other type.
std::string from_text(const catalog::Column& column, const std::string& null_text) {
  const std::string name = quote_name(column.name);
  const duck::Type type = parsed_type(column);
  const std::string text = "nullif(" + name + ", " + quote_text(null_text) + "::VARCHAR)";
  using enum duck::TypeKind;
  if (type.kind == varchar || type.kind == character) return text;
  if (type.kind == array || type.kind == map || type.kind == row) {
    throw duck::SqlError("NOT_SUPPORTED", "column " + column.name + " of type " + type_of(column) +
                                              " is not supported in delimited text");
  }
  return "TRY_CAST(trim(" + text + ") AS " + duck::engine_name(type) + ")";
}

Reader text_reader(const std::vector<catalog::Column>& columns, const std::vector<duck::FileInfo>& files,
                   const catalog::StorageDescriptor& storage, const catalog::Table& table, FileFormat format,
                   bool path) {
  const auto& serde = serde_parameters(storage);
  const bool quoted = format == FileFormat::open_csv;
  const std::string separator =
      delimiter(quoted ? parameter(serde, "separatorChar", ",")
                       : parameter(serde, "field.delim", parameter(serde, "serialization.format", "\x01")));
  const std::string quote = quoted ? parameter(serde, "quoteChar", "\"") : "";
  const std::string escape =
      quoted ? delimiter(parameter(serde, "escapeChar", "\\")) : parameter(serde, "escape.delim", "");
  const std::string null_text = parameter(serde, "serialization.null.format", "\\N");
  std::string skip = parameter(table.parameters, "skip.header.line.count", "");
  if (skip.empty()) skip = parameter(storage.parameters, "skip.header.line.count", "0");
  if (skip.empty() || !std::ranges::all_of(skip, [](char c) { return c >= '0' && c <= '9'; })) skip = "0";
  Reader reader;
  std::string types;
  for (const auto& column : columns) {
    if (!types.empty()) types += ", ";
    types += quote_text(column.name) + ": 'VARCHAR'";
    reader.columns.push_back(from_text(column, quoted ? std::string() : null_text));
  }
  if (quoted) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const duck::Type type = parsed_type(columns[i]);
      if (type.kind == duck::TypeKind::varchar) reader.columns[i] = quote_name(columns[i].name);
    }
  }
  reader.source = "read_csv(" + file_list(files) + ", columns = {" + types +
                  "}, auto_detect = false, header = false, skip = " + skip + ", delim = " + quote_text(separator) +
                  ", quote = " + quote_text(quote) +
                  ", escape = " + quote_text(quoted && escape == "\\" ? quote : escape) +
                  ", null_padding = true, strict_mode = false" + with_path(path) + ")";
  return reader;
}

std::string partition_value(const catalog::Column& key, const std::string& value) {
  const std::string type = engine_type(key);
  if (value == null_value) return "NULL::" + type;
  return "CAST(" + quote_text(value) + " AS " + type + ")";
}

std::string hidden_value(const std::string& name, const ScanFolder& folder, const catalog::Table& table) {
  if (name == path_column) return quote_name(path_column);
  if (name == "$partition") {
    std::string text;
    for (std::size_t i = 0; i < folder.values.size(); ++i) {
      text += (i > 0 ? "/" : "") + table.partition_keys[i].name + "=" + folder.values[i];
    }
    return quote_text(text) + "::VARCHAR";
  }
  std::string sql = "CASE " + quote_name(path_column);
  for (const auto& file : folder.files) {
    sql += " WHEN " + quote_text(file.path) + " THEN ";
    if (name == "$file_size") {
      sql += std::to_string(file.size) + "::BIGINT";
    } else {
      sql += "make_timestamp(" + std::to_string(to_millis(file.modified) * 1000) + ")::TIMESTAMPTZ";
    }
  }
  return sql + " END";
}

std::string folder_sql(const catalog::Table& table, const ScanFolder& folder, const std::set<std::string>& hidden) {
  const auto& columns = table.storage->columns;
  const auto& storage = folder.storage ? *folder.storage : *table.storage;
  const bool path = std::ranges::any_of(hidden, [](const std::string& name) { return name != "$partition"; });
  const FileFormat format = format_of(storage, table.name);
  Reader reader;
  switch (format) {
    case FileFormat::parquet:
      reader = parquet_reader(columns, folder.files, path);
      break;
    case FileFormat::json:
      reader = json_reader(columns, folder.files, storage, path);
      break;
    case FileFormat::delimited:
    case FileFormat::open_csv:
      reader = text_reader(columns, folder.files, storage, table, format, path);
      break;
  }
  std::string list;
  const auto add = [&](const std::string& sql, const std::string& name) {
    if (!list.empty()) list += ", ";
    list += sql + " AS " + quote_name(name);
  };
  for (std::size_t i = 0; i < columns.size(); ++i) add(reader.columns[i], columns[i].name);
  for (std::size_t i = 0; i < table.partition_keys.size(); ++i) {
    add(partition_value(table.partition_keys[i], folder.values[i]), table.partition_keys[i].name);
  }
  for (const auto& name : hidden) add(hidden_value(name, folder, table), name);
  return "SELECT " + list + " FROM " + reader.source;
}

// A table without files still has columns.
std::string empty_sql(const catalog::Table& table, const std::set<std::string>& hidden) {
  std::string list;
  const auto add = [&](const std::string& type, const std::string& name) {
    if (!list.empty()) list += ", ";
    list += "NULL::" + type + " AS " + quote_name(name);
  };
  for (const auto& column : table.storage->columns) add(engine_type(column), column.name);
  for (const auto& key : table.partition_keys) add(engine_type(key), key.name);
  for (const auto& name : hidden) {
    add(name == "$file_size" ? "BIGINT" : name == "$file_modified_time" ? "TIMESTAMPTZ" : "VARCHAR", name);
  }
  return "SELECT " + list + " WHERE FALSE";
}

}  // namespace

FileFormat format_of(const catalog::StorageDescriptor& storage, std::string_view table) {
  const std::string library = storage.serde ? storage.serde->library.value_or("") : "";
  const std::string input = storage.input_format.value_or("");
  if (contains(library, "ParquetHiveSerDe") || contains(input, "Parquet")) return FileFormat::parquet;
  if (contains(library, "JsonSerDe")) return FileFormat::json;
  if (contains(library, "OpenCSVSerde")) return FileFormat::open_csv;
  if (contains(library, "LazySimpleSerDe") || (library.empty() && contains(input, "TextInputFormat"))) {
    return FileFormat::delimited;
  }
  throw duck::SqlError("NOT_SUPPORTED", "Table " + std::string(table) + " has a format that is not supported: " +
                                            (library.empty() ? input : library));
}

std::string scan_sql(const catalog::Table& table, const std::vector<ScanFolder>& folders,
                     std::set<std::string>& hidden) {
  static const std::set<std::string> known = {"$path", "$file_size", "$file_modified_time", "$partition"};
  std::erase_if(hidden, [&](const std::string& name) { return !known.contains(name); });
  std::string sql;
  for (const auto& folder : folders) {
    if (folder.files.empty()) continue;
    if (!sql.empty()) sql += " UNION ALL ";
    sql += folder_sql(table, folder, hidden);
  }
  if (sql.empty()) sql = empty_sql(table, hidden);
  return "(" + sql + ")";
}

}  // namespace tarn::query
