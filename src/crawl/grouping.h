// Which files make one table: a pure function of where they lie and what they look like.
//
// Built from the Glue guide's "How does a crawler determine when to create partitions" and "grouping policy": a folder
// whose parts are mostly alike (the same format and compression, schemas at least 70 % alike, folders of one shape) is
// one table with the folders below it as partitions; otherwise each part stands for itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "catalog/types.h"

namespace tarn::crawl {

// What a file is, as the classifier found it.
struct FileSchema {
  std::string classification;  // csv, json, parquet; UNKNOWN: no classifier knew it.
  std::string compression;     // gzip, none.
  std::vector<catalog::Column> columns;
  catalog::SerdeInfo serde;
  std::string input_format;
  std::string output_format;
  catalog::Parameters parameters;    // Of the table: delimiter, skip.header.line.count, …
  std::vector<std::string> reasons;  // Why, for the log: header, types, nulls.
  std::uint64_t rows = 0;            // Of what was sampled …
  std::uint64_t bytes = 0;           // … and how long that was: for recordCount.
};

// A file below the include path. `schema` is none where it was not sampled: it is taken to be like its folder.
struct CrawledFile {
  std::string key;  // The whole key.
  std::uint64_t size = 0;
  Timestamp modified;
  std::optional<FileSchema> schema;
};

struct GroupingOptions {
  std::string bucket;
  std::string prefix;  // The include path's key part: empty or ending in "/" unless it names one file.
  bool combine_compatible = false;
  std::optional<std::int64_t> table_level;  // Absolute: the bucket is level 1.
  double similarity = 0.7;
};

struct FoundPartition {
  std::vector<std::string> values;
  std::string location;  // s3://bucket/prefix/
  FileSchema schema;
  std::uint64_t files = 0, bytes = 0;
};

struct FoundTable {
  std::string name;      // Before the crawler's prefix: letters, digits and _ in lower case.
  std::string location;  // s3://bucket/prefix/, or a file's own path where each file is a table.
  FileSchema schema;     // Merged over all of it.
  std::vector<catalog::Column> partition_keys;
  std::vector<FoundPartition> partitions;
  std::uint64_t files = 0, bytes = 0;
  std::vector<std::string> reasons;  // Why it is one table, or why it is not part of another.
};

// Files in any order; those no classifier knew are left out and counted in `unknown`.
struct Grouping {
  std::vector<FoundTable> tables;
  std::vector<std::string> unknown;
  std::vector<std::string> notes;
};
Grouping group_files(std::vector<CrawledFile> files, const GroupingOptions& options);

// How alike two schemas are, 0 to 1: columns of the same name and a type that one table can hold, of the larger number.
double schema_similarity(const FileSchema& a, const FileSchema& b);

// The type that holds both, or none: int and bigint give bigint, anything with string gives string.
std::optional<std::string> common_type(const std::string& a, const std::string& b);

// The columns of both, those of `a` first; types widened.
FileSchema merge_schemas(const FileSchema& a, const FileSchema& b);

// A name that the catalog takes: letters, digits and _, lower case.
std::string table_name_from(std::string_view text);

}  // namespace tarn::crawl
