#include <algorithm>
#include <array>

#include "query/sql/query_printer.h"

namespace tarn::sql {
namespace {

constexpr std::string_view operator_function(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::add:
      return "add";
    case BinaryOperator::subtract:
      return "subtract";
    case BinaryOperator::multiply:
      return "multiply";
    case BinaryOperator::divide:
      return "divide";
    case BinaryOperator::modulus:
      return "modulus";
    case BinaryOperator::concat:
      return "concat";
  }
  return {};
}

constexpr std::string_view operator_function(ComparisonOperator op) {
  switch (op) {
    case ComparisonOperator::equal:
      return "eq";
    case ComparisonOperator::not_equal:
      return "neq";
    case ComparisonOperator::less:
      return "lt";
    case ComparisonOperator::less_or_equal:
      return "lte";
    case ComparisonOperator::greater:
      return "gt";
    case ComparisonOperator::greater_or_equal:
      return "gte";
  }
  return {};
}

constexpr std::string_view operator_symbol(ComparisonOperator op) {
  switch (op) {
    case ComparisonOperator::equal:
      return "=";
    case ComparisonOperator::not_equal:
      return "<>";
    case ComparisonOperator::less:
      return "<";
    case ComparisonOperator::less_or_equal:
      return "<=";
    case ComparisonOperator::greater:
      return ">";
    case ComparisonOperator::greater_or_equal:
      return ">=";
  }
  return {};
}

}  // namespace

std::string QueryPrinter::expression(const Expression& tree) {
  return std::visit([&](const auto& node) { return print(tree, node); }, tree.node);
}

std::string QueryPrinter::list(const std::vector<ExpressionPtr>& expressions) {
  std::string sql;
  for (const auto& item : expressions) {
    if (!sql.empty()) sql += ", ";
    sql += expression(*item);
  }
  return sql;
}

std::string QueryPrinter::call(std::string_view function, std::initializer_list<std::string> arguments) {
  std::string sql = "system.trino." + std::string(function) + "(";
  for (bool first = true; const auto& argument : arguments) {
    if (!first) sql += ", ";
    first = false;
    sql += argument;
  }
  return sql + ")";
}

// The engine bounds how deep an expression may be, and its parser makes a long OR a deep one: halves keep it flat.
std::string QueryPrinter::balanced(std::span<const std::string> terms, std::string_view separator) {
  if (terms.size() == 1) return terms.front();
  const auto middle = terms.size() / 2;
  return "(" + balanced(terms.first(middle), separator) + std::string(separator) +
         balanced(terms.subspan(middle), separator) + ")";
}

// ---- names ----

std::string QueryPrinter::print(const Expression& at, const ColumnReference&) {
  return column(at);
}
std::string QueryPrinter::print(const Expression& at, const FieldAccess&) {
  return column(at);
}

std::string QueryPrinter::column(const Expression& tree) {
  std::vector<const Identifier*> names;
  const Expression* part = &tree;
  for (; as<FieldAccess>(*part); part = as<FieldAccess>(*part)->base.get()) {
    names.push_back(&as<FieldAccess>(*part)->name);
  }
  const auto* first = as<ColumnReference>(*part);
  if (first) {
    names.push_back(&first->name);
    std::ranges::reverse(names);
    return name_chain(names, tree.position);
  }
  std::string sql = expression(*part);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    sql = "struct_extract(" + sql + ", " + quoted_text((*name)->text) + ")";
  }
  return sql;
}

// catalog.database.table.column.field…, of which any of the first three may be absent.
std::string QueryPrinter::name_chain(const std::vector<const Identifier*>& names, Position) {
  const auto folded = [&](std::size_t i) { return to_lower(names[i]->text); };
  const auto from = [&](std::string sql, std::size_t i) {
    for (; i < names.size(); ++i) sql += (sql.empty() ? "" : ".") + quoted_name(names[i]->text);
    return sql;
  };
  for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable) {
    if (variable->first != folded(0)) continue;
    std::string sql = variable->second;
    for (std::size_t i = 1; i < names.size(); ++i) {
      sql = "struct_extract(" + sql + ", " + quoted_text(names[i]->text) + ")";
    }
    return sql;
  }
  for (const Scope* scope = scope_; scope; scope = scope->outer) {
    for (const auto& table : scope->tables) {
      for (std::size_t qualifiers = std::min<std::size_t>(names.size() - 1, 3); qualifiers > 0; --qualifiers) {
        const bool by_name = folded(qualifiers - 1) == table.name;
        const bool by_database = qualifiers == 1 || (folded(qualifiers - 2) == table.database);
        if (by_name && by_database) return from(quoted_name(table.printed), qualifiers);
      }
    }
  }
  return from("", 0);
}

// ---- operators ----

std::string QueryPrinter::print(const Expression&, const Unary& node) {
  const std::string operand = expression(*node.operand);
  return node.op == UnaryOperator::minus ? call("negate", {operand}) : operand;
}

std::string QueryPrinter::print(const Expression&, const Binary& node) {
  return call(operator_function(node.op), {expression(*node.left), expression(*node.right)});
}

std::string QueryPrinter::print(const Expression&, const Comparison& node) {
  return call(operator_function(node.op), {expression(*node.left), expression(*node.right)});
}

std::string QueryPrinter::print(const Expression&, const QuantifiedComparison& node) {
  return "(" + expression(*node.value) + " " + std::string(operator_symbol(node.op)) +
         (node.all ? " ALL (" : " ANY (") + query(*node.query) + "))";
}

std::string QueryPrinter::print(const Expression&, const DistinctFrom& node) {
  const std::string sql = call("distinct_from", {expression(*node.left), expression(*node.right)});
  return node.negated ? "(NOT " + sql + ")" : sql;
}

std::string QueryPrinter::print(const Expression&, const Logical& node) {
  std::vector<std::string> terms;
  terms.reserve(node.terms.size());
  for (const auto& term : node.terms) terms.push_back(expression(*term));
  return balanced(terms, node.is_and ? " AND " : " OR ");
}

std::string QueryPrinter::print(const Expression&, const Not& node) {
  return "(NOT " + expression(*node.operand) + ")";
}

std::string QueryPrinter::print(const Expression&, const IsNull& node) {
  return "(" + expression(*node.operand) + (node.negated ? " IS NOT NULL)" : " IS NULL)");
}

std::string QueryPrinter::print(const Expression&, const Between& node) {
  const std::string sql = call("between", {expression(*node.value), expression(*node.low), expression(*node.high)});
  return node.negated ? "(NOT " + sql + ")" : sql;
}

std::string QueryPrinter::print(const Expression&, const InList& node) {
  const std::string sql = "system.trino.in_list(" + expression(*node.value) + ", " + list(node.list) + ")";
  return node.negated ? "(NOT " + sql + ")" : sql;
}

std::string QueryPrinter::print(const Expression&, const InSubquery& node) {
  const auto* row = as<RowConstructor>(*node.value);
  const std::string value = row ? "(" + list(row->fields) + ")" : expression(*node.value);
  return "(" + value + (node.negated ? " NOT IN (" : " IN (") + query(*node.query) + "))";
}

std::string QueryPrinter::print(const Expression&, const Like& node) {
  const std::string value = expression(*node.value);
  const std::string pattern = expression(*node.pattern);
  const std::string sql =
      node.escape ? call("like", {value, pattern, expression(*node.escape)}) : call("like", {value, pattern});
  return node.negated ? "(NOT " + sql + ")" : sql;
}

std::string QueryPrinter::print(const Expression&, const Exists& node) {
  return "EXISTS (" + query(*node.query) + ")";
}

std::string QueryPrinter::print(const Expression&, const Subquery& node) {
  return "(" + query(*node.query) + ")";
}

std::string QueryPrinter::print(const Expression&, const Case& node) {
  // CASE x WHEN v: as Trino and the engine have it, x is evaluated for each comparison.
  const std::string operand = node.operand ? expression(*node.operand) : std::string();
  std::string sql = "system.trino.case_of(";
  for (const auto& when : node.whens) {
    if (!sql.ends_with('(')) sql += ", ";
    const std::string condition = expression(*when.condition);
    sql += node.operand ? call("eq", {operand, condition}) : condition;
    sql += ", " + expression(*when.result);
  }
  if (node.otherwise) sql += ", " + expression(*node.otherwise);
  return sql + ")";
}

std::string QueryPrinter::print(const Expression&, const ArrayConstructor& node) {
  if (node.elements.empty()) return "[]";
  return "system.trino.array_of(" + list(node.elements) + ")";
}

std::string QueryPrinter::print(const Expression&, const RowConstructor& node) {
  return "row(" + list(node.fields) + ")";
}

std::string QueryPrinter::print(const Expression&, const Subscript& node) {
  return call("subscript", {expression(*node.base), expression(*node.index)});
}

std::string QueryPrinter::print(const Expression&, const Extract& node) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> synonyms = {
      {{"day_of_month", "day"}, {"dow", "day_of_week"}, {"doy", "day_of_year"}, {"yow", "year_of_week"}}};
  std::string_view field = node.field;
  for (const auto& [synonym, name] : synonyms) {
    if (field == synonym) field = name;
  }
  return call(field, {expression(*node.operand)});
}

std::string QueryPrinter::print(const Expression&, const AtTimeZone& node) {
  return call("at_timezone", {expression(*node.operand), expression(*node.zone)});
}

// ---- casts ----

std::string QueryPrinter::print(const Expression&, const Cast& node) {
  return cast(node);
}

std::string QueryPrinter::cast(const Cast& node) {
  const std::string prefix = node.safe ? "try_cast" : "cast";
  const std::string operand = expression(*node.operand);
  const DataType& type = node.type;
  const bool sized = !type.numbers.empty();
  if (type.name == "char" || (type.name == "varchar" && sized)) {
    const auto length = sized ? type.numbers.front() : 1;
    if (length == 0 || length > 2'147'483'646) {
      refuse(type.position, "Invalid " + type.name + " length: " + std::to_string(length), "TYPE_MISMATCH");
    }
    return call(prefix + "_" + type.name, {operand, std::to_string(length) + "::BIGINT"});
  }
  const std::string target = "NULL::" + engine_type(type);
  if (type.name == "time" || type.name == "timestamp") {
    return call(prefix, {operand, target, std::to_string(sized ? type.numbers.front() : 3) + "::INTEGER"});
  }
  return call(prefix, {operand, target});
}

}  // namespace tarn::sql
