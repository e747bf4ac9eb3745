// Rows of the catalog as bytes: a format version, then JSON. Old versions can be read for ever.
#pragma once

#include <string>
#include <string_view>

#include "catalog/types.h"

namespace tarn::catalog {

// decode_… throw std::runtime_error on bytes that no version of Tarn wrote.
std::string encode(const Database& database);
std::string encode(const Table& table);
std::string encode(const Partition& partition);
std::string encode(const ColumnStatistics& statistics);
Database decode_database(std::string_view row);
Table decode_table(std::string_view row);
Partition decode_partition(std::string_view row);
ColumnStatistics decode_column_statistics(std::string_view row);

}  // namespace tarn::catalog
