// Formats, serdes and partition paths, as the catalog and Hive spell them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types.h"
#include "duck/types.h"

namespace tarn::query {

// The serde and classes of STORED AS `format` (PARQUET, TEXTFILE, JSON, ORC, …). Throws duck::SqlError for unknown
// ones.
catalog::StorageDescriptor storage_for(std::string_view format, std::string_view field_delimiter = "");
std::string classification_of(std::string_view format);  // "parquet", "csv", "json"

// What separates fields of a delimited table.
std::string field_delimiter_of(const catalog::StorageDescriptor& storage);

// "year=2024/month=1"; values are escaped as Hive does.
std::string partition_path(const std::vector<catalog::Column>& keys, const std::vector<std::string>& values);
// The other way, of the folders that a key begins with; none if they are not these keys'.
std::optional<std::vector<std::string>> partition_values_in(std::string_view path,
                                                            const std::vector<std::string>& keys);

// Types that a Hive table has no place for: NOT_SUPPORTED.
void refuse_unstorable(const duck::Column& column);

// Does Trino convert a value of one type for a column of the other by itself? Else TYPE_MISMATCH.
void require_coercible(const duck::Type& from, const duck::Type& to, std::string_view column);

}  // namespace tarn::query
