// How a table of the catalog is read: its storage descriptor and partitions as a table expression of the engine.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/types.h"
#include "duck/files.h"
#include "duck/types.h"

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

// What Parquet files tell of themselves before they are read. None: it cannot be told; reading will say why.
class ParquetFooters {
 public:
  virtual ~ParquetFooters() = default;
  virtual std::optional<std::vector<duck::Column>> columns(const std::string& path) = 0;
  virtual std::optional<std::uint64_t> rows(const std::string& path) = 0;
};

// `(SELECT … FROM read_parquet([…]) UNION ALL …)`: the table's columns, then its partition keys, then those of the
// hidden columns ($path, $file_size, $file_modified_time, $bucket, $partition) that were asked for. `hidden` keeps
// those that there are.
//
// The footers are looked at so that the engine plans by what the files hold: one file that is a whole folder is read by
// its own schema, which gives the engine its statistics and row groups; of several, the number of rows is estimated.
std::string scan_sql(const catalog::Table& table, const std::vector<ScanFolder>& folders, std::set<std::string>& hidden,
                     ParquetFooters& footers);

}  // namespace tarn::query
