// Keys of the catalog's rows.
//
//   catalog/<account>   d/<database>                         a database
//                       t/<database>/<table>                 a table's head: its current version
//                       x/<database>                       a database whose tables are being removed
//                       g/<table's id>                     a table whose rows are being removed
//   table/<id>          v/<version, descending>              an archived version
//                       p/<values>                           a partition
//                       s/<column>                           a column's statistics, of the table
//                       S/<values>/<column>                  … of a partition
//
// Values are escaped so that order stays byte order and no value can end early: 0x00 becomes 0x00 0xff and each value
// ends in 0x00 0x01.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/names.h"
#include "meta/store.h"

namespace tarn::catalog::rows {

inline meta::Partition catalog_partition(const AccountId& account) {
  return {"catalog/" + account.text()};
}
inline meta::Partition table_partition(const std::string& id) {
  return {"table/" + id};
}

inline std::string database_key(std::string_view name) {
  return "d/" + std::string(name);
}
// Names hold no 0 byte, so that "a" and "a/b" cannot meet.
inline std::string table_prefix(std::string_view database) {
  std::string key = "t/" + std::string(database);
  key += '\0';
  return key;
}
inline std::string table_key(std::string_view database, std::string_view table) {
  return table_prefix(database) + std::string(table);
}

// See deletion.h. The value is a format's version and no more.
inline constexpr std::string_view deleted_databases = "x/";
inline constexpr std::string_view deleted_tables = "g/";
inline constexpr std::string_view deletion_row = "\1";
inline std::string deleted_database_key(std::string_view name) {
  return std::string(deleted_databases) + std::string(name);
}
inline std::string deleted_table_key(std::string_view id) {
  return std::string(deleted_tables) + std::string(id);
}

std::string values_text(const std::vector<std::string>& values);
inline std::string partition_key(const std::vector<std::string>& values) {
  return "p/" + values_text(values);
}
// What partition_key() was made of.
std::vector<std::string> values_of_key(std::string_view partition_key);
inline std::string table_statistics_key(std::string_view column) {
  return "s/" + std::string(column);
}
inline std::string partition_statistics_key(const std::vector<std::string>& values, std::string_view column) {
  return "S/" + values_text(values) + std::string(column);
}
// Newer versions sort first.
std::string version_key(std::uint64_t version);

}  // namespace tarn::catalog::rows
