#include "query/storage.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "duck/engine.h"

namespace tarn::query {
namespace {

struct Classes {
  std::string_view format, serde, input, output;
};
constexpr std::string_view text_input = "org.apache.hadoop.mapred.TextInputFormat";
constexpr std::string_view text_output = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
constexpr std::array<Classes, 5> known = {{
    {"PARQUET", "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
     "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
     "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"},
    {"TEXTFILE", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", text_input, text_output},
    {"JSON", "org.openx.data.jsonserde.JsonSerDe", text_input, text_output},
    {"ORC", "org.apache.hadoop.hive.ql.io.orc.OrcSerde", "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
     "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat"},
    {"AVRO", "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
     "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
     "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat"},
}};

// The characters that Hive writes as %XX in a partition's folder.
bool is_escaped(unsigned char c) {
  return c < 0x20 || c == 0x7F ||
         std::string_view("\"#%'*/:=?\\{[]^").find(static_cast<char>(c)) != std::string_view::npos;
}

std::string escaped(std::string_view value) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (!is_escaped(byte)) {
      text += c;
    } else {
      text += '%';
      text += hex[byte >> 4];
      text += hex[byte & 15];
    }
  }
  return text.empty() ? "__HIVE_DEFAULT_PARTITION__" : text;
}

// Types in the order in which Trino widens one to the next.
int number_rank(duck::TypeKind kind) {
  switch (kind) {
    case duck::TypeKind::tinyint:
      return 1;
    case duck::TypeKind::smallint:
      return 2;
    case duck::TypeKind::integer:
      return 3;
    case duck::TypeKind::bigint:
      return 4;
    case duck::TypeKind::decimal:
      return 5;
    case duck::TypeKind::real:
      return 6;
    case duck::TypeKind::double_precision:
      return 7;
    default:
      return 0;
  }
}

}  // namespace

catalog::StorageDescriptor storage_for(std::string_view format, std::string_view field_delimiter) {
  const auto found = std::ranges::find(known, format, &Classes::format);
  if (found == known.end())
    throw duck::SqlError("NOT_SUPPORTED", "STORED AS " + std::string(format) + " is not supported");
  catalog::StorageDescriptor storage{.input_format = std::string(found->input),
                                     .output_format = std::string(found->output),
                                     .compressed = false,
                                     .number_of_buckets = -1,
                                     .serde = catalog::SerdeInfo{.library = std::string(found->serde)}};
  if (!field_delimiter.empty() && format == "TEXTFILE") {
    storage.serde->parameters = {{"field.delim", std::string(field_delimiter)},
                                 {"serialization.format", std::string(field_delimiter)}};
  } else {
    storage.serde->parameters = {{"serialization.format", "1"}};
  }
  return storage;
}

std::string classification_of(std::string_view format) {
  return format == "TEXTFILE" ? "csv" : to_lower(format);
}

std::string field_delimiter_of(const catalog::StorageDescriptor& storage) {
  if (!storage.serde) return "\x01";
  const auto found = storage.serde->parameters.find("field.delim");
  return found == storage.serde->parameters.end() ? "\x01" : found->second;
}

std::string partition_path(const std::vector<catalog::Column>& keys, const std::vector<std::string>& values) {
  std::string path;
  for (std::size_t i = 0; i < keys.size() && i < values.size(); ++i) {
    path += (i > 0 ? "/" : "") + keys[i].name + "=" + escaped(values[i]);
  }
  return path;
}

std::optional<std::vector<std::string>> partition_values_in(std::string_view path,
                                                            const std::vector<std::string>& keys) {
  std::vector<std::string> values;
  for (const auto& key : keys) {
    const auto slash = path.find('/');
    const std::string_view folder = path.substr(0, slash);
    const auto equals = folder.find('=');
    if (slash == path.npos || equals == folder.npos || !equal_ignoring_case(folder.substr(0, equals), key)) {
      return std::nullopt;
    }
    auto value = uri_decode(folder.substr(equals + 1));
    if (!value) return std::nullopt;
    values.push_back(std::move(*value));
    path.remove_prefix(slash + 1);
  }
  return values;
}

void refuse_unstorable(const duck::Column& column) {
  using enum duck::TypeKind;
  const duck::Type& type = column.type;
  for (const auto kind : {time, timestamp_with_time_zone, interval_day_to_second, interval_year_to_month, json, uuid}) {
    if (type.kind == kind) {
      throw duck::SqlError("NOT_SUPPORTED",
                           "Unsupported Hive type: " + duck::trino_name(type) + " of column " + column.name);
    }
  }
  for (const auto& field : type.fields) refuse_unstorable({.name = column.name, .type = field.type});
}

void require_coercible(const duck::Type& from, const duck::Type& to, std::string_view column) {
  using enum duck::TypeKind;
  const int narrow = number_rank(from.kind);
  const int wide = number_rank(to.kind);
  bool fits = from.kind == to.kind || from.kind == unknown || (narrow > 0 && wide >= narrow);
  fits = fits || (from.kind == character && to.kind == varchar) || (from.kind == varchar && to.kind == character);
  fits = fits || (from.kind == date && to.kind == timestamp);
  if (fits) return;
  throw duck::SqlError("TYPE_MISMATCH", "Insert query has mismatched column types: column " + std::string(column) +
                                            " is " + duck::trino_name(to) + ", the query gives " +
                                            duck::trino_name(from));
}

}  // namespace tarn::query
