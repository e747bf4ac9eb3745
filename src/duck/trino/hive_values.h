// Text of Hive's line formats to values, as Hive's serdes read it. None of these throw: what is no value is none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duck/trino/decimal.h"
#include "duck/trino/duckdb.h"
#include "duck/types.h"

namespace tarn::duck {

// Digits with a sign; a fraction is cut off if it is allowed at all.
std::optional<std::int64_t> hive_integer(std::string_view text, bool with_fraction);
// As Java's parseDouble: 1.5, 1e3, NaN, Infinity, 1.5d.
std::optional<double> hive_double(std::string_view text);
// Unscaled, rounded half up; none if it has more digits than the type.
std::optional<Int128> hive_decimal(std::string_view text, int precision, int scale);
// y-m-d, what follows a blank being ignored; days and months beyond their month or year run on.
std::optional<std::int32_t> hive_date(std::string_view text);

// A pattern of Joda's, as timestamp.formats has it: the clock's microseconds, or none.
using TimestampReader = std::function<std::optional<std::int64_t>(std::string_view)>;
TimestampReader joda_reader(std::string_view pattern);

// `y-m-d h:m:s.f`, with T for the blank too, or one of the patterns.
class HiveTimestamps {
 public:
  HiveTimestamps() = default;
  explicit HiveTimestamps(std::string_view formats);  // Separated by commas, which \, escapes.
  std::optional<std::int64_t> read(std::string_view text) const;

 private:
  std::vector<TimestampReader> patterns_;
  bool millis_ = false;
};

// Base64 to bytes.
std::optional<std::string> hive_binary(std::string_view text);

// DuckDB's type for one of the catalog; char(n) and varchar(n) are kept as such at the top only.
::duckdb::LogicalType engine_type(const Type& type, bool top = true);

// Writes scalars into a flat vector. The text is cut or padded to the length of a varchar(n) or char(n).
void store_text(const Type& type, std::string_view text, ::duckdb::Vector& out, ::duckdb::idx_t row);
// Into a real or a double.
void store_double(const Type& type, double value, ::duckdb::Vector& out, ::duckdb::idx_t row);
// False if the number does not fit the type.
bool store_integer(const Type& type, std::int64_t value, ::duckdb::Vector& out, ::duckdb::idx_t row);

}  // namespace tarn::duck
