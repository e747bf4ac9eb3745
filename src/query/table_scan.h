// How a table of the catalog is read: its storage descriptor and partitions as a table expression of the engine.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "catalog/types.h"
#include "duck/files.h"

namespace tarn::query {

enum class FileFormat { parquet, openx_json, hive_json, delimited, open_csv };

// From the serde, or else the input format. Throws Error NOT_SUPPORTED for what the engine cannot read.
FileFormat format_of(const catalog::StorageDescriptor& storage, std::string_view table);

// A folder of files, with the partition values that all its rows have.
struct ScanFolder {
  std::vector<std::string> values;  // In the order of the keys; empty for tables without.
  const catalog::StorageDescriptor* storage = nullptr;
  std::vector<duck::FileInfo> files;
};

// `(SELECT … FROM read_parquet([…]) UNION ALL …)`: the table's columns, then its partition keys, then those of the
// hidden columns ($path, $file_size, $file_modified_time, $bucket, $partition) that were asked for. `hidden` keeps
// those that there are.
std::string scan_sql(const catalog::Table& table, const std::vector<ScanFolder>& folders,
                     std::set<std::string>& hidden);

}  // namespace tarn::query
