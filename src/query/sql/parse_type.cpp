// Types: Trino's in casts, the catalog's in definitions, and the way between them.
#include <algorithm>
#include <array>

#include "query/sql/recursive_parser.h"

namespace tarn::sql {
namespace {

struct Spelling {
  std::string_view written;
  std::string_view name;
};
constexpr std::array<Spelling, 20> trino_names = {
    {{"boolean", "boolean"}, {"tinyint", "tinyint"},     {"smallint", "smallint"},
     {"int", "integer"},     {"integer", "integer"},     {"bigint", "bigint"},
     {"real", "real"},       {"float", "real"},  // As Athena takes it in casts.
     {"double", "double"},   {"decimal", "decimal"},     {"dec", "decimal"},
     {"numeric", "decimal"}, {"varchar", "varchar"},     {"string", "varchar"},
     {"char", "char"},       {"varbinary", "varbinary"}, {"date", "date"},
     {"json", "json"},       {"uuid", "uuid"},           {"ipaddress", "ipaddress"}}};

// The catalog's scalar types, Hive's, by Trino's names.
constexpr std::array<Spelling, 18> catalog_names = {{{"boolean", "boolean"},
                                                     {"tinyint", "tinyint"},
                                                     {"smallint", "smallint"},
                                                     {"int", "integer"},
                                                     {"integer", "integer"},
                                                     {"bigint", "bigint"},
                                                     {"long", "bigint"},
                                                     {"float", "real"},
                                                     {"double", "double"},
                                                     {"decimal", "decimal"},
                                                     {"numeric", "decimal"},
                                                     {"string", "varchar"},
                                                     {"varchar", "varchar"},
                                                     {"char", "char"},
                                                     {"binary", "varbinary"},
                                                     {"date", "date"},
                                                     {"timestamp", "timestamp"},
                                                     {"timestamptz", "timestamptz"}}};

template <std::size_t Count>
std::string_view find_name(const std::array<Spelling, Count>& names, std::string_view written) {
  const auto found = std::ranges::find(names, written, &Spelling::written);
  return found == names.end() ? std::string_view() : found->name;
}

}  // namespace

DataType RecursiveParser::data_type() {
  const Nesting nesting(*this);
  const Position position = token().position;
  if (!is_identifier()) {
    expecting("<type>");
    mismatch();
  }
  DataType type{.position = position, .name = to_lower(take().text)};
  if (type.name == "row") return row_type(position);
  if (type.name == "double") accept("PRECISION");
  if (type.name == "interval") {
    const bool months = accept_sequence({"YEAR", "TO", "MONTH"});
    if (!months) expect_sequence({"DAY", "TO", "SECOND"});
    type.name = months ? "interval year to month" : "interval day to second";
    return type;
  }
  if (type.name == "array" || type.name == "map") {
    const bool angular = accept("<");  // ARRAY<bigint>: the old spelling, which Trino still takes.
    if (!angular) expect("(");
    do type.arguments.push_back(data_type());
    while (accept(","));
    expect(angular ? ">" : ")");
    if (type.arguments.size() != (type.name == "map" ? 2u : 1u)) {
      fail(position, "Unknown type: " + type_text(type), error_names::type_not_found);
    }
  } else if (accept("(")) {
    do type.numbers.push_back(unsigned_number());
    while (accept(","));
    expect(")");
  }
  if (type.name == "time" || type.name == "timestamp") {
    if (accept_sequence({"WITH", "TIME", "ZONE"}))
      type.with_time_zone = true;
    else if (accept("WITHOUT"))
      expect_sequence({"TIME", "ZONE"});
  } else if (type.arguments.empty()) {
    const auto name = find_name(trino_names, type.name);
    if (name.empty()) fail(position, "Unknown type: " + type.name, error_names::type_not_found);
    type.name = name;
  }
  return type;
}

// row(x bigint, y varchar), row(bigint, varchar): a field has a name if a type follows its first word.
DataType RecursiveParser::row_type(Position position) {
  DataType type{.position = position, .name = "row"};
  expect("(");
  do {
    DataType::Field field;
    const bool starts_type = is("(", 1) || is("<", 1) || is(",", 1) || is(")", 1) || is("WITH", 1) ||
                             (is("DOUBLE") && is("PRECISION", 1)) || (is("INTERVAL") && is("TO", 2));
    if (!starts_type) field.name = identifier().text;
    field.type = data_type();
    type.fields.push_back(std::move(field));
  } while (accept(","));
  expect(")");
  return type;
}

DataType RecursiveParser::whole_catalog_type() {
  auto type = catalog_data_type();
  if (!at_end()) {
    expecting("<EOF>");
    mismatch();
  }
  return type;
}

DataType RecursiveParser::catalog_data_type() {
  const Nesting nesting(*this);
  const Position position = token().position;
  if (token().kind != TokenKind::word) {
    expecting("<type>");
    mismatch();
  }
  DataType type{.position = position, .name = to_lower(take().text)};
  if (type.name == "array" || type.name == "map") {
    expect("<");
    type.arguments.push_back(catalog_data_type());
    if (type.name == "map") {
      expect(",");
      type.arguments.push_back(catalog_data_type());
    }
    expect(">");
    return type;
  }
  if (type.name == "struct") {
    type.name = "row";
    expect("<");
    do {
      const bool named =
          token().kind == TokenKind::word || token().kind == TokenKind::quoted || token().kind == TokenKind::digit_word;
      if (!named) mismatch();
      const Token name = take();
      expect(":");
      type.fields.push_back({to_lower(name.kind == TokenKind::quoted ? name.value : name.text), catalog_data_type()});
    } while (accept(","));
    expect(">");
    return type;
  }
  const auto name = find_name(catalog_names, type.name);
  if (name.empty()) fail(position, "Unknown type: " + type.name, error_names::type_not_found);
  type.name = name;
  if (accept("(")) {
    do type.numbers.push_back(unsigned_number());
    while (accept(","));
    expect(")");
  }
  if (type.name == "timestamptz") {
    type.name = "timestamp";
    type.with_time_zone = true;
  }
  if (type.name == "decimal" && type.numbers.empty()) type.numbers = {10, 0};  // Hive's default.
  return type;
}

std::string catalog_type(const DataType& type) {
  if (type.name == "array" || type.name == "map") {
    std::string text = type.name + "<" + catalog_type(type.arguments[0]);
    if (type.name == "map") text += "," + catalog_type(type.arguments[1]);
    return text + ">";
  }
  if (type.name == "row") {
    std::string text = "struct<";
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      if (i > 0) text += ",";
      const auto& field = type.fields[i];
      text +=
          (field.name.empty() ? "field" + std::to_string(i) : to_lower(field.name)) + ":" + catalog_type(field.type);
    }
    return text + ">";
  }
  if (type.name == "integer") return "int";
  if (type.name == "real") return "float";
  if (type.name == "varbinary") return "binary";
  if (type.name == "timestamp") return type.with_time_zone ? "timestamptz" : "timestamp";
  if (type.name == "varchar" && type.numbers.empty()) return "string";
  if (type.name == "decimal" && type.numbers.size() == 2) {
    return "decimal(" + std::to_string(type.numbers[0]) + "," + std::to_string(type.numbers[1]) + ")";
  }
  if (!type.numbers.empty()) return type.name + "(" + std::to_string(type.numbers[0]) + ")";
  return type.name;
}

std::string type_text(const DataType& type) {
  std::string text = type.name;
  std::string inside;
  const auto separate = [&] {
    if (!inside.empty()) inside += ", ";
  };
  for (const auto number : type.numbers) {
    separate();
    inside += std::to_string(number);
  }
  for (const auto& argument : type.arguments) {
    separate();
    inside += type_text(argument);
  }
  for (const auto& field : type.fields) {
    separate();
    if (!field.name.empty()) inside += field.name + " ";
    inside += type_text(field.type);
  }
  if (!inside.empty()) text += "(" + inside + ")";
  if (type.with_time_zone) text += " with time zone";
  return text;
}

}  // namespace tarn::sql
