#include "duck/trino/failures.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/encoding.h"

namespace tarn::duck {

SqlError::SqlError(std::string name, std::string message)
    : name_(std::move(name)), message_(std::move(message)), what_(name_ + ": " + message_) {}

namespace {

using ::duckdb::ExceptionType;

// The length of a name like DIVISION_BY_ZERO at the front, if a colon follows it; 0 if there is none.
std::size_t name_length(std::string_view text) {
  const std::size_t length = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
  return length != text.npos && length >= 8 && text.substr(length).starts_with(": ") ? length : 0;
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// The text between the first `before` and the next `after`.
std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t start = text.find(before);
  if (start == text.npos) return {};
  text.remove_prefix(start + before.size());
  return std::string(text.substr(0, text.find(after)));
}

// The query layer prints calls as system.trino.name(…); a user knows only the name.
std::string without_schema(std::string text) {
  for (const std::string_view part : {"system.trino.", "trino."}) {
    for (std::size_t at; (at = text.find(part)) != text.npos;) text.erase(at, part.size());
  }
  return text;
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

SqlError unknown_function(const std::string& text) {
  if (has(text, "No function matches")) {
    const std::string call = without_schema(between(text, "argument types '", "'"));
    const std::size_t open = call.find('(');
    return {"FUNCTION_NOT_FOUND", "Unexpected parameters " + (open == call.npos ? "()" : call.substr(open)) +
                                      " for function " + call.substr(0, open)};
  }
  return {"FUNCTION_NOT_FOUND", "Function '" + between(text, "with name ", " does not exist") + "' not registered"};
}

// What the binder refuses beside unknown names, as Trino says it.
SqlError meaning(const std::string& text) {
  if (has(text, "must appear in the GROUP BY clause")) {
    return {"EXPRESSION_NOT_AGGREGATE",
            "'" + between(text, "column \"", "\"") + "' must be an aggregate expression or appear in GROUP BY clause"};
  }
  if (has(text, "Ambiguous reference to column name")) {
    return {"AMBIGUOUS_NAME", "Column '" + between(text, "column name \"", "\"") + "' is ambiguous"};
  }
  if (has(text, "Referenced table")) {
    return {"COLUMN_NOT_FOUND", "Column '" + between(text, "table \"", "\"") + ".…' cannot be resolved"};
  }
  if (has(text, "WHERE clause cannot contain")) {
    return {"EXPRESSION_NOT_SCALAR",
            "WHERE clause cannot contain aggregations, window functions or grouping operations"};
  }
  if (has(text, "SELECT clause without selection list")) {
    return {"COLUMN_NOT_FOUND", "SELECT * not allowed from relation that has no columns"};
  }
  return {"SEMANTIC_ERROR", first_line(text)};
}

// `Overflow in addition of INT32 (1 + 2)!` as Trino says it.
SqlError out_of_range(const std::string& text) {
  const std::string kind = between(text, "Overflow in ", " of "), type = between(text, " of ", " (");
  const std::string operation = between(text, " (", ")!");
  for (const auto& [engine, trino] : {std::pair("INT8", "tinyint"), std::pair("INT16", "smallint"),
                                      std::pair("INT32", "integer"), std::pair("INT64", "bigint")}) {
    if (type == engine && !operation.empty()) {
      return {"NUMERIC_VALUE_OUT_OF_RANGE", std::string(trino) + " " + kind + " overflow: " + operation};
    }
  }
  if (has(text, "DECIMAL")) return {"NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow"};
  return {"NUMERIC_VALUE_OUT_OF_RANGE", first_line(text)};
}

// A column whose values the table's type has no place for, such as a Parquet file's times of day:
// `Unimplemented type for cast (TIME -> BIGINT) when casting from source column t`. Casts in a statement are our own.
SqlError unreadable_column(const std::string& text) {
  const std::string types = between(text, "for cast (", ")");
  const auto arrow = types.find(" -> ");
  std::string column = between(text, "from source column ", "\n");
  if (column.empty()) column = between(text, "failed to cast column \"", "\"");
  if (arrow == types.npos) return {"NOT_SUPPORTED", first_line(text)};
  return {"NOT_SUPPORTED", "Unsupported Trino column type (" + to_lower(types.substr(arrow + 4)) +
                               ") for Parquet column ([" + column + "] " + types.substr(0, arrow) + ")"};
}

SqlError bad_input(const std::string& text) {
  if (has(text, "More than one row returned by a subquery")) {
    return {"SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows"};
  }
  for (const std::string_view sign : {"magic bytes", "arquet", "CSV Error", "Malformed JSON", "gzip", "zstd", "Snappy",
                                      "TProtocolException", "Invalid unicode"}) {
    if (has(text, sign)) return {"HIVE_BAD_DATA", text};
  }
  return {"GENERIC_USER_ERROR", first_line(text)};
}

}  // namespace

SqlError sql_error(const ::duckdb::ErrorData& error) {
  std::string text = error.RawMessage();
  if (const std::size_t length = name_length(text)) {
    // What our own functions threw; DuckDB may have added where, on lines of its own.
    return {text.substr(0, length), text.substr(length + 2, text.find("\n\nLINE ") - length - 2)};
  }
  switch (error.Type()) {
    case ExceptionType::INTERRUPT:
      return {"USER_CANCELED", "Query was canceled by user"};
    case ExceptionType::OUT_OF_MEMORY:
      if (has(text, "max_temp_directory_size")) {
        return {"EXCEEDED_SPILL_LIMIT", "Query exceeded the memory of its engine, and then what it may spill to disk"};
      }
      return {"EXCEEDED_LOCAL_MEMORY_LIMIT",
              "Query exceeded the memory of its engine, and holds what cannot be spilled to disk"};
    case ExceptionType::PARSER:
    case ExceptionType::SYNTAX:
      if (has(text, "SELECT clause without selection list")) return meaning(text);
      return {"SYNTAX_ERROR", first_line(text)};
    case ExceptionType::CATALOG:
    case ExceptionType::BINDER:
      if (has(text, "Function with name") || has(text, "No function matches")) return unknown_function(text);
      if (has(text, "Table with name")) return {"TABLE_NOT_FOUND", first_line(text)};
      if (has(text, "eferenced column")) return {"COLUMN_NOT_FOUND", first_line(text)};
      if (has(text, "Cannot mix values") || has(text, "Cannot compare") || has(text, "annot combine types")) {
        return {"TYPE_MISMATCH", first_line(text)};
      }
      return meaning(text);
    case ExceptionType::CONVERSION:
      if (has(text, "Unimplemented type for cast (")) return unreadable_column(text);
      return {"INVALID_CAST_ARGUMENT", first_line(text)};
    case ExceptionType::OUT_OF_RANGE:
      return out_of_range(text);
    case ExceptionType::DIVIDE_BY_ZERO:
      return {"DIVISION_BY_ZERO", "Division by zero"};
    case ExceptionType::NOT_IMPLEMENTED:
      if (has(text, "Cannot combine types")) return {"TYPE_MISMATCH", first_line(text)};
      return {"NOT_SUPPORTED", first_line(text)};
    case ExceptionType::PERMISSION:
      return {"PERMISSION_DENIED", first_line(text)};
    case ExceptionType::IO:
      return {"HIVE_CURSOR_ERROR", first_line(text)};
    case ExceptionType::INVALID_INPUT:
    case ExceptionType::SERIALIZATION:
      return bad_input(text);
    default:
      return {"GENERIC_INTERNAL_ERROR", first_line(text)};
  }
}

}  // namespace tarn::duck
