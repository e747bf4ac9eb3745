// Names, function calls with all that may follow them, and the keywords that look like functions.
#include <algorithm>
#include <array>

#include "query/sql/recursive_parser.h"

namespace tarn::sql {

ExpressionPtr RecursiveParser::name_or_call() {
  const Position position = token().position;
  // a.b.f( is a call; a.b.c is field access, built by postfix().
  std::size_t ahead = 1;
  while (token(ahead).text == "." && is_identifier(ahead + 1)) ahead += 2;
  if (token(ahead).kind == TokenKind::symbol && token(ahead).text == "(") return function_call(qualified_name());
  return make(position, ColumnReference{identifier()});
}

ExpressionPtr RecursiveParser::function_call(QualifiedName name) {
  const Position position = name.position();
  FunctionCall call{.name = std::move(name)};
  expect("(");
  if (!accept(")")) {
    function_arguments(call);
    expect(")");
  }
  function_suffixes(call);
  return make(position, std::move(call));
}

void RecursiveParser::function_arguments(FunctionCall& call) {
  if (accept("*")) {
    call.star = true;
    return;
  }
  if (!is("ORDER")) {
    call.distinct = accept("DISTINCT");
    if (!call.distinct) accept("ALL");
    call.arguments = expression_list();
  }
  if (accept_sequence({"ON", "OVERFLOW"})) {
    call.overflow_truncates = !accept("ERROR");
    if (call.overflow_truncates) {
      expect("TRUNCATE");
      if (token().kind == TokenKind::string) take();
      if (!accept_sequence({"WITHOUT", "COUNT"})) expect_sequence({"WITH", "COUNT"});
    }
  }
  if (accept_sequence({"ORDER", "BY"})) call.order_by = sort_items();
  if (accept_sequence({"IGNORE", "NULLS"})) call.ignore_nulls = true;
  if (accept_sequence({"RESPECT", "NULLS"})) call.ignore_nulls = false;
}

void RecursiveParser::function_suffixes(FunctionCall& call) {
  if (accept_sequence({"WITHIN", "GROUP"})) {
    expect_sequence({"(", "ORDER", "BY"});
    call.within_group = sort_items();
    expect(")");
  }
  if (is("FILTER") && is("(", 1)) {
    at_ += 2;
    expect("WHERE");
    call.filter = expression();
    expect(")");
  }
  if (accept_sequence({"IGNORE", "NULLS"})) call.ignore_nulls = true;
  if (accept_sequence({"RESPECT", "NULLS"})) call.ignore_nulls = false;
  if (is("OVER") && (is("(", 1) || is_identifier(1))) {
    take();
    call.over = window();
  }
}

std::vector<SortItem> RecursiveParser::sort_items() {
  std::vector<SortItem> items;
  do {
    SortItem item{.key = expression()};
    item.descending = !accept("ASC") && accept("DESC");
    if (accept("NULLS")) {
      item.nulls_first = accept("FIRST");
      if (!item.nulls_first) expect("LAST");
    }
    items.push_back(std::move(item));
  } while (accept(","));
  return items;
}

Window RecursiveParser::window() {
  if (is_identifier()) return {.base = identifier(), .only_name = true};
  return window_specification();
}

Window RecursiveParser::window_specification() {
  Window result;
  expect("(");
  const bool clause = is_sequence({"PARTITION", "BY"}) || is("ROWS") || is("RANGE") || is("GROUPS");
  if (!clause && is_identifier()) result.base = identifier();
  if (accept_sequence({"PARTITION", "BY"})) result.partition_by = expression_list();
  if (accept_sequence({"ORDER", "BY"})) result.order_by = sort_items();
  if (is("ROWS") || is("RANGE") || is("GROUPS")) result.frame = frame();
  expect(")");
  return result;
}

Frame RecursiveParser::frame() {
  Frame result;
  if (accept("ROWS")) {
    result.unit = Frame::Unit::rows;
  } else if (accept("GROUPS")) {
    result.unit = Frame::Unit::groups;
  } else {
    expect("RANGE");
  }
  if (!accept("BETWEEN")) {
    result.start = frame_bound();
    return result;
  }
  result.start = frame_bound();
  expect("AND");
  result.end = frame_bound();
  return result;
}

FrameBound RecursiveParser::frame_bound() {
  using enum FrameBound::Kind;
  if (accept_sequence({"CURRENT", "ROW"})) return {current_row, nullptr};
  const bool unbounded = accept("UNBOUNDED");
  auto distance = unbounded ? nullptr : expression();
  if (accept("PRECEDING")) return {unbounded ? unbounded_preceding : preceding, std::move(distance)};
  expect("FOLLOWING");
  return {unbounded ? unbounded_following : following, std::move(distance)};
}

std::optional<ExpressionPtr> RecursiveParser::keyword_expression() {
  const Position position = token().position;
  if (is("CASE")) return case_expression();
  if (is("CAST")) return cast_expression(false);
  if (is("TRY_CAST") && is("(", 1)) return cast_expression(true);
  if (is("EXTRACT")) return extract_expression();
  if (is("ARRAY") && is("[", 1)) return array_constructor();
  if (is("ROW") && is("(", 1)) {
    at_ += 2;
    auto fields = expression_list();
    expect(")");
    return make(position, RowConstructor{std::move(fields)});
  }
  if (accept("EXISTS")) {
    expect("(");
    if (!is_query_ahead()) mismatch();
    auto subquery = query();
    expect(")");
    return make(position, Exists{std::move(subquery)});
  }
  if (is("GROUPING") && is("(", 1)) {
    const Identifier name{"grouping", take().position};
    return function_call({{name}});
  }
  if (is("LISTAGG") && is("(", 1)) {
    const Identifier name{"listagg", take().position};
    return function_call({{name}});
  }
  for (const auto word : {"JSON_EXISTS", "JSON_VALUE", "JSON_QUERY", "JSON_OBJECT", "JSON_ARRAY", "JSON_TABLE"}) {
    if (is(word)) {
      fail(position, std::string(word) + " is not supported; use json_extract and json_extract_scalar",
           error_names::not_supported);
    }
  }
  if (auto value = current_value()) return value;
  return special_call();
}

ExpressionPtr RecursiveParser::case_expression() {
  const Position position = token().position;
  Case result;
  expect("CASE");
  if (!is("WHEN")) result.operand = expression();
  while (accept("WHEN")) {
    auto condition = expression();
    expect("THEN");
    result.whens.push_back({std::move(condition), expression()});
  }
  if (result.whens.empty()) mismatch();
  if (accept("ELSE")) result.otherwise = expression();
  expect("END");
  return make(position, std::move(result));
}

ExpressionPtr RecursiveParser::cast_expression(bool safe) {
  const Position position = take().position;
  expect("(");
  auto operand = expression();
  expect("AS");
  auto type = data_type();
  expect(")");
  return make(position, Cast{std::move(operand), std::move(type), safe});
}

ExpressionPtr RecursiveParser::extract_expression() {
  static constexpr std::array<std::string_view, 16> fields = {
      "year",        "quarter", "month",        "week", "day",  "day_of_month", "day_of_week", "dow",
      "day_of_year", "doy",     "year_of_week", "yow",  "hour", "minute",       "second",      "timezone_hour"};
  const Position position = take().position;
  expect("(");
  const Identifier field = identifier();
  const std::string name = to_lower(field.text);
  if (name != "timezone_minute" && std::find(fields.begin(), fields.end(), name) == fields.end()) {
    fail(field.position, "Invalid EXTRACT field: " + field.text);
  }
  expect("FROM");
  auto operand = expression();
  expect(")");
  return make(position, Extract{name, std::move(operand)});
}

ExpressionPtr RecursiveParser::array_constructor() {
  const Position position = take().position;
  ArrayConstructor result;
  expect("[");
  if (!is("]")) result.elements = expression_list();
  expect("]");
  return make(position, std::move(result));
}

std::optional<ExpressionPtr> RecursiveParser::current_value() {
  using enum CurrentValueKind;
  static constexpr std::pair<std::string_view, CurrentValueKind> kinds[] = {{"CURRENT_DATE", date},
                                                                            {"CURRENT_TIME", time},
                                                                            {"CURRENT_TIMESTAMP", timestamp},
                                                                            {"LOCALTIME", local_time},
                                                                            {"LOCALTIMESTAMP", local_timestamp},
                                                                            {"CURRENT_USER", user},
                                                                            {"CURRENT_CATALOG", catalog},
                                                                            {"CURRENT_SCHEMA", schema}};
  for (const auto& [word, kind] : kinds) {
    if (!is(word)) continue;
    const Position position = take().position;
    CurrentValue value{.kind = kind, .precision = std::nullopt};
    const bool has_precision = kind == time || kind == timestamp || kind == local_time || kind == local_timestamp;
    if (has_precision && accept("(")) {
      value.precision = unsigned_number();
      expect(")");
    }
    return make(position, value);
  }
  return std::nullopt;
}

ExpressionPtr RecursiveParser::named_call(std::string_view name, Position position,
                                          std::vector<ExpressionPtr> arguments) {
  FunctionCall call{.name = {{{std::string(name), position}}}};
  call.arguments = std::move(arguments);
  return make(position, std::move(call));
}

// TRIM(BOTH 'x' FROM s), SUBSTRING(s FROM 2 FOR 3), POSITION('x' IN s), NORMALIZE(s, NFC): calls in disguise.
std::optional<ExpressionPtr> RecursiveParser::special_call() {
  const Position position = token().position;
  std::vector<ExpressionPtr> arguments;
  if (is("TRIM") && is("(", 1)) {
    at_ += 2;
    std::string_view name = "trim";
    if (accept("LEADING"))
      name = "ltrim";
    else if (accept("TRAILING"))
      name = "rtrim";
    else
      accept("BOTH");
    ExpressionPtr what;
    if (!accept("FROM")) {
      what = expression();
      if (accept("FROM")) {
        arguments.push_back(expression());
      } else if (accept(",")) {
        arguments.push_back(std::move(what));
        what = expression();
      }
    } else {
      arguments.push_back(expression());
    }
    if (what) arguments.push_back(std::move(what));
    expect(")");
    return named_call(name, position, std::move(arguments));
  }
  if (is("SUBSTRING") && is("(", 1)) {
    at_ += 2;
    arguments.push_back(expression());
    const bool words = accept("FROM");
    if (!words) expect(",");
    arguments.push_back(expression());
    if (words ? accept("FOR") : accept(",")) arguments.push_back(expression());
    expect(")");
    return named_call("substr", position, std::move(arguments));
  }
  if (is("POSITION") && is("(", 1)) {
    at_ += 2;
    auto what = value_expression();
    expect("IN");
    arguments.push_back(value_expression());
    arguments.push_back(std::move(what));
    expect(")");
    return named_call("strpos", position, std::move(arguments));
  }
  if (is("NORMALIZE") && is("(", 1)) {
    at_ += 2;
    arguments.push_back(expression());
    std::string form = "NFC";
    if (accept(",")) form = to_upper(identifier().text);
    arguments.push_back(make(position, StringLiteral{form}));
    expect(")");
    return named_call("normalize", position, std::move(arguments));
  }
  return std::nullopt;
}

}  // namespace tarn::sql
