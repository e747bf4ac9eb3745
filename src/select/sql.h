// The dialect of S3 Select: text to a tree.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference.html. One SELECT over S3Object, without
// joins, groups or order. Errors are AWS's codes, with line and column.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "select/value.h"

namespace tarn::select {

inline constexpr std::size_t max_expression_bytes = 256 << 10;

// One step of a path: `.name`, `."Name"`, `[2]`, `[*]`, `.*`.
struct Step {
  enum class Kind : std::uint8_t { name, index, each, members };
  Kind kind = Kind::name;
  std::string name;
  bool exact = false;  // Stood in quotes: case matters.
  std::uint64_t index = 0;

  bool matches(std::string_view key) const;
};
using Path = std::vector<Step>;

enum class Compare : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal };
enum class Function : std::uint8_t {
  char_length,
  coalesce,
  date_add,
  date_diff,
  extract,
  lower,
  nullif,
  substring,
  to_string,
  to_timestamp,
  trim_leading,
  trim_trailing,
  trim_both,
  upper,
  utcnow,
};
enum class Aggregate : std::uint8_t { avg, count, max, min, sum };
enum class CastType : std::uint8_t { boolean, integer, string, floating, decimal, timestamp };

struct Expression;
using ExpressionPointer = std::unique_ptr<Expression>;

struct Expression {
  enum class Kind : std::uint8_t {
    literal,      // value
    path,         // path
    negate,       // a
    not_,         // a
    and_,         // a, b
    or_,          // a, b
    compare,      // a, b
    compute,      // a, b
    concatenate,  // a, b
    between,      // a, low, high
    in,           // a, values…
    like,         // a, pattern[, escape]
    is_null,      // a
    is_missing,   // a
    simple_case,  // a, then as search_case
    search_case,  // when, then, … [, else]
    cast,         // a
    call,         // arguments…
    aggregate,    // [a]; none: COUNT(*)
  };
  Kind kind = Kind::literal;
  std::vector<ExpressionPointer> parts;
  bool negated = false;  // NOT BETWEEN, NOT IN, NOT LIKE, IS NOT …
  Value value;
  Path path;
  // What the path means in this input, once it is known: a column of a flat record.
  std::optional<std::size_t> column;
  Compare compare = Compare::equal;
  Operation operation = Operation::add;
  Function function = Function::lower;
  Aggregate aggregate = Aggregate::count;
  std::size_t accumulator = 0;  // Which of the query's aggregates this is.
  CastType type = CastType::string;
  std::optional<std::pair<int, int>> precision;  // decimal(p, s)
  DatePart date_part = DatePart::year;
  bool has_else = false;
  int line = 1;
  int position = 1;
};

struct Selected {
  ExpressionPointer expression;
  std::string name;  // Empty: the output names it by its place.
};

struct Query {
  bool everything = false;  // SELECT *
  std::vector<Selected> selected;
  Path from;          // After S3Object and its first [*].
  std::string alias;  // "S3Object" without one; what a path's first step may be.
  bool alias_exact = false;
  ExpressionPointer where;
  std::optional<std::uint64_t> limit;
  std::vector<const Expression*> aggregates;  // By accumulator. Empty: a row for each record.
};

// Throws Error.
Query parse(std::string_view expression);

}  // namespace tarn::select
