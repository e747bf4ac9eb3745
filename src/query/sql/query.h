// Queries and relations, as they were written.
#pragma once

#include <cstddef>

#include "query/sql/expression.h"

namespace tarn::sql {

struct Relation;
using RelationPtr = std::unique_ptr<Relation>;

// ---- FROM ----

struct TableReference {
  QualifiedName name;
  enum class TimeTravel { none, timestamp, version };
  TimeTravel time_travel = TimeTravel::none;
  ExpressionPtr as_of;  // FOR TIMESTAMP AS OF …
};
struct SubqueryRelation {
  QueryPtr query;
  bool lateral = false;
};
struct UnnestRelation {
  std::vector<ExpressionPtr> expressions;
  bool with_ordinality = false;
};
enum class JoinKind { cross, inner, left, right, full };
struct Join {
  JoinKind kind;
  RelationPtr left, right;
  ExpressionPtr on;  // Null for CROSS and USING.
  std::vector<Identifier> using_columns;
};
struct ParenthesizedRelation {
  RelationPtr relation;
};

struct Sample {
  bool bernoulli = true;  // Else SYSTEM.
  ExpressionPtr percentage;
};

struct Relation {
  Position position;
  std::variant<TableReference, SubqueryRelation, UnnestRelation, Join, ParenthesizedRelation> node;
  std::optional<Identifier> alias;
  std::vector<Identifier> column_aliases;
  std::optional<Sample> sample;
  std::uint32_t height = 1;
};

// ---- SELECT ----

struct SelectItem {
  Position position;
  ExpressionPtr expression;  // The qualifier of t.*; null for a bare star.
  bool star = false;
  std::optional<Identifier> alias;
  std::vector<Identifier> star_aliases;  // r.* AS (a, b)
};

struct GroupingElement {
  enum class Kind { simple, rollup, cube, sets };
  Kind kind = Kind::simple;
  // Each a column, a parenthesised list or, for simple, one entry. GROUPING SETS (()) has an empty entry.
  struct Set {
    bool parenthesized = false;
    std::vector<ExpressionPtr> columns;
  };
  std::vector<Set> sets;
};

struct NamedWindow {
  Identifier name;
  Window window;
};

struct Select {
  bool distinct = false;
  std::vector<SelectItem> items;
  std::vector<RelationPtr> from;
  ExpressionPtr where;
  bool group_by_distinct = false;
  std::vector<GroupingElement> group_by;
  ExpressionPtr having;
  std::vector<NamedWindow> windows;
};

struct Values {
  std::vector<ExpressionPtr> rows;  // A row of several columns is a RowConstructor.
};
struct TableQuery {  // TABLE t
  QualifiedName name;
};
enum class SetOperator { union_, intersect, except };
struct SetOperation {
  SetOperator op;
  bool all;
  QueryPtr left, right;  // Bodies without clauses of their own unless they were in parentheses.
};

struct WithQuery {
  Identifier name;
  std::vector<Identifier> columns;
  QueryPtr query;
};

struct Limit {
  ExpressionPtr count;  // Null: LIMIT ALL.
  bool with_ties = false;
};

// A query with its clauses. One in parentheses is a Query whose body is a QueryPtr.
struct Query {
  Position position;
  bool recursive = false;
  std::vector<WithQuery> with;
  std::variant<Select, Values, TableQuery, SetOperation, QueryPtr> body;
  std::vector<SortItem> order_by;
  ExpressionPtr offset;
  std::optional<Limit> limit;
  std::uint32_t height = 1;
  // Where it stands in the statement's text, for views and PREPARE: [begin, end) in bytes.
  std::size_t begin = 0;
  std::size_t end = 0;
};

}  // namespace tarn::sql
