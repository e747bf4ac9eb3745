// Literals and types. Every literal carries its type, so that the engine infers nothing from its form.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "query/sql/parser.h"
#include "query/sql/query_printer.h"

namespace tarn::sql {
namespace {

bool take_digits(std::string_view& text, std::size_t least, std::size_t most, int* value = nullptr) {
  std::size_t count = 0;
  while (count < text.size() && count < most && text[count] >= '0' && text[count] <= '9') ++count;
  if (count < least) return false;
  if (value) std::from_chars(text.data(), text.data() + count, *value);
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool take_date(std::string_view& text) {
  static constexpr int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take(text, '-')) take(text, '+');
  if (!take_digits(text, 4, 6, &year) || !take(text, '-') || !take_digits(text, 1, 2, &month) || !take(text, '-') ||
      !take_digits(text, 1, 2, &day)) {
    return false;
  }
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] && (month != 2 || leap || day < 29);
}

// 10:30[:45[.123]]; `digits` becomes those of the fraction.
bool take_time(std::string_view& text, std::size_t& digits) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  digits = 0;
  if (!take_digits(text, 1, 2, &hour) || !take(text, ':') || !take_digits(text, 1, 2, &minute)) return false;
  if (take(text, ':')) {
    if (!take_digits(text, 1, 2, &second)) return false;
    if (take(text, '.')) {
      const auto before = text.size();
      if (!take_digits(text, 1, 12)) return false;
      digits = before - text.size();
    }
  }
  return hour < 24 && minute < 60 && second < 60;
}

[[noreturn]] void invalid(const TypedLiteral& literal, Position position) {
  refuse(position, "'" + literal.value + "' is not a valid " + to_upper(literal.type.name) + " literal",
         error_names::invalid_literal);
}

std::string timestamp_literal(const TypedLiteral& literal, Position position) {
  std::string_view rest = literal.value;
  std::size_t digits = 0;
  if (!take_date(rest)) invalid(literal, position);
  if (!rest.empty()) {
    if (!take(rest, ' ') && !take(rest, 'T')) invalid(literal, position);
    if (!take_time(rest, digits)) invalid(literal, position);
  }
  if (digits > 6) refuse(position, "timestamp(" + std::to_string(digits) + ") is not supported: at most 6 digits");
  if (rest.empty()) return "TIMESTAMP " + quoted_text(literal.value);
  return "system.trino.cast(" + quoted_text(literal.value) + "::VARCHAR, NULL::TIMESTAMPTZ, " + std::to_string(digits) +
         "::INTEGER)";
}

std::string decimal_literal(const TypedLiteral& literal, Position position) {
  std::string_view rest = literal.value;
  const bool negative = take(rest, '-');
  if (!negative) take(rest, '+');
  const auto point = rest.find('.');
  std::string whole(rest.substr(0, point));
  const std::string fraction(point == std::string_view::npos ? std::string_view() : rest.substr(point + 1));
  const auto all_digits = [](const std::string& text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!all_digits(whole) || !all_digits(fraction) || (whole.empty() && fraction.empty())) {
    invalid(literal, position);
  }
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  const std::size_t precision = std::max<std::size_t>(whole.size() + fraction.size(), 1);
  if (precision > 38) invalid(literal, position);
  const std::string text =
      (negative ? "-" : "") + (whole.empty() ? "0" : whole) + (fraction.empty() ? "" : "." + fraction);
  return "CAST(" + quoted_text(text) + " AS DECIMAL(" + std::to_string(precision) + ", " +
         std::to_string(fraction.size()) + "))";
}

}  // namespace

std::string typed_literal(const TypedLiteral& literal, Position position) {
  const std::string& name = literal.type.name;
  std::string_view rest = literal.value;
  std::size_t digits = 0;
  if (name == "date") {
    if (!take_date(rest) || !rest.empty()) invalid(literal, position);
    return "DATE " + quoted_text(literal.value);
  }
  if (name == "timestamp") return timestamp_literal(literal, position);
  if (name == "time") {
    if (!take_time(rest, digits) || !rest.empty()) invalid(literal, position);
    return "TIME " + quoted_text(literal.value);
  }
  if (name == "decimal") return decimal_literal(literal, position);
  if (name == "json") return "system.trino.json_parse(" + quoted_text(literal.value) + "::VARCHAR)";
  if (name == "varchar" || name == "char") return quoted_text(literal.value) + "::VARCHAR";
  DataType type = literal.type;
  if (name == "int") type.name = "integer";
  return "system.trino.cast(" + quoted_text(literal.value) + "::VARCHAR, NULL::" + engine_type(type) + ")";
}

std::string engine_type(const DataType& type) {
  const auto number = [&](std::size_t i, std::uint64_t otherwise) {
    return i < type.numbers.size() ? type.numbers[i] : otherwise;
  };
  const std::string& name = type.name;
  if (name == "real") return "FLOAT";
  if (name == "varbinary") return "BLOB";
  if (name == "varchar" || name == "char") return "VARCHAR";
  if (name == "timestamp" || name == "time") {
    if (number(0, 3) > 6) refuse(type.position, name + " with more than 6 digits of a second is not supported");
    return to_upper(name) + (type.with_time_zone ? "TZ" : "");
  }
  if (name == "decimal") {
    const auto precision = number(0, 38);
    const auto scale = number(1, 0);
    if (precision < 1 || precision > 38 || scale > precision) {
      refuse(type.position, "Invalid type: " + type_text(type), error_names::type_not_found);
    }
    return "DECIMAL(" + std::to_string(precision) + ", " + std::to_string(scale) + ")";
  }
  if (name == "array") return engine_type(type.arguments[0]) + "[]";
  if (name == "map") return "MAP(" + engine_type(type.arguments[0]) + ", " + engine_type(type.arguments[1]) + ")";
  if (name == "row") {
    std::string fields;
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      if (i > 0) fields += ", ";
      const auto& field = type.fields[i];
      fields +=
          quoted_name(field.name.empty() ? "field" + std::to_string(i) : field.name) + " " + engine_type(field.type);
    }
    return "STRUCT(" + fields + ")";
  }
  if (name.starts_with("interval")) return "INTERVAL";
  for (const auto known : {"boolean", "tinyint", "smallint", "integer", "bigint", "double", "date", "json", "uuid"}) {
    if (name == known) return to_upper(name);
  }
  refuse(type.position, "Unknown type: " + type_text(type), error_names::type_not_found);
}

std::string QueryPrinter::print(const Expression&, const NullLiteral&) {
  return "NULL";
}

std::string QueryPrinter::print(const Expression&, const BooleanLiteral& node) {
  return node.value ? "TRUE" : "FALSE";
}

std::string QueryPrinter::print(const Expression&, const IntegerLiteral& node) {
  using Narrow = std::numeric_limits<std::int32_t>;
  const bool narrow = node.value >= Narrow::min() && node.value <= Narrow::max();
  const std::string digits = std::to_string(node.value);
  return (node.value < 0 ? "(" + digits + ")" : digits) + (narrow ? "::INTEGER" : "::BIGINT");
}

std::string QueryPrinter::print(const Expression& at, const DoubleLiteral& node) {
  double value = 0;
  const auto [end, error] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) {
    refuse(at.position, "Invalid numeric literal: " + node.text, error_names::invalid_literal);
  }
  char buffer[64];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  return std::string(buffer, written.ptr);
}

std::string QueryPrinter::print(const Expression&, const StringLiteral& node) {
  return quoted_text(node.value) + "::VARCHAR";
}

std::string QueryPrinter::print(const Expression&, const BinaryLiteral& node) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string text = "'";
  for (const char c : node.bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += "\\x";
    text += hex[byte >> 4];
    text += hex[byte & 15];
  }
  return "TRY_CAST(" + text + "' AS BLOB)";
}

std::string QueryPrinter::print(const Expression& at, const TypedLiteral& node) {
  return typed_literal(node, at.position);
}

std::string QueryPrinter::print(const Expression&, const IntervalLiteral& node) {
  return node.year_to_month ? call("interval_year_to_month", {"(" + std::to_string(node.amount) + ")::INTEGER"})
                            : call("interval_day_to_second", {"(" + std::to_string(node.amount) + ")::BIGINT"});
}

std::string QueryPrinter::print(const Expression& at, const Parameter& node) {
  if (node.index >= options_.parameters.size()) {
    refuse(at.position,
           "Incorrect number of parameters: expected at least " + std::to_string(node.index + 1) + " but found " +
               std::to_string(options_.parameters.size()),
           error_names::invalid_parameters);
  }
  const Expression& value = *options_.parameters[node.index];
  if (as<Parameter>(value))
    refuse(at.position, "A parameter cannot stand for a parameter", error_names::invalid_parameters);
  return expression(value);
}

std::string QueryPrinter::print(const Expression&, const CurrentValue& node) {
  switch (node.kind) {
    case CurrentValueKind::date:
      return call("current_date", {});
    case CurrentValueKind::time:
      return call("current_time", {});
    case CurrentValueKind::timestamp:
      return call("now", {});
    case CurrentValueKind::local_time:
      return call("localtime", {});
    case CurrentValueKind::local_timestamp:
      return call("localtimestamp", {});
    case CurrentValueKind::user:
      return quoted_text(options_.user) + "::VARCHAR";
    case CurrentValueKind::catalog:
      return quoted_text(options_.catalog) + "::VARCHAR";
    case CurrentValueKind::schema:
      return quoted_text(options_.database) + "::VARCHAR";
  }
  return {};
}

}  // namespace tarn::sql
