// Statements that write tables or files: CREATE TABLE AS, INSERT INTO, UNLOAD.
#include <algorithm>
#include <set>

#include "query/partition_projection.h"
#include "query/runner.h"
#include "query/sql/token.h"
#include "query/storage.h"
#include "query/table_scan.h"

namespace tarn::query {
namespace {

using duck::quote_name;
using duck::quote_text;

constexpr std::size_t max_new_partitions = 100;  // Athena's, of one statement.

std::string text_of(const sql::Property& property) {
  const auto* text = sql::as<sql::StringLiteral>(*property.value);
  if (!text)
    refuse("INVALID_TABLE_PROPERTY", "Invalid value for property '" + property.name.text + "': a string is needed");
  return text->value;
}

std::vector<std::string> names_of(const sql::Property& property) {
  const auto* array = sql::as<sql::ArrayConstructor>(*property.value);
  std::vector<std::string> names;
  if (array) {
    for (const auto& element : array->elements) {
      const auto* text = sql::as<sql::StringLiteral>(*element);
      if (!text) break;
      names.push_back(to_lower(text->value));
    }
  }
  if (!array || names.size() != array->elements.size()) {
    refuse("INVALID_TABLE_PROPERTY",
           "Invalid value for property '" + property.name.text + "': an array of strings is needed");
  }
  return names;
}

std::string with_slash(std::string location) {
  if (!location.ends_with('/')) location += '/';
  return location;
}

// Readers skip that many lines of each file, so a new one must have them.
bool has_header(const catalog::Table& table) {
  const auto setting = table.parameters.find("skip.header.line.count");
  if (setting == table.parameters.end() || setting->second == "0") return false;
  if (setting->second == "1") return true;
  refuse("NOT_SUPPORTED",
         "Inserting into Hive table with value of skip.header.line.count property greater than 1 is not supported");
}

std::string file_stem(const std::string& id) {
  std::string stem = id;
  std::erase(stem, '-');
  return stem;
}

}  // namespace

// What COPY is told, apart from where.
std::string Runner::WriteFormat::copy_options() const {
  if (format == "PARQUET") return "FORMAT parquet, COMPRESSION " + quote_text(to_lower(compression));
  const std::string packed = compression == "NONE" ? "" : ", COMPRESSION gzip";
  // A line of JSON is one field: what a delimiter would be does not matter, and no JSON text has this one.
  const std::string separator = format == "JSON" ? std::string("\x01") : delimiter;
  const std::string null_text = format == "JSON" ? "" : "\\N";
  return "FORMAT csv, HEADER " + std::string(header ? "true" : "false") + ", QUOTE '', ESCAPE '', NULLSTR " +
         quote_text(null_text) + ", DELIMITER " + quote_text(separator) + packed;
}

std::string Runner::WriteFormat::extension() const {
  if (format == "PARQUET") return "parquet";
  const std::string plain = format == "JSON" ? "json" : "csv";
  return compression == "NONE" ? plain : plain + ".gz";
}

std::vector<duck::Column> Runner::describe(const std::string& sql) {
  auto columns = connection().describe(sql, stop_);
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].name = sql::output_name(columns[i].name, i);
  return columns;
}

void Runner::claim_empty(const std::string& location, const std::string& table) {
  if (!parse_object_path(location))
    refuse("INVALID_TABLE_PROPERTY", "External location is not a valid S3 path: " + location);
  {
    // Of two statements that find the same folder empty only one may fill it.
    const std::lock_guard lock(core_.mutex);
    if (core_.filling.insert(location).second) claimed_ = location;
  }
  if (claimed_ != location || !sync_wait(files_->list(location)).empty()) {
    refuse("HIVE_PATH_ALREADY_EXISTS", "Target directory for table '" + table + "' already exists: " + location);
  }
}

// Others may write to the same place: what is removed is what bears this execution's name.
std::string Runner::files_of_this(const WriteTarget& target) const {
  return "match:" + target.location + "*" + file_stem(execution_.id);
}

// Durable before the first byte is written, so that a start after a crash knows what to remove.
void Runner::begin_partial(std::vector<std::string> partial) {
  execution_.partial = std::move(partial);
  if (!sync_wait(core_.save(account_, execution_))) refuse("USER_CANCELED", "Query cancelled by user");
}

std::uint64_t Runner::copy(const std::string& sql, const std::vector<std::string>& names, const WriteTarget& target) {
  std::string columns, partitions;
  for (const auto& name : names) columns += (columns.empty() ? "" : ", ") + quote_name(name);
  for (const auto& name : target.partition_columns) partitions += (partitions.empty() ? "" : ", ") + quote_name(name);
  const std::string stem = file_stem(execution_.id);
  std::string list = "*";
  if (target.format.format == "JSON") {
    std::string fields;
    for (const auto& name : names) {
      if (std::ranges::find(target.partition_columns, name) != target.partition_columns.end()) continue;
      fields += (fields.empty() ? "" : ", ") + quote_text(name) + ": " + quote_name(name);
    }
    list = "to_json({" + fields + "})::VARCHAR AS \"$json\"" + (partitions.empty() ? "" : ", " + partitions);
  }
  const std::string rows = "COPY (SELECT " + list + " FROM (" + sql + ") AS \"$rows\"(" + columns + ")) TO ";
  const std::string options = target.format.copy_options();
  // Nobody sees a file before all of them are there.
  files_->hold();
  std::uint64_t count = 0;
  if (partitions.empty()) {
    count = connection().execute(
        rows + quote_text(target.location + stem + "." + target.format.extension()) + " (" + options + ")", stop_);
  } else {
    files_->name_partitions(target.location, target.partition_columns);
    count = connection().execute(rows + quote_text(target.location.substr(0, target.location.size() - 1)) + " (" +
                                     options + ", PARTITION_BY (" + partitions +
                                     "), OVERWRITE_OR_IGNORE true, FILENAME_PATTERN " + quote_text(stem + "_{i}") +
                                     ", FILE_EXTENSION " + quote_text(target.format.extension()) + ")",
                                 stop_);
  }
  written_partitions(target);  // Refuses too many of them.
  sync_wait(files_->publish());
  return count;
}

void Runner::write_manifest() {
  std::string text;
  for (const auto& path : files_->written()) text += path + "\n";
  execution_.statistics.manifest = execution_.folder + execution_.id + "-manifest.csv";
  write_file(execution_.statistics.manifest, text);
}

std::vector<std::vector<std::string>> Runner::written_partitions(const WriteTarget& target) const {
  std::set<std::vector<std::string>> found;
  for (const auto& path : files_->written()) {
    if (!path.starts_with(target.location)) continue;
    auto values = partition_values_in(std::string_view(path).substr(target.location.size()), target.partition_columns);
    if (values) found.insert(std::move(*values));
  }
  if (found.size() > max_new_partitions) {
    refuse("HIVE_TOO_MANY_OPEN_PARTITIONS", "Exceeded limit of 100 open writers for partitions/buckets.");
  }
  return {found.begin(), found.end()};
}

void Runner::add_partitions(const catalog::Table& table, const WriteTarget& target) {
  const auto written = written_partitions(target);
  if (written.empty()) return;
  const auto existing =
      sync_wait(core_.dependencies.catalog.get_partitions(*access_, table.database, table.name, written));
  std::vector<catalog::PartitionInput> inputs;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const std::string location = with_slash(target.location + partition_path(table.partition_keys, written[i]));
    if (existing[i]) {
      const auto& storage = existing[i]->storage;
      const std::string place = storage ? storage->location.value_or("") : "";
      if (place.empty()) {
        refuse("HIVE_INVALID_METADATA",
               "Partition '" + partition_path(table.partition_keys, written[i]) + "' has no location");
      }
      if (with_slash(place) != location) {
        refuse("NOT_SUPPORTED",
               "Inserting into a partition whose location is not below its table's is not supported: " + place);
      }
      continue;
    }
    catalog::PartitionInput input{.values = written[i], .storage = table.storage};
    input.storage->location = location;
    inputs.push_back(std::move(input));
  }
  for (std::size_t at = 0; at < inputs.size(); at += 100) {
    const auto end = std::min(inputs.size(), at + 100);
    sync_wait(core_.dependencies.catalog.put_partitions(
        *access_, table.database, table.name,
        {std::make_move_iterator(inputs.begin() + static_cast<std::ptrdiff_t>(at)),
         std::make_move_iterator(inputs.begin() + static_cast<std::ptrdiff_t>(end))}));
  }
}

namespace {

// The properties of WITH (…), of CTAS and UNLOAD.
struct WriteProperties {
  std::string format = "PARQUET";
  std::string compression;
  std::optional<std::string> delimiter;
  std::string location;
  std::vector<std::string> partitioned_by;
};

WriteProperties read_properties(const std::vector<sql::Property>& properties, bool table) {
  WriteProperties result;
  for (const auto& property : properties) {
    const std::string name = to_lower(property.name.text);
    if (name == "format") {
      result.format = sql::to_upper(text_of(property));
    } else if (name == "compression" || name == "write_compression" || name == "parquet_compression") {
      result.compression = sql::to_upper(text_of(property));
    } else if (name == "field_delimiter") {
      result.delimiter = text_of(property);
    } else if (name == "partitioned_by") {
      result.partitioned_by = names_of(property);
    } else if (table && (name == "external_location" || name == "location")) {
      result.location = text_of(property);
    } else if (table && name == "table_type") {
      if (!equal_ignoring_case(text_of(property), "HIVE"))
        refuse("NOT_SUPPORTED", "table_type " + text_of(property) + " is not supported");
    } else if (table && name == "is_external") {
      const auto* flag = sql::as<sql::BooleanLiteral>(*property.value);
      if (!flag || !flag->value) refuse("NOT_SUPPORTED", "Only external Hive tables are supported");
    } else if (name == "bucketed_by" || name == "bucket_count" || name == "orc_compression" || name == "partitioning" ||
               name == "compression_level") {
      refuse("NOT_SUPPORTED", "Property '" + name + "' is not supported");
    } else {
      refuse("INVALID_TABLE_PROPERTY", "Property '" + name + "' does not exist");
    }
  }
  if (result.format == "TEXT") result.format = "TEXTFILE";
  if (result.format != "PARQUET" && result.format != "TEXTFILE" && result.format != "JSON") {
    refuse("NOT_SUPPORTED", "Format " + result.format + " is not supported: PARQUET, TEXTFILE or JSON");
  }
  if (result.delimiter && result.format != "TEXTFILE") {
    refuse("INVALID_TABLE_PROPERTY", "field_delimiter is only for TEXTFILE");
  }
  if (result.compression.empty()) result.compression = "GZIP";  // Athena's default for all of them.
  static const std::set<std::string> parquet = {"GZIP", "SNAPPY", "ZSTD", "LZ4", "NONE", "UNCOMPRESSED"};
  if (result.compression == "UNCOMPRESSED") result.compression = "NONE";
  const bool known = result.format == "PARQUET" ? parquet.contains(result.compression)
                                                : result.compression == "GZIP" || result.compression == "NONE";
  if (!known) refuse("NOT_SUPPORTED", "Compression " + result.compression + " is not supported for " + result.format);
  return result;
}

// The catalog's columns for what a query makes; the partition columns must be the last ones.
struct NewColumns {
  std::vector<catalog::Column> columns, keys;
  std::vector<std::string> names;
};

NewColumns new_columns(const std::vector<duck::Column>& described, const std::vector<sql::Identifier>& renamed,
                       const std::vector<std::string>& partitioned_by) {
  if (!renamed.empty() && renamed.size() != described.size()) {
    refuse("MISMATCHED_COLUMN_ALIASES", "Column alias list has " + std::to_string(renamed.size()) +
                                            " entries but relation has " + std::to_string(described.size()) +
                                            " columns");
  }
  NewColumns result;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < described.size(); ++i) {
    const std::string name = to_lower(renamed.empty() ? described[i].name : renamed[i].text);
    const std::string place = std::to_string(i + 1);
    if (renamed.empty() && name == "_col" + std::to_string(i)) {
      refuse("MISSING_COLUMN_NAME", "Column name not specified at position " + place);
    }
    if (!seen.insert(name).second)
      refuse("DUPLICATE_COLUMN_NAME", "Column name '" + name + "' specified more than once");
    if (described[i].type.kind == duck::TypeKind::unknown)
      refuse("COLUMN_TYPE_UNKNOWN", "Column type is unknown at position " + place);
    refuse_unstorable(described[i]);
    const bool key = std::ranges::find(partitioned_by, name) != partitioned_by.end();
    (key ? result.keys : result.columns).push_back({.name = name, .type = duck::hive_name(described[i].type)});
    result.names.push_back(name);
  }
  for (std::size_t i = 0; i < partitioned_by.size(); ++i) {
    const bool last = i < result.keys.size() && result.keys[i].name == partitioned_by[i] &&
                      result.names[result.names.size() - partitioned_by.size() + i] == partitioned_by[i];
    if (!last) {
      refuse("HIVE_COLUMN_ORDER_MISMATCH",
             "Partition keys must be the last columns in the table and in the same order as the table properties: " +
                 partitioned_by[i]);
    }
  }
  if (result.columns.empty()) refuse("INVALID_TABLE_PROPERTY", "Table contains only partition columns");
  return result;
}

}  // namespace

namespace {

[[noreturn]] void table_exists(const TableName& name) {
  throw sql::SqlError("TABLE_ALREADY_EXISTS", {}, "Destination table '" + qualified_text(name) + "' already exists");
}

}  // namespace

void Runner::create_table_as(const sql::CreateTableAs& create) {
  const TableName name = table_name(create.table, execution_.database);
  auto& catalog = core_.dependencies.catalog;
  if (!sync_wait(catalog.find_database(*access_, name.database))) {
    throw sql::SqlError("SCHEMA_NOT_FOUND", create.table.position(), "Schema '" + name.database + "' does not exist");
  }
  if (sync_wait(catalog.find_table(*access_, name.database, name.table))) {
    if (create.if_not_exists) return;
    table_exists(name);
  }
  const WriteProperties properties = read_properties(create.properties, true);
  if (!properties.location.empty() && group_.enforce && !group_.output_location.empty()) {
    refuse("INVALID_TABLE_PROPERTY",
           "The Create Table As Select query failed because it was submitted with an "
           "'external_location' property to an Athena Workgroup that enforces a centralized output "
           "location for all queries.");
  }
  WriteTarget target{.location = with_slash(properties.location.empty() ? execution_.location : properties.location),
                     .partition_columns = properties.partitioned_by,
                     .format = {.format = properties.format,
                                .compression = properties.compression,
                                .delimiter = properties.delimiter.value_or("\x01")}};
  claim_empty(target.location, name.database + "." + name.table);
  const std::string sql = print(*create.query);
  const auto described = describe(sql);
  const NewColumns columns = new_columns(described, create.columns, properties.partitioned_by);

  begin_partial({files_of_this(target), "table:" + name.database + "." + name.table + "@" + execution_.id});
  const auto started = std::chrono::steady_clock::now();
  if (create.with_data) execution_.statistics.output_rows = copy(sql, columns.names, target);
  execution_.statistics.engine_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started).count();

  catalog::TableInput input{.name = name.table,
                            .description = create.comment,
                            .owner = "tarn",
                            .partition_keys = columns.keys,
                            .table_type = "EXTERNAL_TABLE"};
  input.storage = storage_for(target.format.format, target.format.delimiter);
  input.storage->columns = columns.columns;
  input.storage->location = target.location;
  input.parameters = {{"EXTERNAL", "TRUE"}, {"classification", classification_of(target.format.format)}};
  if (target.format.format == "PARQUET") input.parameters["parquet.compression"] = target.format.compression;
  input.parameters[std::string(query_id_parameter)] = execution_.id;
  std::optional<catalog::Table> table;
  try {
    table = sync_wait(catalog.create_table(*access_, name.database, std::move(input)));
  } catch (const Error& error) {
    if (error.code().name != catalog::errors::already_exists.name) throw;
  }
  if (!table) {
    // Another statement was quicker.
    if (!create.if_not_exists) table_exists(name);
    execution_.statistics.output_rows = 0;
    return discard();
  }
  if (!target.partition_columns.empty()) add_partitions(*table, target);
  execution_.update_count = execution_.statistics.output_rows;
  write_manifest();
  write_metadata("CREATE TABLE");
  execution_.partial.clear();
}

void Runner::insert(const sql::InsertInto& insert) {
  const catalog::Table table = find(insert.table);
  if (table.table_type.value_or("") == "VIRTUAL_VIEW") refuse("NOT_SUPPORTED", "Inserting into views is not supported");
  if (!table.storage || !table.storage->location) refuse("HIVE_INVALID_METADATA", "The table has no location");
  if (is_projected(table) && has_location_template(table))
    refuse("NOT_SUPPORTED", "Inserting into tables with a storage.location.template is not supported");
  if (!table.storage->bucket_columns.empty())
    refuse("NOT_SUPPORTED", "Inserting into bucketed tables is not supported");
  std::vector<catalog::Column> columns = table.storage->columns;
  columns.insert(columns.end(), table.partition_keys.begin(), table.partition_keys.end());

  const std::string sql = print(*insert.query);
  const auto described = describe(sql);
  std::vector<std::string> given;
  for (const auto& column : insert.columns) given.push_back(to_lower(column.text));
  if (given.empty()) {
    for (const auto& column : columns) given.push_back(column.name);
  }
  for (const auto& name : given) {
    if (std::ranges::find(columns, name, &catalog::Column::name) == columns.end()) {
      refuse("COLUMN_NOT_FOUND", "Insert column name does not exist in target table: " + name);
    }
  }
  if (given.size() != described.size()) {
    refuse("TYPE_MISMATCH", "Insert query has mismatched column types: Table has " + std::to_string(given.size()) +
                                " columns, query has " + std::to_string(described.size()));
  }
  std::string source, list;
  for (std::size_t i = 0; i < given.size(); ++i) source += (i > 0 ? ", " : "") + quote_name("$" + std::to_string(i));
  std::vector<std::string> names;
  for (const auto& column : columns) {
    const duck::Type type = duck::parse_hive_type(column.type.value_or("string"));
    const auto at = std::ranges::find(given, column.name);
    if (!list.empty()) list += ", ";
    if (at == given.end()) {
      list += "NULL::" + duck::engine_name(type);
    } else {
      const auto i = static_cast<std::size_t>(at - given.begin());
      require_coercible(described[i].type, type, column.name);
      list += "CAST(" + quote_name("$" + std::to_string(i)) + " AS " + duck::engine_name(type) + ")";
    }
    names.push_back(column.name);
  }
  WriteTarget target{.location = with_slash(*table.storage->location),
                     .format = {.format = "PARQUET", .compression = "GZIP"}};
  for (const auto& key : table.partition_keys) target.partition_columns.push_back(key.name);
  switch (format_of(*table.storage, table.name)) {
    case FileFormat::parquet: {
      const auto setting = table.parameters.find("parquet.compression");
      if (setting != table.parameters.end()) target.format.compression = sql::to_upper(setting->second);
      break;
    }
    case FileFormat::openx_json:
    case FileFormat::hive_json:
      target.format.format = "JSON";
      break;
    case FileFormat::delimited:
      target.format.format = "TEXTFILE";
      target.format.delimiter = field_delimiter_of(*table.storage);
      target.format.header = has_header(table);
      break;
    case FileFormat::open_csv:
      refuse("NOT_SUPPORTED", "Inserting into OpenCSVSerde tables is not supported");
  }
  begin_partial({files_of_this(target)});
  const auto started = std::chrono::steady_clock::now();
  execution_.statistics.output_rows =
      copy("SELECT " + list + " FROM (" + sql + ") AS \"$given\"(" + source + ")", names, target);
  execution_.statistics.engine_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started).count();
  if (!target.partition_columns.empty()) add_partitions(table, target);
  execution_.update_count = execution_.statistics.output_rows;
  execution_.columns = {{.name = "rows", .type = "bigint", .precision = 19}};
  write_manifest();
  write_metadata("INSERT");
  execution_.partial.clear();
}

void Runner::unload(const sql::Unload& unload) {
  const WriteProperties properties = read_properties(unload.properties, false);
  const bool has_format = std::ranges::any_of(
      unload.properties, [](const auto& property) { return equal_ignoring_case(property.name.text, "format"); });
  if (!has_format) refuse("INVALID_TABLE_PROPERTY", "UNLOAD needs a format: WITH (format = 'PARQUET')");
  WriteTarget target{.location = with_slash(unload.location),
                     .partition_columns = properties.partitioned_by,
                     .format = {.format = properties.format,
                                .compression = properties.compression,
                                .delimiter = properties.delimiter.value_or("\x01")}};
  claim_empty(target.location, "unload");
  const std::string sql = print(*unload.query);
  const auto described = describe(sql);
  std::vector<std::string> names;
  for (const auto& column : described) {
    refuse_unstorable(column);
    names.push_back(to_lower(column.name));
  }
  begin_partial({files_of_this(target)});
  const auto started = std::chrono::steady_clock::now();
  execution_.statistics.output_rows = copy(sql, names, target);
  execution_.statistics.engine_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started).count();
  execution_.update_count = execution_.statistics.output_rows;
  execution_.columns = {{.name = "rows", .type = "bigint", .precision = 19}};
  write_manifest();
  write_metadata("UNLOAD");
  execution_.partial.clear();
}

}  // namespace tarn::query
