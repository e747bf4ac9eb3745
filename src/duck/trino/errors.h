// Failures by Trino's names, thrown as DuckDB's exceptions so that they pass through it and TRY() sees them.
#pragma once

#include <string>

#include "duck/trino/duckdb.h"

namespace tarn::duck {

[[noreturn]] inline void throw_sql(const std::string& name, const std::string& message) {
  throw ::duckdb::InvalidInputException(name + ": " + message);
}
[[noreturn]] inline void throw_invalid_argument(const std::string& message) {
  throw_sql("INVALID_FUNCTION_ARGUMENT", message);
}
[[noreturn]] inline void throw_invalid_cast(const std::string& message) {
  throw_sql("INVALID_CAST_ARGUMENT", message);
}
[[noreturn]] inline void throw_out_of_range(const std::string& message) {
  throw_sql("NUMERIC_VALUE_OUT_OF_RANGE", message);
}
[[noreturn]] inline void throw_division_by_zero() {
  throw_sql("DIVISION_BY_ZERO", "Division by zero");
}
// At bind time.
[[noreturn]] inline void throw_type_mismatch(const std::string& message) {
  throw ::duckdb::BinderException("TYPE_MISMATCH: " + message);
}
[[noreturn]] inline void throw_not_supported(const std::string& message) {
  throw ::duckdb::BinderException("NOT_SUPPORTED: " + message);
}

}  // namespace tarn::duck
