// The line formats of Hive: a line of text to a row of values, by a serde's rules.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "duck/trino/duckdb.h"
#include "duck/types.h"

namespace tarn::duck {

// What the storage descriptor and the table say: names of Hive's properties.
using HiveProperties = std::map<std::string, std::string>;

// A row that a serde refuses; hive_scan says where it stands. The message begins with Trino's name for it.
class BadRow : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One reader serves one thread. `outputs[i]` is where column i of the table goes, null if nobody wants it.
class RowReader {
 public:
  virtual ~RowReader() = default;
  virtual void read(std::string_view line, const std::vector<::duckdb::Vector*>& outputs, ::duckdb::idx_t row) = 0;
};

// LazySimpleSerDe: delimited fields, of nested types too; what does not parse is NULL.
std::unique_ptr<RowReader> delimited_reader(const std::vector<Column>& columns, const HiveProperties& properties);
// OpenCSVSerde: quoted fields; what does not parse is an error, dates are days and timestamps milliseconds.
std::unique_ptr<RowReader> open_csv_reader(const std::vector<Column>& columns, const HiveProperties& properties);
// The JSON serdes: OpenX's, which is lenient, and Hive's.
std::unique_ptr<RowReader> json_reader(const std::vector<Column>& columns, const HiveProperties& properties,
                                       bool openx);

bool is_true(const HiveProperties& properties, const std::string& name, bool otherwise = false);
std::string property_or(const HiveProperties& properties, const std::string& name, std::string otherwise);
// '\t', "9" and "\u0001" are ways to write a byte.
char separator_of(const HiveProperties& properties, const std::string& name, char otherwise);

}  // namespace tarn::duck
