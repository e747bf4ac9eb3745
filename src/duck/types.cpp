#include "duck/types.h"

#include <array>
#include <cctype>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "base/encoding.h"

namespace tarn::duck {
namespace {

// How deep types nest at most; a deeper one is refused, since every walk over a type is recursive.
constexpr int max_depth = 64;

struct Names {
  TypeKind kind;
  std::string_view trino;
  std::string_view hive;
  std::string_view engine;
};

// The scalar types whose names have no parameters of their own.
constexpr std::array names = {
    Names{TypeKind::unknown, "unknown", "void", "VARCHAR"},
    Names{TypeKind::boolean, "boolean", "boolean", "BOOLEAN"},
    Names{TypeKind::tinyint, "tinyint", "tinyint", "TINYINT"},
    Names{TypeKind::smallint, "smallint", "smallint", "SMALLINT"},
    Names{TypeKind::integer, "integer", "int", "INTEGER"},
    Names{TypeKind::bigint, "bigint", "bigint", "BIGINT"},
    Names{TypeKind::real, "real", "float", "FLOAT"},
    Names{TypeKind::double_precision, "double", "double", "DOUBLE"},
    Names{TypeKind::decimal, "decimal", "decimal", "DECIMAL"},
    Names{TypeKind::varchar, "varchar", "string", "VARCHAR"},
    Names{TypeKind::character, "char", "char", "VARCHAR"},
    Names{TypeKind::varbinary, "varbinary", "binary", "BLOB"},
    Names{TypeKind::date, "date", "date", "DATE"},
    Names{TypeKind::time, "time", "time", "TIME"},
    Names{TypeKind::timestamp, "timestamp", "timestamp", "TIMESTAMP"},
    Names{TypeKind::timestamp_with_time_zone, "timestamp with time zone", "timestamp", "TIMESTAMPTZ"},
    Names{TypeKind::interval_year_to_month, "interval year to month", "interval_year_month", "INTERVAL"},
    Names{TypeKind::interval_day_to_second, "interval day to second", "interval_day_time", "INTERVAL"},
    Names{TypeKind::array, "array", "array", ""},
    Names{TypeKind::map, "map", "map", ""},
    Names{TypeKind::row, "row", "struct", ""},
    Names{TypeKind::json, "json", "string", "JSON"},
    Names{TypeKind::uuid, "uuid", "string", "UUID"},
};

const Names& names_of(TypeKind kind) {
  for (const Names& entry : names) {
    if (entry.kind == kind) return entry;
  }
  return names.front();
}

std::string parameters(const Type& type) {
  return "(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
}

// A field name as Trino's typeof() writes it: plain if it reads back as it is.
std::string row_field_name(const std::string& name) {
  bool plain = !name.empty() && !std::isdigit(static_cast<unsigned char>(name.front()));
  for (const char c : name) plain = plain && (std::isalnum(static_cast<unsigned char>(c)) || c == '_');
  if (plain) return name;
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

// A recursive-descent reader of Hive's spelling.
class HiveParser {
 public:
  explicit HiveParser(std::string_view text) : text_(text) {}

  Type parse() {
    Type type = read_type(0);
    skip_blanks();
    if (at_ != text_.size()) fail("unexpected text");
    return type;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::invalid_argument(what + " at position " + std::to_string(at_ + 1) + " of type '" + std::string(text_) +
                                "'");
  }
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char wanted) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!take(wanted)) fail(std::string("expected '") + wanted + "'");
  }
  std::string read_word() {
    skip_blanks();
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    if (start == at_) fail("expected a name");
    return to_lower(text_.substr(start, at_ - start));
  }
  // A field's name: all up to the colon, as crawlers and Spark write it.
  std::string read_field_name() {
    skip_blanks();
    if (take('`')) {
      const std::size_t end = text_.find('`', at_);
      if (end == text_.npos) fail("expected '`'");
      const std::string name(text_.substr(at_, end - at_));
      at_ = end + 1;
      return name;
    }
    const std::size_t end = text_.find(':', at_);
    if (end == text_.npos || end == at_) fail("expected a field name");
    const std::string name(trim(text_.substr(at_, end - at_)));
    at_ = end;
    return name;
  }
  int read_number(int least, int most) {
    skip_blanks();
    int value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{} || value < least || value > most) fail("expected a number");
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  Type read_type(int depth) {
    if (depth > max_depth) fail("the type nests too deeply");
    const std::string word = read_word();
    if (word == "array") {
      expect('<');
      Type type{.kind = TypeKind::array, .fields = {{.type = read_type(depth + 1)}}};
      expect('>');
      return type;
    }
    if (word == "map") {
      expect('<');
      Type type{.kind = TypeKind::map, .fields = {{.type = read_type(depth + 1)}}};
      expect(',');
      type.fields.push_back({.type = read_type(depth + 1)});
      expect('>');
      return type;
    }
    if (word == "struct" || word == "row") return read_struct(depth);
    return read_scalar(word);
  }

  Type read_struct(int depth) {
    Type type{.kind = TypeKind::row};
    expect('<');
    do {
      Field field{.name = read_field_name()};
      expect(':');
      field.type = read_type(depth + 1);
      type.fields.push_back(std::move(field));
    } while (take(','));
    expect('>');
    return type;
  }

  Type read_scalar(const std::string& word) {
    if (word == "decimal" || word == "numeric") {
      Type type{.kind = TypeKind::decimal, .precision = 10};
      if (take('(')) {
        type.precision = read_number(1, 38);
        if (take(',')) type.scale = read_number(0, type.precision);
        expect(')');
      }
      return type;
    }
    if (word == "varchar" || word == "char") {
      Type type{.kind = word == "char" ? TypeKind::character : TypeKind::varchar};
      if (take('(')) {
        type.length = read_number(1, 65535);
        expect(')');
      }
      return type;
    }
    if (word == "integer") return {.kind = TypeKind::integer};
    if (word == "real") return {.kind = TypeKind::real};
    if (word == "timestamp" || word == "timestamp_ntz") return {.kind = TypeKind::timestamp, .precision = 3};
    for (const Names& entry : names) {
      if (entry.hive == word && entry.kind != TypeKind::unknown) return {.kind = entry.kind};
    }
    fail("unknown type '" + word + "'");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string trino_name(const Type& type) {
  const std::string name(names_of(type.kind).trino);
  switch (type.kind) {
    case TypeKind::decimal:
      return name + parameters(type);
    case TypeKind::varchar:
    case TypeKind::character:
      return type.length > 0 ? name + "(" + std::to_string(type.length) + ")" : name;
    case TypeKind::time:
    case TypeKind::timestamp:
      return name + "(" + std::to_string(type.precision) + ")";
    case TypeKind::timestamp_with_time_zone:
      return "timestamp(" + std::to_string(type.precision) + ") with time zone";
    case TypeKind::array:
      return name + "(" + trino_name(type.fields.at(0).type) + ")";
    case TypeKind::map:
      return name + "(" + trino_name(type.fields.at(0).type) + ", " + trino_name(type.fields.at(1).type) + ")";
    case TypeKind::row: {
      std::string text = name + "(";
      for (std::size_t i = 0; i < type.fields.size(); ++i) {
        if (i) text += ", ";
        if (!type.fields[i].name.empty()) text += row_field_name(type.fields[i].name) + " ";
        text += trino_name(type.fields[i].type);
      }
      return text + ")";
    }
    default:
      return name;
  }
}

std::string athena_name(const Type& type) {
  if (type.kind == TypeKind::real) return "float";
  return std::string(names_of(type.kind).trino);
}

std::string hive_name(const Type& type) {
  const std::string name(names_of(type.kind).hive);
  switch (type.kind) {
    case TypeKind::unknown:
      return "string";
    case TypeKind::decimal:
      return name + parameters(type);
    case TypeKind::varchar:
      return type.length > 0 ? "varchar(" + std::to_string(type.length) + ")" : name;
    case TypeKind::character:
      return "char(" + std::to_string(type.length > 0 ? type.length : 1) + ")";
    case TypeKind::array:
      return name + "<" + hive_name(type.fields.at(0).type) + ">";
    case TypeKind::map:
      return name + "<" + hive_name(type.fields.at(0).type) + "," + hive_name(type.fields.at(1).type) + ">";
    case TypeKind::row: {
      std::string text = name + "<";
      for (std::size_t i = 0; i < type.fields.size(); ++i) {
        if (i) text += ",";
        const std::string& field = type.fields[i].name;
        text += (field.empty() ? "field" + std::to_string(i) : field) + ":" + hive_name(type.fields[i].type);
      }
      return text + ">";
    }
    default:
      return name;
  }
}

std::string engine_name(const Type& type) {
  switch (type.kind) {
    case TypeKind::decimal:
      return "DECIMAL" + parameters(type);
    case TypeKind::array:
      return engine_name(type.fields.at(0).type) + "[]";
    case TypeKind::map:
      return "MAP(" + engine_name(type.fields.at(0).type) + ", " + engine_name(type.fields.at(1).type) + ")";
    case TypeKind::row: {
      std::string text = "STRUCT(";
      for (std::size_t i = 0; i < type.fields.size(); ++i) {
        if (i) text += ", ";
        const std::string& name = type.fields[i].name;
        text += "\"";
        for (const char c : name.empty() ? "field" + std::to_string(i) : name) text.append(c == '"' ? 2 : 1, c);
        text += "\" " + engine_name(type.fields[i].type);
      }
      return text + ")";
    }
    default:
      return std::string(names_of(type.kind).engine);
  }
}

Type parse_hive_type(std::string_view text) {
  return HiveParser(text).parse();
}

}  // namespace tarn::duck
