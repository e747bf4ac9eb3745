// query/sql turns text in Athena's dialect into our own tree, and trees into DuckDB's SQL.
//
// Athena speaks two dialects: Trino's for data, Hive's for definitions. parse() tells which one a statement is in by
// its first words. Nothing here looks at a catalog or runs anything; every function is a function of its bytes, refuses
// with SqlError, and bounds what it takes: 256 KiB of text, kMaxNesting of parentheses, kMaxHeight of any tree.
#pragma once

#include <cstddef>
#include <string_view>

#include "query/sql/statement.h"

namespace tarn::sql {

inline constexpr std::size_t kMaxStatementBytes = 262'144;  // Athena's.
inline constexpr std::uint32_t kMaxNesting = 200;
inline constexpr std::uint32_t kMaxHeight = 1'000;

// One statement; a semicolon may end it.
StatementPtr parse(std::string_view text);

// The two dialects by themselves.
StatementPtr parse_query_dialect(std::string_view text);
StatementPtr parse_definition_dialect(std::string_view text);

// A whole text that is one expression: execution parameters, partition projections.
ExpressionPtr parse_expression(std::string_view text);

// A type as the catalog writes it (`array<struct<a:int>>`, `decimal(10,2)`) in Trino's words: array(row(a integer)).
// A type that Trino does not know is TYPE_NOT_FOUND.
DataType parse_catalog_type(std::string_view text);

// The other way, for tables that a query makes. varchar becomes string, varbinary binary.
std::string catalog_type(const DataType& type);

// Trino's spelling: `array(row(a integer))`.
std::string type_text(const DataType& type);

}  // namespace tarn::sql
