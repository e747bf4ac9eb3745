// Between DuckDB's types and values and Trino's: names of types, text of values.
#pragma once

#include <memory>
#include <string>

#include "duck/trino/duckdb.h"
#include "duck/types.h"

namespace tarn::duck {

// What DuckDB has no type for travels in the alias of a type: `char(5)`, `varchar(7)`, an interval's kind, the zone of
// a timestamp with time zone (`@America/New_York`), the fractional digits of a time.
Type type_of(const ::duckdb::LogicalType& type);

::duckdb::LogicalType json_type();
::duckdb::LogicalType day_to_second_type();
::duckdb::LogicalType year_to_month_type();
::duckdb::LogicalType character_type(int length);
::duckdb::LogicalType zoned_type(const std::string& zone);

// The zone of a timestamp with time zone; UTC if its type names none.
std::string zone_of(const ::duckdb::LogicalType& type);
bool is_year_to_month(const ::duckdb::LogicalType& type);

// Seconds to add to an instant (microseconds since the epoch, UTC) to get the clock in `zone`. Throws for unknown
// zones.
class Zone {
 public:
  static std::shared_ptr<const Zone> find(const std::string& name);
  virtual ~Zone() = default;
  virtual std::int64_t offset_at_instant(std::int64_t micros) const = 0;
  // For a clock reading that a change of the offset skips or repeats, the earlier offset.
  virtual std::int64_t offset_at_clock(std::int64_t micros) const = 0;
  const std::string& name() const { return name_; }

 protected:
  std::string name_;
};

// Writes values of one type as Athena shows them.
class ValueText {
 public:
  explicit ValueText(const ::duckdb::LogicalType& type);
  ~ValueText();
  ValueText(ValueText&&) noexcept;

  // False, and nothing written, for NULL.
  bool append(const ::duckdb::RecursiveUnifiedVectorFormat& values, ::duckdb::idx_t row, std::string& text) const;

 private:
  struct Node;
  static bool append_node(const Node& node, const ::duckdb::RecursiveUnifiedVectorFormat& values, ::duckdb::idx_t row,
                          std::string& text);
  std::unique_ptr<Node> root_;
};

// Texts of single values, as casts and messages need them.
void append_date(std::int32_t days, std::string& text);
// digits 0 to 6 of the second.
void append_time(std::int64_t micros, int digits, std::string& text);
void append_timestamp(std::int64_t micros, int digits, std::string& text);
void append_integer(std::int64_t value, std::string& text);
std::string decimal_text(::duckdb::hugeint_t value, int scale);

}  // namespace tarn::duck
