// What the names of a query mean in its input.
#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "select/errors.h"
#include "select/evaluate.h"

namespace tarn::select {
namespace {

using Kind = Expression::Kind;

bool is_alias(const Query& query, const Step& step) {
  if (step.kind != Step::Kind::name) return false;
  return step.exact || query.alias_exact ? step.name == query.alias : equal_ignoring_case(step.name, query.alias);
}

std::string where_of(const Expression& e) {
  return " at line " + std::to_string(e.line) + ", column " + std::to_string(e.position) + ".";
}

// "_3" is the third column.
std::optional<std::uint64_t> place_of(const Step& step) {
  if (step.kind != Step::Kind::name || step.name.size() < 2 || step.name[0] != '_') return std::nullopt;
  std::uint64_t place = 0;
  const char* const end = step.name.data() + step.name.size();
  const auto [rest, error] = std::from_chars(step.name.data() + 1, end, place);
  if (rest != end || error != std::errc()) return std::nullopt;
  return place;
}

std::size_t column_of(const Expression& e, const Step& step, const Columns& columns) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < columns.names.size(); ++i) {
    if (!step.matches(columns.names[i])) continue;
    if (found) {
      throw Error(errors::ambiguous_field_name,
                  "Field name matches to multiple fields in the file. Check the SQL "
                  "expression and the file, and try again: " +
                      step.name + where_of(e));
    }
    found = i;
  }
  if (found) return *found;
  if (const auto place = place_of(step)) {
    if (*place == 0 || *place > columns.count) {
      throw Error(errors::invalid_column_index,
                  "Column index in the SQL expression is invalid: " + step.name + where_of(e));
    }
    return *place - 1;
  }
  throw Error(
      errors::missing_headers,
      "Some headers in the query are missing from the file. Check the file and try again: " + step.name + where_of(e));
}

class Binder {
 public:
  Binder(const Query& query, const Columns* columns) : query_(query), columns_(columns) {}

  void bind(Expression& e, bool outside_aggregate) {
    if (e.kind == Kind::path) {
      if (outside_aggregate && !query_.aggregates.empty()) {
        throw Error(errors::unsupported_sql_structure,
                    "The SQL structure is not supported: a column beside aggregate functions" + where_of(e));
      }
      return bind_path(e);
    }
    for (const auto& part : e.parts) bind(*part, outside_aggregate && e.kind != Kind::aggregate);
  }

 private:
  void bind_path(Expression& e) {
    // A column that is called as the table is wins where it stands alone.
    const bool aliased = is_alias(query_, e.path.front()) && (e.path.size() > 1 || !columns_);
    if (aliased) e.path.erase(e.path.begin());
    if (!columns_) return;
    if (e.path.size() != 1 || e.path.front().kind != Step::Kind::name) {
      const ErrorCode& code = aliased ? errors::invalid_key_path : errors::invalid_table_alias;
      throw Error(code, std::string(aliased ? "The key path in the SQL expression is invalid"
                                            : "The SQL expression contains an invalid table alias") +
                            where_of(e));
    }
    e.column = column_of(e, e.path.front(), *columns_);
  }

  const Query& query_;
  const Columns* columns_;
};

void note(const Expression& e, std::vector<bool>& wanted) {
  if (e.column) wanted[*e.column] = true;
  for (const auto& part : e.parts) note(*part, wanted);
}

}  // namespace

void bind(Query& query, const Columns* columns) {
  Binder binder(query, columns);
  if (columns && !query.from.empty()) {
    throw Error(errors::invalid_key_path, "The key path in the SQL expression is invalid: this input has no paths.");
  }
  if (query.everything && !query.selected.empty()) {
    const Expression& all = *query.selected.front().expression;
    if (!is_alias(query, all.path.front())) {
      throw Error(errors::invalid_table_alias, "The SQL expression contains an invalid table alias" + where_of(all));
    }
    query.selected.clear();
  }
  if (query.everything && !query.aggregates.empty()) {
    throw Error(errors::unsupported_sql_structure, "The SQL structure is not supported: * beside aggregate functions.");
  }
  for (const Selected& each : query.selected) binder.bind(*each.expression, true);
  if (query.where) binder.bind(*query.where, false);
}

std::vector<bool> wanted_columns(const Query& query, const Columns& columns) {
  if (query.everything) return {};
  std::vector<bool> wanted(columns.count);
  for (const Selected& each : query.selected) note(*each.expression, wanted);
  if (query.where) note(*query.where, wanted);
  return wanted;
}

}  // namespace tarn::select
