// What the Data Catalog keeps: databases, tables, partitions, statistics. Built from the Glue API's data types.
//
// An empty list or map and an absent one are the same; a scalar that was not given stays absent, because clients
// (Trino, Iceberg) compare what they read with what they wrote.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace tarn::catalog {

using Parameters = std::map<std::string, std::string>;

struct Column {
  std::string name;
  std::optional<std::string> type;  // Hive's spelling: bigint, array<struct<a:int>>, decimal(10,2).
  std::optional<std::string> comment;
  Parameters parameters;
  friend bool operator==(const Column&, const Column&) = default;
};

struct SerdeInfo {
  std::optional<std::string> name;
  std::optional<std::string> library;  // org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe
  Parameters parameters;
  friend bool operator==(const SerdeInfo&, const SerdeInfo&) = default;
};

struct SortColumn {
  std::string column;
  int order = 1;  // 1 ascending, 0 descending.
  friend bool operator==(const SortColumn&, const SortColumn&) = default;
};

struct SkewedInfo {
  std::vector<std::string> column_names;
  std::vector<std::string> column_values;
  Parameters value_location_maps;
  friend bool operator==(const SkewedInfo&, const SkewedInfo&) = default;
};

struct StorageDescriptor {
  std::vector<Column> columns;
  std::optional<std::string> location;
  std::vector<std::string> additional_locations;
  std::optional<std::string> input_format;
  std::optional<std::string> output_format;
  std::optional<bool> compressed;
  std::optional<std::int64_t> number_of_buckets;
  std::optional<SerdeInfo> serde;
  std::vector<std::string> bucket_columns;
  std::vector<SortColumn> sort_columns;
  Parameters parameters;
  std::optional<SkewedInfo> skewed;
  std::optional<bool> stored_as_sub_directories;
  friend bool operator==(const StorageDescriptor&, const StorageDescriptor&) = default;
};

struct DatabaseInput {
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> location_uri;
  Parameters parameters;
};

struct Database : DatabaseInput {
  Timestamp created;
  Parameters tags;
};

// Another catalog object that a resource link points at.
struct TargetTable {
  std::optional<std::string> catalog_id, database_name, name, region;
};

struct TableInput {
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> owner;
  std::optional<Timestamp> last_access;
  std::optional<Timestamp> last_analyzed;
  std::optional<std::int64_t> retention;
  std::optional<StorageDescriptor> storage;
  std::vector<Column> partition_keys;
  std::optional<std::string> view_original_text;
  std::optional<std::string> view_expanded_text;
  std::optional<std::string> table_type;  // EXTERNAL_TABLE, VIRTUAL_VIEW, …
  Parameters parameters;
  std::optional<TargetTable> target;
};

struct Table : TableInput {
  std::string database;
  std::string id;  // Never used again; names the partition that holds its partitions and statistics.
  std::uint64_t version = 0;
  Timestamp created;
  Timestamp updated;
  std::string created_by;  // The ARN of who made it.
};

struct PartitionInput {
  std::vector<std::string> values;
  std::optional<Timestamp> last_access;
  std::optional<Timestamp> last_analyzed;
  std::optional<StorageDescriptor> storage;
  Parameters parameters;
};

struct Partition : PartitionInput {
  Timestamp created;
};

// Statistics of a column, as engines write them; `data` is the API's StatisticsData union as JSON text, kept whole.
struct ColumnStatistics {
  std::string column;
  std::string type;
  Timestamp analyzed;
  std::string data;
};

}  // namespace tarn::catalog
