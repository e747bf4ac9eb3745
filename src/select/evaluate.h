// What a query says of one record after the other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "select/sql.h"
#include "select/value.h"

namespace tarn::select {

// One record: of CSV and Parquet its columns, of JSON a tree.
struct Row {
  std::vector<Value> columns;
  Value tree;
};

// What flat records are like. JSON has none.
struct Columns {
  std::vector<std::string> names;  // Empty: the input names none.
  std::size_t count = 0;
};

// Gives the query's paths their meaning: columns of flat records, or (`columns` null) paths into trees. Throws
// MissingHeaders, InvalidColumnIndex, AmbiguousFieldName, InvalidTableAlias, UnsupportedSqlStructure.
void bind(Query& query, const Columns* columns);
// Which columns the bound query reads; empty: all of them.
std::vector<bool> wanted_columns(const Query& query, const Columns& columns);

// One column of what comes out; an empty name stands for its place ("_2").
struct Cell {
  std::string_view name;
  Value value;
};

class Evaluator {
 public:
  // `now` is UTCNOW's. The query is bound, and outlives it.
  Evaluator(const Query& query, const Columns* columns, Timestamp now);

  // Does the record pass the WHERE? Aggregates take note of it; `out` gets its cells where the query has none.
  bool take(const Row& row, std::vector<Cell>& out);
  // The one row of aggregates; false where the query has none.
  bool finish(std::vector<Cell>& out);

  Value evaluate(const Expression& expression, const Row& row) const;

 private:
  struct Accumulator {
    std::int64_t count = 0;
    Value value;  // Sum, least or greatest.
  };
  void accumulate(const Expression& aggregate, const Row& row);
  Value aggregated(const Expression& aggregate) const;
  void everything(const Row& row, std::vector<Cell>& out) const;
  Value call(const Expression& call, const Row& row) const;

  const Query& query_;
  const Columns* columns_;
  Timestamp now_;
  std::vector<Accumulator> accumulators_;
};

// ---- parts (operators.cpp)

// -1, 0, 1; none where values of such types have no order.
std::optional<int> order(const Value& left, const Value& right);
bool equal(const Value& left, const Value& right);
// True, false or unknown. Throws InvalidDataType for what is no boolean.
std::optional<bool> truth(const Value& value);
Value cast(const Value& value, CastType type, std::optional<std::pair<int, int>> precision);
bool like(std::string_view text, std::string_view pattern, std::optional<char32_t> escape);
std::string substring(std::string_view text, std::int64_t start, std::optional<std::int64_t> length);
std::int64_t characters(std::string_view text);

}  // namespace tarn::select
