#include "duck/trino/signature.h"

#include <algorithm>
#include <stdexcept>

#include "duck/trino/values.h"

namespace tarn::duck {

using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;

namespace {

const std::map<std::string, LogicalType, std::less<>>& scalar_types() {
  static const std::map<std::string, LogicalType, std::less<>> types = {
      {"boolean", LogicalType::BOOLEAN},
      {"tinyint", LogicalType::TINYINT},
      {"smallint", LogicalType::SMALLINT},
      {"integer", LogicalType::INTEGER},
      {"bigint", LogicalType::BIGINT},
      {"real", LogicalType::FLOAT},
      {"double", LogicalType::DOUBLE},
      {"varchar", LogicalType::VARCHAR},
      {"varbinary", LogicalType::BLOB},
      {"date", LogicalType::DATE},
      {"time", LogicalType::TIME},
      {"timestamp", LogicalType::TIMESTAMP},
      {"timestamptz", LogicalType::TIMESTAMP_TZ},
      {"json", json_type()},
      {"uuid", LogicalType::UUID},
      {"intervalds", day_to_second_type()},
      {"intervalym", year_to_month_type()},
  };
  return types;
}

class SignatureParser {
 public:
  explicit SignatureParser(std::string_view text) : text_(text) {}

  Signature parse() {
    Signature signature{.text = std::string(text_)};
    signature.name = word();
    expect('(');
    while (!take(')')) {
      if (!signature.parameters.empty()) expect(',');
      signature.parameters.push_back(pattern());
      if (text_.substr(at_).starts_with("...")) {
        at_ += 3;
        signature.repeated = true;
      }
    }
    expect('-');
    expect('>');
    signature.result = pattern();
    return signature;
  }

 private:
  [[noreturn]] void fail() const { throw std::invalid_argument("bad signature: " + std::string(text_)); }
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }
  std::string word() {
    skip();
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    if (start == at_) fail();
    return std::string(text_.substr(start, at_ - start));
  }
  Pattern pattern() {
    const std::string name = word();
    Pattern result{.name = name};
    if (name == "array" || name == "map" || name == "row") {
      result.kind = name == "array" ? Pattern::Kind::array : name == "map" ? Pattern::Kind::map : Pattern::Kind::row;
      expect('(');
      do result.children.push_back(pattern());
      while (take(','));
      expect(')');
    } else if (name == "any") {
      result.kind = Pattern::Kind::any;
    } else if (name == "decimal") {
      result.kind = Pattern::Kind::decimal;
    } else if (name.size() == 1 && std::isupper(static_cast<unsigned char>(name[0]))) {
      result.kind = Pattern::Kind::variable;
    } else {
      const auto found = scalar_types().find(name);
      if (found == scalar_types().end()) fail();
      result.type = found->second;
    }
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_null_type(const LogicalType& type) {
  return type.id() == LogicalTypeId::SQLNULL || type.id() == LogicalTypeId::UNKNOWN;
}

// The place of a number in Trino's chain of widenings; -1 for other types.
int number_rank(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::TINYINT:
      return 0;
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::UTINYINT:
      return 1;
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::USMALLINT:
      return 2;
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UINTEGER:
      return 3;
    case LogicalTypeId::DECIMAL:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UBIGINT:
      return 4;
    case LogicalTypeId::FLOAT:
      return 5;
    case LogicalTypeId::DOUBLE:
      return 6;
    default:
      return -1;
  }
}

int time_rank(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::DATE:
      return 0;
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_SEC:
      return 1;
    case LogicalTypeId::TIMESTAMP_TZ:
      return 2;
    default:
      return -1;
  }
}

bool is_text(const LogicalType& type) {
  return (type.id() == LogicalTypeId::VARCHAR && !type.IsJSONType()) || type.id() == LogicalTypeId::ENUM;
}

// Whether two types of one id are the same one for Trino.
bool same_kind(const LogicalType& a, const LogicalType& b) {
  if (a.id() != b.id()) return false;
  if (a.id() == LogicalTypeId::VARCHAR) return a.IsJSONType() == b.IsJSONType();
  if (a.id() == LogicalTypeId::INTERVAL) return is_year_to_month(a) == is_year_to_month(b);
  return true;
}

using Bindings = std::map<std::string, LogicalType>;

// Adds what an argument says about the holes of a pattern; false if it cannot fit.
bool bind(const Pattern& pattern, const LogicalType& type, Bindings& bindings) {
  if (pattern.kind == Pattern::Kind::any || is_null_type(type)) return true;
  switch (pattern.kind) {
    case Pattern::Kind::scalar:
      return coercion_cost(type, pattern.type).has_value();
    case Pattern::Kind::decimal:
      return type.id() == LogicalTypeId::DECIMAL || is_integer(type);
    case Pattern::Kind::variable: {
      const auto found = bindings.find(pattern.name);
      if (found == bindings.end()) {
        bindings.emplace(pattern.name, type);
        return true;
      }
      const auto common = common_type(found->second, type);
      if (common) found->second = *common;
      return common.has_value();
    }
    case Pattern::Kind::array:
      return type.id() == LogicalTypeId::LIST &&
             bind(pattern.children[0], ::duckdb::ListType::GetChildType(type), bindings);
    case Pattern::Kind::map:
      return type.id() == LogicalTypeId::MAP && bind(pattern.children[0], ::duckdb::MapType::KeyType(type), bindings) &&
             bind(pattern.children[1], ::duckdb::MapType::ValueType(type), bindings);
    case Pattern::Kind::row: {
      if (type.id() != LogicalTypeId::STRUCT) return false;
      const auto& fields = ::duckdb::StructType::GetChildTypes(type);
      if (fields.size() != pattern.children.size()) return false;
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (!bind(pattern.children[i], fields[i].second, bindings)) return false;
      }
      return true;
    }
    default:
      return true;
  }
}

// The pattern with its holes filled; what nothing is known about is like `given`.
LogicalType fill(const Pattern& pattern, const LogicalType& given, const Bindings& bindings) {
  switch (pattern.kind) {
    case Pattern::Kind::scalar:
      // A zone, or a length, that the argument has and the signature does not care about stays.
      return same_kind(given, pattern.type) ? given : pattern.type;
    case Pattern::Kind::decimal: {
      if (given.id() == LogicalTypeId::DECIMAL) return given;
      const auto [precision, scale] = decimal_size(given);
      return LogicalType::DECIMAL(static_cast<std::uint8_t>(precision), static_cast<std::uint8_t>(scale));
    }
    case Pattern::Kind::variable: {
      const auto found = bindings.find(pattern.name);
      return found == bindings.end() ? LogicalType(LogicalTypeId::SQLNULL) : found->second;
    }
    case Pattern::Kind::array:
      return LogicalType::LIST(
          fill(pattern.children[0],
               given.id() == LogicalTypeId::LIST ? ::duckdb::ListType::GetChildType(given) : LogicalType::SQLNULL,
               bindings));
    case Pattern::Kind::map: {
      const bool known = given.id() == LogicalTypeId::MAP;
      return LogicalType::MAP(
          fill(pattern.children[0], known ? ::duckdb::MapType::KeyType(given) : LogicalType::SQLNULL, bindings),
          fill(pattern.children[1], known ? ::duckdb::MapType::ValueType(given) : LogicalType::SQLNULL, bindings));
    }
    case Pattern::Kind::row: {
      ::duckdb::child_list_t<LogicalType> fields;
      for (std::size_t i = 0; i < pattern.children.size(); ++i) {
        const bool known = given.id() == LogicalTypeId::STRUCT;
        fields.emplace_back(
            known ? ::duckdb::StructType::GetChildName(given, i) : "field" + std::to_string(i),
            fill(pattern.children[i], known ? ::duckdb::StructType::GetChildType(given, i) : LogicalType::SQLNULL,
                 bindings));
      }
      return LogicalType::STRUCT(std::move(fields));
    }
    case Pattern::Kind::any:
      return given;
  }
  return given;
}

}  // namespace

Signature Signature::parse(std::string_view text) {
  return SignatureParser(text).parse();
}

bool is_integer(const LogicalType& type) {
  const int rank = number_rank(type);
  return rank >= 0 && rank <= 3;
}

std::pair<int, int> decimal_size(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::DECIMAL:
      return {::duckdb::DecimalType::GetWidth(type), ::duckdb::DecimalType::GetScale(type)};
    case LogicalTypeId::TINYINT:
      return {3, 0};
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::UTINYINT:
      return {5, 0};
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::USMALLINT:
      return {10, 0};
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UINTEGER:
      return {19, 0};
    case LogicalTypeId::UBIGINT:
      return {20, 0};
    default:
      return {38, 0};
  }
}

std::optional<int> coercion_cost(const LogicalType& from, const LogicalType& to) {
  if (is_null_type(from)) return 0;
  if (same_kind(from, to)) {
    switch (to.id()) {
      case LogicalTypeId::LIST:
        return coercion_cost(::duckdb::ListType::GetChildType(from), ::duckdb::ListType::GetChildType(to));
      case LogicalTypeId::MAP: {
        const auto key = coercion_cost(::duckdb::MapType::KeyType(from), ::duckdb::MapType::KeyType(to));
        const auto value = coercion_cost(::duckdb::MapType::ValueType(from), ::duckdb::MapType::ValueType(to));
        if (!key || !value) return std::nullopt;
        return *key + *value;
      }
      case LogicalTypeId::STRUCT: {
        const auto& a = ::duckdb::StructType::GetChildTypes(from);
        const auto& b = ::duckdb::StructType::GetChildTypes(to);
        if (a.size() != b.size()) return std::nullopt;
        int sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i) {
          const auto cost = coercion_cost(a[i].second, b[i].second);
          if (!cost) return std::nullopt;
          sum += *cost;
        }
        return sum;
      }
      case LogicalTypeId::DECIMAL:
        return from == to ? 0 : 1;
      default:
        return 0;
    }
  }
  if (is_text(from) && is_text(to)) return 0;
  const int from_number = number_rank(from), to_number = number_rank(to);
  if (from_number >= 0 && to_number > from_number) return to_number - from_number;
  const int from_time = time_rank(from), to_time = time_rank(to);
  if (from_time >= 0 && to_time >= from_time) return to_time - from_time;
  return std::nullopt;
}

std::optional<LogicalType> common_type(const LogicalType& a, const LogicalType& b) {
  if (is_null_type(a)) return b;
  if (is_null_type(b)) return a;
  if (a == b) return a;
  if (is_text(a) && is_text(b)) return LogicalType::VARCHAR;
  const int rank_a = number_rank(a), rank_b = number_rank(b);
  if (rank_a >= 0 && rank_b >= 0) {
    const int rank = std::max(rank_a, rank_b);
    if (rank != 4) return rank_a >= rank_b ? a : b;
    const auto [precision_a, scale_a] = decimal_size(a);
    const auto [precision_b, scale_b] = decimal_size(b);
    const int scale = std::max(scale_a, scale_b);
    const int whole = std::max(precision_a - scale_a, precision_b - scale_b);
    return LogicalType::DECIMAL(static_cast<std::uint8_t>(std::min(38, whole + scale)),
                                static_cast<std::uint8_t>(scale));
  }
  const int time_a = time_rank(a), time_b = time_rank(b);
  if (time_a >= 0 && time_b >= 0) {
    if (time_a == 2 && time_b == 2) return zoned_type(zone_of(a));
    return time_a >= time_b ? a : b;
  }
  if (a.id() != b.id()) return std::nullopt;
  switch (a.id()) {
    case LogicalTypeId::LIST: {
      const auto child = common_type(::duckdb::ListType::GetChildType(a), ::duckdb::ListType::GetChildType(b));
      if (!child) return std::nullopt;
      return LogicalType::LIST(*child);
    }
    case LogicalTypeId::MAP: {
      const auto key = common_type(::duckdb::MapType::KeyType(a), ::duckdb::MapType::KeyType(b));
      const auto value = common_type(::duckdb::MapType::ValueType(a), ::duckdb::MapType::ValueType(b));
      if (!key || !value) return std::nullopt;
      return LogicalType::MAP(*key, *value);
    }
    case LogicalTypeId::STRUCT: {
      const auto& fields_a = ::duckdb::StructType::GetChildTypes(a);
      const auto& fields_b = ::duckdb::StructType::GetChildTypes(b);
      if (fields_a.size() != fields_b.size()) return std::nullopt;
      ::duckdb::child_list_t<LogicalType> fields;
      for (std::size_t i = 0; i < fields_a.size(); ++i) {
        const auto field = common_type(fields_a[i].second, fields_b[i].second);
        if (!field) return std::nullopt;
        fields.emplace_back(fields_a[i].first, *field);
      }
      return LogicalType::STRUCT(std::move(fields));
    }
    default:
      if (same_kind(a, b)) return a;
      return std::nullopt;
  }
}

std::optional<Match> match(const Signature& signature, const std::vector<LogicalType>& arguments) {
  const std::size_t fixed = signature.parameters.size() - (signature.repeated ? 1 : 0);
  if (arguments.size() < fixed || (!signature.repeated && arguments.size() > fixed)) return std::nullopt;
  const auto pattern_of = [&](std::size_t i) -> const Pattern& {
    return signature.parameters[std::min(i, signature.parameters.size() - 1)];
  };
  Bindings bindings;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!bind(pattern_of(i), arguments[i], bindings)) return std::nullopt;
  }
  Match result;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    LogicalType type = fill(pattern_of(i), arguments[i], bindings);
    const auto cost = coercion_cost(arguments[i], type);
    if (!cost) return std::nullopt;
    result.cost += *cost;
    result.arguments.push_back(std::move(type));
  }
  LogicalType hint = LogicalType::SQLNULL;
  if (signature.result.kind == Pattern::Kind::decimal) {
    for (const LogicalType& type : result.arguments) {
      if (hint.id() == LogicalTypeId::SQLNULL && type.id() == LogicalTypeId::DECIMAL) hint = type;
    }
  }
  result.result = fill(signature.result, hint, bindings);
  return result;
}

}  // namespace tarn::duck
