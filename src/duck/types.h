// Trino's types, as result columns and inferred schemas carry them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::duck {

enum class TypeKind {
  unknown,  // The type of a bare NULL.
  boolean,
  tinyint,
  smallint,
  integer,
  bigint,
  real,
  double_precision,
  decimal,
  varchar,
  character,
  varbinary,
  date,
  time,
  timestamp,
  timestamp_with_time_zone,
  interval_year_to_month,
  interval_day_to_second,
  array,
  map,
  row,
  json,
  uuid,
};

struct Field;

struct Type {
  TypeKind kind = TypeKind::unknown;
  int precision = 0;          // decimal(precision, scale); digits of a second for time and timestamp.
  int scale = 0;              //
  int length = 0;             // varchar(length), char(length); 0 is unbounded.
  std::string zone;           // Of a timestamp with time zone whose zone is known; empty is UTC.
  std::vector<Field> fields;  // array: the element; map: key, value; row: its fields.

  friend bool operator==(const Type&, const Type&) = default;
};

struct Field {
  std::string name;  // Empty for an array's element, a map's key and value and a row's unnamed field.
  Type type;

  friend bool operator==(const Field&, const Field&) = default;
};

using Column = Field;

// `array(integer)`, `decimal(10,2)`, `row(x integer, y varchar)`: what typeof() says.
std::string trino_name(const Type& type);

// What ColumnInfo.Type of Athena says: the same without parameters (`decimal`, `varchar`, `float` for real).
std::string athena_name(const Type& type);

// `array<int>`, `struct<x:int,y:string>`: as the Data Catalog and Hive spell it.
std::string hive_name(const Type& type);

// `INTEGER[]`, `STRUCT("x" INTEGER)`: as the engine spells it, for casts and column lists.
std::string engine_name(const Type& type);

// Hive's spelling (`decimal(10,2)`, `map<string,array<int>>`) as a Type. Throws std::invalid_argument, which says
// where.
Type parse_hive_type(std::string_view text);

}  // namespace tarn::duck
