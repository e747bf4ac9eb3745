// Function calls: those the engine has natively, those that are rewritten, and system.trino for all others.
#include <algorithm>
#include <array>

#include "query/sql/query_printer.h"

namespace tarn::sql {
namespace {

constexpr auto window_functions =
    std::to_array<std::string_view>({"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag",
                                     "lead", "first_value", "last_value", "nth_value"});
constexpr auto native_functions = std::to_array<std::string_view>({"count", "grouping", "try"});
constexpr auto lambda_functions =
    std::to_array<std::string_view>({"transform", "filter", "any_match", "all_match", "none_match", "zip_with",
                                     "map_filter", "transform_keys", "transform_values"});
constexpr auto refused_functions =
    std::to_array<std::string_view>({"reduce_agg", "json_table", "exclude_columns", "table_changes"});

template <std::size_t Count>
bool contains(const std::array<std::string_view, Count>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void require_arguments(const FunctionCall& call, std::size_t least, std::size_t most) {
  if (call.arguments.size() >= least && call.arguments.size() <= most) return;
  refuse(call.name.position(),
         "Unexpected parameters for function " + call.name.folded() + ": " + std::to_string(call.arguments.size()) +
             " arguments",
         error_names::function_not_found);
}

bool has_lambda(const FunctionCall& call) {
  return std::ranges::any_of(call.arguments, [](const ExpressionPtr& argument) { return as<Lambda>(*argument); });
}

}  // namespace

std::string QueryPrinter::print(const Expression& at, const FunctionCall& node) {
  const std::string name = node.name.folded();
  if (node.name.parts.size() > 1) {
    refuse(at.position, "Function '" + name + "' not registered", error_names::function_not_found);
  }
  if (contains(refused_functions, name)) refuse(at.position, "Function " + name + " is not supported");
  if (name == "listagg") return listagg(at, node);
  if (name == "if") return if_call(at, node);
  if (name == "reduce") return reduce(at, node);
  if (has_lambda(node) || contains(lambda_functions, name)) return higher_order(at, name, node);
  if (name == "date") {  // The engine's parser takes date(x) for a cast of its own.
    require_arguments(node, 1, 1);
    return call("cast", {expression(*node.arguments[0]), "NULL::DATE"});
  }
  if (name == "substring") return plain_call("system.trino.substr", node);
  if (contains(window_functions, name)) {
    if (!node.over) refuse(at.position, "Window function " + name + " requires an OVER clause", "MISSING_OVER");
    return plain_call(name, node);
  }
  if (node.ignore_nulls.value_or(false)) {
    refuse(at.position, "Cannot specify null treatment clause for " + name + " function", "NULL_TREATMENT_NOT_ALLOWED");
  }
  if (contains(native_functions, name)) {
    if (name == "try") require_arguments(node, 1, 1);
    if (name == "grouping") return call("cast", {plain_call(name, node), "NULL::INTEGER"});
    return plain_call(name, node);
  }
  if (name == "coalesce" || name == "nullif") {
    require_arguments(node, 2, name == "nullif" ? 2 : 100'000);
    return plain_call("system.trino." + name + "_of", node);
  }
  // A name with other characters can be no function's.
  if (!std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; })) {
    refuse(at.position, "Function '" + name + "' not registered", error_names::function_not_found);
  }
  if (node.star) refuse(at.position, "Function '" + name + "' not registered", error_names::function_not_found);
  return plain_call("system.trino." + name, node);
}

std::string QueryPrinter::plain_call(const std::string& printed_name, const FunctionCall& call) {
  std::string sql = printed_name + "(";
  if (call.star || (printed_name == "count" && call.arguments.empty())) {
    sql += "*";
  } else {
    if (call.distinct) sql += "DISTINCT ";
    sql += list(call.arguments);
    if (!call.order_by.empty()) sql += " ORDER BY " + sort_items(call.order_by, false);
    if (call.ignore_nulls.value_or(false)) sql += " IGNORE NULLS";
  }
  sql += ")";
  if (!call.within_group.empty()) {
    refuse(call.name.position(), "WITHIN GROUP is only for listagg", error_names::syntax_error);
  }
  if (call.filter) sql += " FILTER (WHERE " + expression(*call.filter) + ")";
  if (call.over) sql += " OVER " + window(*call.over);
  return sql;
}

std::string QueryPrinter::window(const Window& window) {
  if (window.only_name) return quoted_name(to_lower(window.base->text));
  std::string sql = "(";
  const auto separate = [&] {
    if (sql.size() > 1) sql += " ";
  };
  if (window.base) sql += quoted_name(to_lower(window.base->text));
  if (!window.partition_by.empty()) {
    separate();
    sql += "PARTITION BY " + list(window.partition_by);
  }
  if (!window.order_by.empty()) {
    separate();
    sql += "ORDER BY " + sort_items(window.order_by, false);
  }
  if (window.frame) {
    separate();
    sql += frame(*window.frame);
  }
  return sql + ")";
}

std::string QueryPrinter::frame(const Frame& frame) {
  std::string sql;
  switch (frame.unit) {
    case Frame::Unit::rows:
      sql = "ROWS ";
      break;
    case Frame::Unit::range:
      sql = "RANGE ";
      break;
    case Frame::Unit::groups:
      sql = "GROUPS ";
      break;
  }
  if (!frame.end) return sql + frame_bound(frame.start);
  return sql + "BETWEEN " + frame_bound(frame.start) + " AND " + frame_bound(*frame.end);
}

std::string QueryPrinter::frame_bound(const FrameBound& bound) {
  // The engine adds the distance to the key by its own operators, which know its own intervals only.
  std::string distance;
  if (bound.distance) {
    const auto* interval = as<IntervalLiteral>(*bound.distance);
    distance = !interval                 ? expression(*bound.distance)
               : interval->year_to_month ? "to_months(" + std::to_string(interval->amount) + ")"
                                         : "to_milliseconds(" + std::to_string(interval->amount) + ")";
  }
  switch (bound.kind) {
    case FrameBound::Kind::unbounded_preceding:
      return "UNBOUNDED PRECEDING";
    case FrameBound::Kind::preceding:
      return distance + " PRECEDING";
    case FrameBound::Kind::current_row:
      return "CURRENT ROW";
    case FrameBound::Kind::following:
      return distance + " FOLLOWING";
    case FrameBound::Kind::unbounded_following:
      return "UNBOUNDED FOLLOWING";
  }
  return {};
}

std::string QueryPrinter::listagg(const Expression& at, const FunctionCall& call) {
  require_arguments(call, 1, 2);
  if (call.overflow_truncates) refuse(at.position, "listagg with ON OVERFLOW TRUNCATE is not supported");
  if (call.within_group.empty()) {
    refuse(at.position, "listagg requires WITHIN GROUP (ORDER BY …)", error_names::syntax_error);
  }
  std::string sql = "string_agg(";
  if (call.distinct) sql += "DISTINCT ";
  sql += expression(*call.arguments[0]) + ", ";
  sql += call.arguments.size() > 1 ? expression(*call.arguments[1]) : "''::VARCHAR";
  sql += " ORDER BY " + sort_items(call.within_group, false) + ")";
  if (call.filter) sql += " FILTER (WHERE " + expression(*call.filter) + ")";
  if (call.over) refuse(at.position, "Window frame with LISTAGG is not supported");
  return sql;
}

std::string QueryPrinter::if_call(const Expression&, const FunctionCall& call) {
  require_arguments(call, 2, 3);
  return "system.trino.if_of(" + list(call.arguments) + ")";
}

std::string QueryPrinter::print(const Expression& at, const Lambda&) {
  refuse(at.position, "A lambda expression must be an argument of a function that takes one",
         error_names::syntax_error);
}

std::string QueryPrinter::fresh_variable() {
  return "\"$x" + std::to_string(fresh_++) + "\"";
}

std::string QueryPrinter::body(const Expression& argument, const std::vector<std::string>& parameters) {
  const auto* lambda = as<Lambda>(argument);
  if (!lambda || lambda->parameters.size() != parameters.size()) {
    refuse(argument.position, "Expected a lambda that takes " + std::to_string(parameters.size()) + " argument(s)",
           "TYPE_MISMATCH");
  }
  const auto outer = variables_.size();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    variables_.emplace_back(to_lower(lambda->parameters[i].text), parameters[i]);
  }
  std::string sql = expression(*lambda->body);
  variables_.resize(outer);
  return sql;
}

std::string QueryPrinter::lambda_of_one(const Expression& argument) {
  const std::string variable = fresh_variable();
  return "lambda " + variable + ": " + body(argument, {variable});
}

// The engine has lambdas over lists only. Maps go by their entries, pairs of lists by their zip.
std::string QueryPrinter::higher_order(const Expression& at, const std::string& name, const FunctionCall& call) {
  const auto argument = [&](std::size_t i) -> const Expression& { return *call.arguments[i]; };
  const auto value = [&](std::size_t i) { return expression(argument(i)); };
  if (name == "transform" || name == "filter") {
    require_arguments(call, 2, 2);
    return (name == "filter" ? "list_filter(" : "list_transform(") + value(0) + ", " + lambda_of_one(argument(1)) + ")";
  }
  if (name == "any_match" || name == "all_match" || name == "none_match") {
    require_arguments(call, 2, 2);
    const std::string matches = "list_transform(" + value(0) + ", " + lambda_of_one(argument(1)) + ")";
    return this->call(name == "any_match" ? "any_true" : name == "all_match" ? "all_true" : "none_true", {matches});
  }
  const std::string pair = fresh_variable();
  const std::string key = "struct_extract(" + pair + ", 'key')";
  const std::string entry_value = "struct_extract(" + pair + ", 'value')";
  if (name == "zip_with") {
    require_arguments(call, 3, 3);
    return "list_transform(list_zip(" + value(0) + ", " + value(1) + "), lambda " + pair + ": " +
           body(argument(2), {"struct_extract_at(" + pair + ", 1)", "struct_extract_at(" + pair + ", 2)"}) + ")";
  }
  const auto rebuilt = [&](const std::string& entries) { return this->call("map_from_entries", {entries}); };
  if (name == "map_filter") {
    require_arguments(call, 2, 2);
    return rebuilt("list_filter(map_entries(" + value(0) + "), lambda " + pair + ": " +
                   body(argument(1), {key, entry_value}) + ")");
  }
  if (name == "transform_keys" || name == "transform_values") {
    require_arguments(call, 2, 2);
    const std::string result = body(argument(1), {key, entry_value});
    const bool keys = name == "transform_keys";
    return rebuilt("list_transform(map_entries(" + value(0) + "), lambda " + pair +
                   ": {'key': " + (keys ? result : key) + ", 'value': " + (keys ? entry_value : result) + "})");
  }
  refuse(at.position, "Function " + name + " with a lambda is not supported");
}

// reduce(list, initial, (state, x) -> e, state -> f). The engine's list_reduce wants state and element of one type:
// both travel in structs {v: element, s: state}.
std::string QueryPrinter::reduce(const Expression&, const FunctionCall& call) {
  require_arguments(call, 4, 4);
  const std::string initial = expression(*call.arguments[1]);
  const std::string element = fresh_variable();
  const std::string state = fresh_variable();
  const std::string item = fresh_variable();
  const std::string finished = fresh_variable();
  const std::string items = "list_transform(" + expression(*call.arguments[0]) + ", lambda " + element +
                            ": {'v': " + element + ", 's': CASE WHEN FALSE THEN " + initial + " END})";
  const std::string step =
      body(*call.arguments[2], {"struct_extract(" + state + ", 's')", "struct_extract(" + item + ", 'v')"});
  const std::string folded = "list_reduce(" + items + ", lambda " + state + ", " + item + ": {'v': struct_extract(" +
                             item + ", 'v'), 's': " + step + "}, {'v': NULL, 's': " + initial + "})";
  return "list_transform([" + folded + "], lambda " + finished + ": " +
         body(*call.arguments[3], {"struct_extract(" + finished + ", 's')"}) + ")[1]";
}

}  // namespace tarn::sql
