#include "inventory/rows.h"

#include "base/encoding.h"
#include "base/time.h"
#include "objects/version.h"

namespace tarn::inventory {
namespace {

void append_field(std::string& csv, std::string_view value) {
  csv += csv.empty() || csv.back() == '\n' ? "\"" : ",\"";
  for (const char c : value) {
    if (c == '"') csv += '"';
    csv += c;
  }
  csv += '"';
}

std::string encoded_key(const std::string& key) {
  std::string encoded = uri_encode(key, true);
  for (std::size_t at = encoded.find("%20"); at != std::string::npos; at = encoded.find("%20", at)) {
    encoded.replace(at, 3, "+");
  }
  return encoded;
}

// What a delete marker has not is empty.
std::string value_of(const std::string& field, const objects::ListedObject& object) {
  if (field == "LastModifiedDate") return iso8601(object.modified);
  if (object.delete_marker) return "";
  if (field == "Size") return std::to_string(object.size);
  if (field == "StorageClass") return std::string(objects::name_of(object.storage_class));
  if (field == "ETag") return object.e_tag;
  // The ETag of parts says how many they were.
  if (field == "IsMultipartUploaded") return object.e_tag.find('-') == std::string::npos ? "false" : "true";
  if (field == "BucketKeyStatus") return "DISABLED";
  if (field == "ChecksumAlgorithm") {
    return object.checksum_algorithm ? std::string(name_of(*object.checksum_algorithm)) : "";
  }
  return "";  // IntelligentTieringAccessTier: of no object here.
}

struct ParquetColumn {
  std::string_view field;
  std::string_view name;
  std::string_view type;    // In the message of fileSchema.
  std::string_view select;  // In SQL.
};
constexpr ParquetColumn parquet_columns[] = {
    {"Bucket", "bucket", "required binary bucket (STRING)", "VARCHAR"},
    {"Key", "key", "required binary key (STRING)", "VARCHAR"},
    {"VersionId", "version_id", "optional binary version_id (STRING)", "VARCHAR"},
    {"IsLatest", "is_latest", "optional boolean is_latest", "BOOLEAN"},
    {"IsDeleteMarker", "is_delete_marker", "optional boolean is_delete_marker", "BOOLEAN"},
    {"Size", "size", "optional int64 size", "BIGINT"},
    {"LastModifiedDate", "last_modified_date", "optional int64 last_modified_date (TIMESTAMP(MILLIS,true))",
     "TIMESTAMPTZ"},
    {"StorageClass", "storage_class", "optional binary storage_class (STRING)", "VARCHAR"},
    {"ETag", "e_tag", "optional binary e_tag (STRING)", "VARCHAR"},
    {"IsMultipartUploaded", "is_multipart_uploaded", "optional boolean is_multipart_uploaded", "BOOLEAN"},
    {"ReplicationStatus", "replication_status", "optional binary replication_status (STRING)", "VARCHAR"},
    {"IntelligentTieringAccessTier", "intelligent_tiering_access_tier",
     "optional binary intelligent_tiering_access_tier (STRING)", "VARCHAR"},
    {"BucketKeyStatus", "bucket_key_status", "optional binary bucket_key_status (STRING)", "VARCHAR"},
    {"ChecksumAlgorithm", "checksum_algorithm", "optional binary checksum_algorithm (STRING)", "VARCHAR"}};

const ParquetColumn& parquet_column(const std::string& field) {
  for (const ParquetColumn& column : parquet_columns) {
    if (column.field == field) return column;
  }
  throw std::logic_error("an inventory's field without a column: " + field);
}

}  // namespace

SqlColumn sql_column(const std::string& field) {
  const ParquetColumn& column = parquet_column(field);
  return {.name = std::string(column.name), .type = std::string(column.select)};
}

std::vector<std::string> columns_of(const Configuration& configuration) {
  std::vector<std::string> columns = {"Bucket", "Key"};
  if (configuration.all_versions) columns.insert(columns.end(), {"VersionId", "IsLatest", "IsDeleteMarker"});
  columns.insert(columns.end(), configuration.fields.begin(), configuration.fields.end());
  return columns;
}

std::string schema_of(const Configuration& configuration) {
  std::string schema;
  for (const std::string& column : columns_of(configuration)) {
    if (configuration.format == Format::csv) {
      schema += (schema.empty() ? "" : ", ") + column;
    } else {
      schema += std::string(schema.empty() ? "message s3.inventory { " : " ") +
                std::string(parquet_column(column).type) + ";";
    }
  }
  return configuration.format == Format::csv ? schema : schema + " }";
}

void append_row(std::string& csv, const Configuration& configuration, const std::string& bucket,
                const objects::ListedObject& object, bool plain_keys, std::string_view replication_status) {
  append_field(csv, bucket);
  append_field(csv, plain_keys ? object.key : encoded_key(object.key));
  if (configuration.all_versions) {
    append_field(csv, object.null ? "" : object.id().text());
    append_field(csv, object.latest ? "true" : "false");
    append_field(csv, object.delete_marker ? "true" : "false");
  }
  for (const std::string& field : configuration.fields) {
    append_field(csv, field == "ReplicationStatus" ? std::string(replication_status) : value_of(field, object));
  }
  csv += '\n';
}

}  // namespace tarn::inventory
