// Expressions, as they were written: the tree says what a statement's author said, before any name or type is known.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "query/sql/sql_error.h"

namespace tarn::sql {

struct Expression;
struct Query;
using ExpressionPtr = std::unique_ptr<Expression>;
using QueryPtr = std::unique_ptr<Query>;

// Names compare without regard to case, quoted or not, as in Trino; `text` keeps the author's spelling for labels.
struct Identifier {
  std::string text;
  Position position;
};

struct QualifiedName {
  std::vector<Identifier> parts;
  Position position() const { return parts.front().position; }
  std::string text() const;    // The parts as written, joined by dots.
  std::string folded() const;  // The same in lower case.
};

// ---- types ----

// array(bigint), decimal(10, 2), row(x bigint, y varchar), timestamp(3) with time zone. `name` is in lower case.
struct DataType {
  struct Field;
  Position position;
  std::string name;
  std::vector<std::uint64_t> numbers;  // decimal(10, 2)
  std::vector<DataType> arguments;     // array(t), map(k, v)
  std::vector<Field> fields;           // row(…)
  bool with_time_zone = false;
};

struct DataType::Field {
  std::string name;  // Empty where the field has none.
  DataType type;
};

// ---- clauses that expressions and queries share ----

struct SortItem {
  ExpressionPtr key;
  bool descending = false;
  bool nulls_first = false;  // Trino's default is NULLS LAST in both directions.
};

struct FrameBound {
  enum class Kind { unbounded_preceding, preceding, current_row, following, unbounded_following };
  Kind kind = Kind::current_row;
  ExpressionPtr distance;
};

struct Frame {
  enum class Unit { rows, range, groups };
  Unit unit = Unit::range;
  FrameBound start;
  std::optional<FrameBound> end;
};

// OVER w is a Window with only a base.
struct Window {
  std::optional<Identifier> base;
  bool only_name = false;  // OVER w, not OVER (w).
  std::vector<ExpressionPtr> partition_by;
  std::vector<SortItem> order_by;
  std::optional<Frame> frame;
};

// ---- expressions ----

struct ColumnReference {
  Identifier name;
};
struct FieldAccess {  // base.name, where base may be a table, a schema or a row.
  ExpressionPtr base;
  Identifier name;
};

struct NullLiteral {};
struct BooleanLiteral {
  bool value;
};
struct IntegerLiteral {  // integer if it fits 32 bits, else bigint.
  std::int64_t value;
};
struct DoubleLiteral {  // 1.5 is a double in Athena. Text as written.
  std::string text;
};
struct StringLiteral {
  std::string value;
};
struct BinaryLiteral {
  std::string bytes;
};
struct TypedLiteral {  // DATE '2024-01-15', DECIMAL '1.25'
  DataType type;
  std::string value;
};
struct IntervalLiteral {
  bool year_to_month;
  std::int64_t amount;  // Months, or milliseconds.
};
struct Parameter {  // The n-th ? of the statement, from 0.
  std::uint32_t index;
};

enum class UnaryOperator { plus, minus };
struct Unary {
  UnaryOperator op;
  ExpressionPtr operand;
};

enum class BinaryOperator { add, subtract, multiply, divide, modulus, concat };
struct Binary {
  BinaryOperator op;
  ExpressionPtr left, right;
};

enum class ComparisonOperator { equal, not_equal, less, less_or_equal, greater, greater_or_equal };
struct Comparison {
  ComparisonOperator op;
  ExpressionPtr left, right;
};
struct QuantifiedComparison {
  ComparisonOperator op;
  bool all;  // Else ANY, SOME.
  ExpressionPtr value;
  QueryPtr query;
};
struct DistinctFrom {
  ExpressionPtr left, right;
  bool negated;
};

struct Logical {  // Flat: a OR b OR c is one node.
  bool is_and;
  std::vector<ExpressionPtr> terms;
};
struct Not {
  ExpressionPtr operand;
};
struct IsNull {
  ExpressionPtr operand;
  bool negated;
};
struct Between {
  ExpressionPtr value, low, high;
  bool negated;
};
struct InList {
  ExpressionPtr value;
  std::vector<ExpressionPtr> list;
  bool negated;
};
struct InSubquery {
  ExpressionPtr value;
  QueryPtr query;
  bool negated;
};
struct Like {
  ExpressionPtr value, pattern, escape;  // escape may be null.
  bool negated;
};
struct Exists {
  QueryPtr query;
};
struct Subquery {
  QueryPtr query;
};

struct FunctionCall {
  QualifiedName name;
  std::vector<ExpressionPtr> arguments;
  bool star = false;  // count(*)
  bool distinct = false;
  std::vector<SortItem> order_by;
  std::vector<SortItem> within_group;
  bool overflow_truncates = false;  // listagg(… ON OVERFLOW TRUNCATE …)
  ExpressionPtr filter;
  std::optional<bool> ignore_nulls;  // RESPECT NULLS is false.
  std::optional<Window> over;
};

struct Cast {
  ExpressionPtr operand;
  DataType type;
  bool safe;  // TRY_CAST
};
struct Case {
  struct When {
    ExpressionPtr condition, result;
  };
  ExpressionPtr operand;  // Null in CASE WHEN.
  std::vector<When> whens;
  ExpressionPtr otherwise;
};
struct Lambda {
  std::vector<Identifier> parameters;
  ExpressionPtr body;
};
struct ArrayConstructor {
  std::vector<ExpressionPtr> elements;
};
struct RowConstructor {
  std::vector<ExpressionPtr> fields;
};
struct Subscript {
  ExpressionPtr base, index;
};
struct Extract {
  std::string field;  // In lower case.
  ExpressionPtr operand;
};
struct AtTimeZone {
  ExpressionPtr operand, zone;
};
enum class CurrentValueKind { date, time, timestamp, local_time, local_timestamp, user, catalog, schema };
struct CurrentValue {
  CurrentValueKind kind;
  std::optional<std::uint64_t> precision;
};

using ExpressionNode =
    std::variant<ColumnReference, FieldAccess, NullLiteral, BooleanLiteral, IntegerLiteral, DoubleLiteral,
                 StringLiteral, BinaryLiteral, TypedLiteral, IntervalLiteral, Parameter, Unary, Binary, Comparison,
                 QuantifiedComparison, DistinctFrom, Logical, Not, IsNull, Between, InList, InSubquery, Like, Exists,
                 Subquery, FunctionCall, Cast, Case, Lambda, ArrayConstructor, RowConstructor, Subscript, Extract,
                 AtTimeZone, CurrentValue>;

struct Expression {
  Position position;
  ExpressionNode node;
  // Levels below and including this one. The parser bounds it, so that whoever walks a tree may recurse.
  std::uint32_t height = 1;
};

// The node of the given kind, or null: `if (const auto* call = as<FunctionCall>(expression))`.
template <typename Node>
const Node* as(const Expression& expression) {
  return std::get_if<Node>(&expression.node);
}

}  // namespace tarn::sql
