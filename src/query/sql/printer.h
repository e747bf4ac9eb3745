// The printer: a query's tree as DuckDB SQL.
//
// It infers no types. What means the same in both engines is printed as it is; whatever may differ becomes a call into
// the schema system.trino, whose functions decide by type (src/duck/trino_functions.md is the contract). What Trino
// would refuse for its form, and what nothing stands in for, is refused here with SqlError.
#pragma once

#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "query/sql/query.h"

namespace tarn::sql {

// What the query around a table says of it: enough to leave out partitions before the engine is asked.
struct TableUse {
  // All hold for every row of the table that can matter to the answer: terms of WHERE and of ON that were joined by
  // AND. Column names in them may also belong to other tables of the same FROM.
  std::vector<const Expression*> conditions;
  std::string alias;  // By which the conditions may qualify the table's columns.
  // Names like $path that the statement asks for somewhere.
  std::set<std::string> hidden_columns;
  std::span<const ExpressionPtr> parameters;
};

struct ResolvedSource {
  std::string sql;                       // A table expression of the engine: read_parquet([…]), (SELECT …).
  std::set<std::string> hidden_columns;  // Those of TableUse that it has; stars leave them out.
};
struct ResolvedView {
  QueryPtr query;
  std::string database;              // In which the view's own names resolve.
  std::vector<std::string> columns;  // Its columns' names; empty: those of the query.
};

// Tells what a table's name stands for. Throws SqlError TABLE_NOT_FOUND, or whatever its catalog refuses with.
class TableResolver {
 public:
  virtual ~TableResolver() = default;
  // `database` is where a name without one is looked for.
  virtual std::variant<ResolvedSource, ResolvedView> resolve(const TableReference& table, const std::string& database,
                                                             const TableUse& use) = 0;
};

struct PrintOptions {
  std::string database;                       // The session's.
  std::string catalog = "awsdatacatalog";     // What CURRENT_CATALOG says.
  std::string user;                           // What CURRENT_USER says.
  std::span<const ExpressionPtr> parameters;  // What ? stands for, in order.
};

inline constexpr int kMaxViewDepth = 16;

std::string print_query(const Query& query, TableResolver& resolver, const PrintOptions& options);

// An expression without columns, such as an execution parameter or a property's value.
std::string print_constant(const Expression& expression, const PrintOptions& options);

// The engine's spelling of a type: BIGINT, STRUCT("x" INTEGER)[].
std::string engine_type(const DataType& type);

// How the answer names a column that the engine calls `engine_name`: outputs without a name are _col0, _col1, …
std::string output_name(const std::string& engine_name, std::size_t position);

std::string quoted_name(std::string_view name);  // "a""b"
std::string quoted_text(std::string_view text);  // 'a''b'

}  // namespace tarn::sql
