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

// What a file holds beyond the length of a varchar(n) is cut off; a char(n) is padded.
std::string with_length(const catalog::Column& column, std::string value) {
  const duck::Type type = parsed_type(column);
  if (type.length == 0) return value;
  return std::string("system.trino.cast_") + (type.kind == duck::TypeKind::character ? "char(" : "varchar(") + value +
         ", " + std::to_string(type.length) + "::BIGINT)";
}

// So many folders are read each for itself: a footer is read of each while the query is planned, and the engine knows
// its statistics. More are read as one.
constexpr std::size_t max_separate_folders = 32;

// How the Parquet files of a statement's table are looked at before they are read.
class ParquetPlan {
 public:
  ParquetPlan(const std::vector<ScanFolder>& folders, ParquetFooters& footers)
      : footers_(footers), few_folders_(folders.size() <= max_separate_folders) {
    for (const auto& folder : folders) {
      for (const auto& file : folder.files) {
        if (!largest_ || file.size > largest_->size) largest_ = &file;
      }
    }
  }

  // Of the one file of a folder.
  std::optional<std::vector<duck::Column>> columns(const duck::FileInfo& file) {
    return few_folders_ ? footers_.columns(file.path) : std::nullopt;
  }

  // Told by the largest file: rows of one table cost about as many bytes in each.
  std::optional<std::uint64_t> rows(const std::vector<duck::FileInfo>& files) {
    if (!rows_per_byte_) {
      const auto rows = footers_.rows(largest_->path);
      rows_per_byte_ =
          rows ? static_cast<double>(*rows) / static_cast<double>(std::max<std::uint64_t>(largest_->size, 1)) : -1;
    }
    if (*rows_per_byte_ < 0) return std::nullopt;
    double bytes = 0;
    for (const auto& file : files) bytes += static_cast<double>(file.size);
    return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(bytes * *rows_per_byte_));
  }

 private:
  ParquetFooters& footers_;
  const bool few_folders_;
  const duck::FileInfo* largest_ = nullptr;
  std::optional<double> rows_per_byte_;  // Negative: it cannot be told.
};

// Columns are found by name, whatever their order in a file; those that a file lacks are NULL, and each gets the
// table's type.
//
// One file: by its own schema, or the engine would know neither statistics nor how many threads can read it. None
// where values nested in others, or instants, need the engine's own way of fitting one schema to another.
std::optional<Reader> own_schema_reader(const std::vector<catalog::Column>& columns,
                                        const std::vector<duck::Column>& in_file, const duck::FileInfo& file,
                                        bool path) {
  Reader reader{
      .source = "read_parquet([" + quote_text(file.path) + "], hive_partitioning = false" + with_path(path) + ")",
      .columns = {}};
  for (const auto& column : columns) {
    const duck::Type type = parsed_type(column);
    const std::string spelled = duck::engine_name(type);
    const auto found = std::ranges::find_if(
        in_file, [&](const duck::Column& other) { return equal_ignoring_case(other.name, column.name); });
    if (found == in_file.end()) {
      reader.columns.push_back("NULL::" + spelled);
      continue;
    }
    const std::string name = quote_name(found->name);
    if (!type.fields.empty() || !found->type.fields.empty()) {
      if (duck::engine_name(found->type) != spelled) return std::nullopt;
      reader.columns.push_back(name);
    } else if (found->type.kind == duck::TypeKind::timestamp_with_time_zone && found->type.kind != type.kind) {
      return std::nullopt;
    } else {
      reader.columns.push_back(with_length(column, "system.trino.stored(" + name + ", NULL::" + spelled + ")"));
    }
  }
  return reader;
}

Reader parquet_reader(const std::vector<catalog::Column>& columns, const std::vector<duck::FileInfo>& files, bool path,
                      ParquetPlan& plan) {
  if (files.size() == 1) {
    const auto in_file = plan.columns(files.front());
    auto reader = in_file ? own_schema_reader(columns, *in_file, files.front(), path) : std::nullopt;
    if (reader) return std::move(*reader);
  }
  Reader reader;
  std::string schema;
  for (const auto& column : columns) {
    if (!schema.empty()) schema += ", ";
    const std::string name = quote_text(column.name);
    schema += name + ": {'name': " + name + ", 'type': " + quote_text(engine_type(column)) + ", 'default_value': NULL}";
    reader.columns.push_back(with_length(column, quote_name(column.name)));
  }
  reader.source = "read_parquet(" + file_list(files) + ", schema = MAP {" + schema + "}" + with_path(path);
  if (const auto rows = plan.rows(files)) reader.source += ", explicit_cardinality = " + std::to_string(*rows);
  reader.source += ")";
  return reader;
}

std::string text_list(const std::vector<std::string>& texts) {
  std::string sql = "[";
  for (const auto& text : texts) sql += (sql.size() > 1 ? ", " : "") + quote_text(text);
  return sql + "]::VARCHAR[]";
}

std::string_view serde_name(FileFormat format) {
  switch (format) {
    case FileFormat::openx_json:
      return "openx_json";
    case FileFormat::hive_json:
      return "hive_json";
    case FileFormat::open_csv:
      return "open_csv";
    default:
      return "delimited";
  }
}

// What a line means is the serde's business (duck/trino/hive_rows.h), told by the properties of serde and table.
Reader line_reader(const std::vector<catalog::Column>& columns, const std::vector<duck::FileInfo>& files,
                   const catalog::StorageDescriptor& storage, const catalog::Table& table, FileFormat format) {
  catalog::Parameters properties = serde_parameters(storage);
  for (const std::string name :
       {"skip.header.line.count", "skip.footer.line.count", "tarn.null.formats", "use.null.for.invalid.data"}) {
    for (const auto* parameters : {&table.parameters, &storage.parameters}) {
      const auto found = parameters->find(name);
      if (found != parameters->end()) properties.emplace(name, found->second);
    }
  }
  Reader reader;
  std::vector<std::string> names, types, settings;
  for (const auto& column : columns) {
    parsed_type(column);
    names.push_back(column.name);
    types.push_back(type_of(column));
    reader.columns.push_back(quote_name(column.name));
  }
  for (const auto& [name, value] : properties) {
    settings.push_back(name);
    settings.push_back(value);
  }
  std::string sizes;
  for (const auto& file : files) sizes += (sizes.empty() ? "" : ", ") + std::to_string(file.size);
  reader.source = "system.trino.read_lines(" + quote_text(serde_name(format)) + ", " + file_list(files) + ", [" +
                  sizes + "]::BIGINT[], " + text_list(names) + ", " + text_list(types) + ", " + text_list(settings) +
                  ")";
  return reader;
}

std::string partition_value(const catalog::Column& key, const std::string& value) {
  const std::string type = engine_type(key);
  if (value == null_value) return "NULL::" + type;
  // A value that is none of its type fails the query, as an invalid partition does.
  return "system.trino.cast(" + quote_text(value) + "::VARCHAR, NULL::" + type + ")";
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

// The columns of a table over some of its files; `values` and `hidden` are told of the files' partition.
std::string files_sql(const catalog::Table& table, const catalog::StorageDescriptor& storage,
                      const std::vector<duck::FileInfo>& files, const std::vector<std::string>& values,
                      const std::vector<std::pair<std::string, std::string>>& hidden, ParquetPlan& plan) {
  const auto& columns = table.storage->columns;
  const bool path = std::ranges::any_of(hidden, [](const auto& column) { return column.first != "$partition"; });
  const FileFormat format = format_of(storage, table.name);
  const Reader reader = format == FileFormat::parquet ? parquet_reader(columns, files, path, plan)
                                                      : line_reader(columns, files, storage, table, format);
  std::string list;
  const auto add = [&](const std::string& sql, const std::string& name) {
    if (!list.empty()) list += ", ";
    list += sql + " AS " + quote_name(name);
  };
  for (std::size_t i = 0; i < columns.size(); ++i) add(reader.columns[i], columns[i].name);
  for (std::size_t i = 0; i < values.size(); ++i) add(values[i], table.partition_keys[i].name);
  for (const auto& [name, sql] : hidden) add(sql, name);
  return "SELECT " + list + " FROM " + reader.source;
}

const catalog::StorageDescriptor& storage_of(const catalog::Table& table, const ScanFolder& folder) {
  return folder.storage ? *folder.storage : *table.storage;
}

std::string folder_sql(const catalog::Table& table, const ScanFolder& folder, const std::set<std::string>& hidden,
                       ParquetPlan& plan) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < table.partition_keys.size(); ++i) {
    values.push_back(partition_value(table.partition_keys[i], folder.values[i]));
  }
  std::vector<std::pair<std::string, std::string>> hidden_values;
  for (const auto& name : hidden) hidden_values.emplace_back(name, hidden_value(name, folder, table));
  return files_sql(table, storage_of(table, folder), folder.files, values, hidden_values, plan);
}

// ---- Many folders in one scan: what hangs on the folder is looked up by the file's index.

// Folders that are read alike, and the column that tells the file of a row.
struct ScanGroup {
  std::vector<const ScanFolder*> folders;
  std::string index;
};

// A value for each file, in the order in which the folders' files stand.
template <typename ValueOf>
std::string by_file(const ScanGroup& group, const std::string& type, ValueOf value_of) {
  std::string list;
  for (const ScanFolder* folder : group.folders) {
    for (const auto& file : folder->files) list += (list.empty() ? "" : ", ") + value_of(*folder, file);
  }
  return "system.trino.file_value(system.trino.stored(" + group.index + ", NULL::BIGINT), [" + list + "]::" + type +
         "[])";
}

// The value as a literal, where that is surely what a cast of it gives. Casts that nobody needs cost more than all the
// rest of a statement that reads thousands of partitions.
std::optional<std::string> partition_literal(duck::TypeKind kind, const std::string& value) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  switch (kind) {
    case duck::TypeKind::varchar:
      return quote_text(value);
    case duck::TypeKind::integer:
    case duck::TypeKind::bigint:
      if (value.empty() || value.size() > 18 || !std::ranges::all_of(value, is_digit)) return std::nullopt;
      return value;
    case duck::TypeKind::date:
      if (value.size() != 10 || value[4] != '-' || value[7] != '-' || std::ranges::count_if(value, is_digit) != 8) {
        return std::nullopt;
      }
      return "DATE " + quote_text(value);
    default:
      return std::nullopt;
  }
}

std::string partition_values(const catalog::Column& key, std::size_t at, const ScanGroup& group) {
  const duck::TypeKind kind = parsed_type(key).kind;
  return by_file(group, engine_type(key), [&](const ScanFolder& folder, const duck::FileInfo&) {
    const std::string& value = folder.values[at];
    if (value == null_value) return std::string("NULL");
    return partition_literal(kind, value).value_or(partition_value(key, value));
  });
}

std::string hidden_values(const std::string& name, const ScanGroup& group, const catalog::Table& table) {
  if (name == path_column) return quote_name(path_column);
  if (name == "$file_size") {
    return by_file(group, "BIGINT", [](const auto&, const auto& file) { return std::to_string(file.size); });
  }
  if (name == "$file_modified_time") {
    return by_file(group, "TIMESTAMPTZ", [](const auto&, const auto& file) {
      return "make_timestamp(" + std::to_string(to_millis(file.modified) * 1000) + ")::TIMESTAMPTZ";
    });
  }
  return by_file(group, "VARCHAR",
                 [&](const ScanFolder& folder, const auto&) { return hidden_value("$partition", folder, table); });
}

std::string folders_sql(const catalog::Table& table, const ScanGroup& group, const std::set<std::string>& hidden,
                        ParquetPlan& plan) {
  std::vector<duck::FileInfo> files;
  for (const ScanFolder* folder : group.folders) files.insert(files.end(), folder->files.begin(), folder->files.end());
  std::vector<std::string> values;
  for (std::size_t i = 0; i < table.partition_keys.size(); ++i) {
    values.push_back(partition_values(table.partition_keys[i], i, group));
  }
  std::vector<std::pair<std::string, std::string>> hidden_columns;
  for (const auto& name : hidden) hidden_columns.emplace_back(name, hidden_values(name, group, table));
  return files_sql(table, storage_of(table, *group.folders.front()), files, values, hidden_columns, plan);
}

bool read_alike(const catalog::Table& table, const ScanFolder& one, const ScanFolder& other) {
  const auto &a = storage_of(table, one), &b = storage_of(table, other);
  if (&a == &b) return true;
  const FileFormat format = format_of(a, table.name);
  if (format != format_of(b, table.name)) return false;
  return format == FileFormat::parquet || (serde_parameters(a) == serde_parameters(b) && a.parameters == b.parameters);
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
  // Their files are lists of files, or hold rows that were replaced.
  if (contains(input, "SymlinkTextInputFormat") || contains(input, "hudi")) {
    throw duck::SqlError("NOT_SUPPORTED",
                         "Table " + std::string(table) + " has a format that is not supported: " + input);
  }
  if (contains(library, "ParquetHiveSerDe") || contains(input, "Parquet")) return FileFormat::parquet;
  if (contains(library, "org.openx")) return FileFormat::openx_json;
  if (contains(library, "JsonSerDe")) return FileFormat::hive_json;
  if (contains(library, "OpenCSVSerde")) return FileFormat::open_csv;
  if (contains(library, "LazySimpleSerDe") || (library.empty() && contains(input, "TextInputFormat"))) {
    return FileFormat::delimited;
  }
  throw duck::SqlError("NOT_SUPPORTED", "Table " + std::string(table) + " has a format that is not supported: " +
                                            (library.empty() ? input : library));
}

std::string scan_sql(const catalog::Table& table, const std::vector<ScanFolder>& folders, std::set<std::string>& hidden,
                     ParquetFooters& footers) {
  static const std::set<std::string> known = {"$path", "$file_size", "$file_modified_time", "$partition"};
  std::erase_if(hidden, [&](const std::string& name) { return !known.contains(name); });
  ParquetPlan plan(folders, footers);
  // A column of that name hides the engine's own.
  const bool has_index_column = std::ranges::any_of(
      table.storage->columns, [](const auto& column) { return equal_ignoring_case(column.name, "file_index"); });
  std::vector<ScanGroup> groups;
  for (const auto& folder : folders) {
    if (folder.files.empty()) continue;
    const bool parquet = format_of(storage_of(table, folder), table.name) == FileFormat::parquet;
    const bool separate = folders.size() <= max_separate_folders || (parquet && has_index_column);
    const auto alike = std::ranges::find_if(
        groups, [&](const ScanGroup& group) { return !separate && read_alike(table, *group.folders.front(), folder); });
    if (alike == groups.end()) {
      groups.push_back({.folders = {&folder}, .index = parquet ? "file_index" : quote_name("$file_index")});
    } else {
      alike->folders.push_back(&folder);
    }
  }
  std::string sql;
  for (const auto& group : groups) {
    if (!sql.empty()) sql += " UNION ALL ";
    sql += group.folders.size() == 1 ? folder_sql(table, *group.folders.front(), hidden, plan)
                                     : folders_sql(table, group, hidden, plan);
  }
  if (sql.empty()) sql = empty_sql(table, hidden);
  return "(" + sql + ")";
}

}  // namespace tarn::query
