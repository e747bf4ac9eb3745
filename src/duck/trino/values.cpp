#include "duck/trino/values.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <numeric>
#include <vector>

#include "duck/engine.h"

namespace tarn::duck {

using ::duckdb::idx_t;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;
using ::duckdb::RecursiveUnifiedVectorFormat;
using ::duckdb::UnifiedVectorFormat;

namespace {

constexpr std::string_view year_to_month_alias = "INTERVAL_YEAR_TO_MONTH";
constexpr std::string_view day_to_second_alias = "INTERVAL_DAY_TO_SECOND";

LogicalType with_alias(LogicalType type, std::string alias) {
  type.SetAlias(std::move(alias));
  return type;
}

std::string alias_of(const LogicalType& type) {
  return type.HasAlias() ? type.GetAlias() : std::string();
}

// The number in `char(5)`; 0 if the alias is no such thing.
int length_in(const std::string& alias, std::string_view name) {
  if (!alias.starts_with(name) || alias.size() <= name.size() || alias[name.size()] != '(') return 0;
  return std::atoi(alias.c_str() + name.size() + 1);
}

Type text_type(const std::string& alias) {
  if (alias == "JSON") return {.kind = TypeKind::json};
  if (const int length = length_in(alias, "char")) return {.kind = TypeKind::character, .length = length};
  return {.kind = TypeKind::varchar, .length = length_in(alias, "varchar")};
}

Type nested_type(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::LIST:
      return {.kind = TypeKind::array, .fields = {{.type = type_of(::duckdb::ListType::GetChildType(type))}}};
    case LogicalTypeId::ARRAY:
      return {.kind = TypeKind::array, .fields = {{.type = type_of(::duckdb::ArrayType::GetChildType(type))}}};
    case LogicalTypeId::MAP:
      return {.kind = TypeKind::map,
              .fields = {{.type = type_of(::duckdb::MapType::KeyType(type))},
                         {.type = type_of(::duckdb::MapType::ValueType(type))}}};
    default: {
      Type row{.kind = TypeKind::row};
      const auto& children = ::duckdb::StructType::GetChildTypes(type);
      for (idx_t i = 0; i < children.size(); ++i) {
        const std::string& name = children[i].first;
        const bool unnamed = name.empty() || name == "field" + std::to_string(i);
        row.fields.push_back({.name = unnamed ? "" : name, .type = type_of(children[i].second)});
      }
      return row;
    }
  }
}

}  // namespace

Type type_of(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return {.kind = TypeKind::boolean};
    case LogicalTypeId::TINYINT:
      return {.kind = TypeKind::tinyint};
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::UTINYINT:
      return {.kind = TypeKind::smallint};
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::USMALLINT:
      return {.kind = TypeKind::integer};
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UINTEGER:
      return {.kind = TypeKind::bigint};
    case LogicalTypeId::UBIGINT:
      return {.kind = TypeKind::decimal, .precision = 20};
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UHUGEINT:
      return {.kind = TypeKind::decimal, .precision = 38};
    case LogicalTypeId::FLOAT:
      return {.kind = TypeKind::real};
    case LogicalTypeId::DOUBLE:
      return {.kind = TypeKind::double_precision};
    case LogicalTypeId::DECIMAL:
      return {.kind = TypeKind::decimal,
              .precision = ::duckdb::DecimalType::GetWidth(type),
              .scale = ::duckdb::DecimalType::GetScale(type)};
    case LogicalTypeId::VARCHAR:
      return text_type(alias_of(type));
    case LogicalTypeId::ENUM:
      return {.kind = TypeKind::varchar};
    case LogicalTypeId::BLOB:
    case LogicalTypeId::BIT:
      return {.kind = TypeKind::varbinary};
    case LogicalTypeId::DATE:
      return {.kind = TypeKind::date};
    case LogicalTypeId::TIME:
    case LogicalTypeId::TIME_NS:
      return {.kind = TypeKind::time, .precision = 3};
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return {.kind = TypeKind::timestamp, .precision = 3};
    case LogicalTypeId::TIMESTAMP_TZ:
      return {.kind = TypeKind::timestamp_with_time_zone, .precision = 3, .zone = zone_of(type)};
    case LogicalTypeId::INTERVAL:
      return {.kind = is_year_to_month(type) ? TypeKind::interval_year_to_month : TypeKind::interval_day_to_second};
    case LogicalTypeId::UUID:
      return {.kind = TypeKind::uuid};
    case LogicalTypeId::LIST:
    case LogicalTypeId::ARRAY:
    case LogicalTypeId::MAP:
    case LogicalTypeId::STRUCT:
      return nested_type(type);
    default:
      return {};
  }
}

LogicalType json_type() {
  return LogicalType::JSON();
}
LogicalType day_to_second_type() {
  return with_alias(LogicalType::INTERVAL, std::string(day_to_second_alias));
}
LogicalType year_to_month_type() {
  return with_alias(LogicalType::INTERVAL, std::string(year_to_month_alias));
}
LogicalType character_type(int length) {
  return with_alias(LogicalType::VARCHAR, "char(" + std::to_string(length) + ")");
}
LogicalType zoned_type(const std::string& zone) {
  return zone == "UTC" ? LogicalType(LogicalType::TIMESTAMP_TZ) : with_alias(LogicalType::TIMESTAMP_TZ, "@" + zone);
}
std::string zone_of(const LogicalType& type) {
  const std::string alias = alias_of(type);
  return alias.starts_with("@") ? alias.substr(1) : "UTC";
}
bool is_year_to_month(const LogicalType& type) {
  return alias_of(type) == year_to_month_alias;
}

void append_integer(std::int64_t value, std::string& text) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  text.append(buffer, end);
}

namespace {
void append_padded(std::int64_t value, int width, std::string& text) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  const auto length = static_cast<int>(end - buffer);
  if (length < width) text.append(static_cast<std::size_t>(width - length), '0');
  text.append(buffer, end);
}
}  // namespace

void append_date(std::int32_t days, std::string& text) {
  std::int32_t year, month, day;
  ::duckdb::Date::Convert(::duckdb::date_t(days), year, month, day);
  if (year < 0) text += '-';
  append_padded(std::abs(year), 4, text);
  text += '-';
  append_padded(month, 2, text);
  text += '-';
  append_padded(day, 2, text);
}

void append_time(std::int64_t micros, int digits, std::string& text) {
  append_padded(micros / 3'600'000'000, 2, text);
  text += ':';
  append_padded(micros / 60'000'000 % 60, 2, text);
  text += ':';
  append_padded(micros / 1'000'000 % 60, 2, text);
  if (digits == 0) return;
  std::int64_t fraction = micros % 1'000'000;
  for (int i = digits; i < 6; ++i) fraction /= 10;
  text += '.';
  append_padded(fraction, digits, text);
}

void append_timestamp(std::int64_t micros, int digits, std::string& text) {
  constexpr std::int64_t day = 86'400'000'000;
  std::int64_t days = micros / day;
  if (micros % day < 0) --days;
  append_date(static_cast<std::int32_t>(days), text);
  text += ' ';
  append_time(micros - days * day, digits, text);
}

std::string decimal_text(::duckdb::hugeint_t value, int scale) {
  return ::duckdb::Decimal::ToString(value, 38, static_cast<std::uint8_t>(scale));
}

struct ValueText::Node {
  Type type;
  LogicalType logical;
  std::shared_ptr<const Zone> zone;
  std::vector<Node> children;

  explicit Node(const LogicalType& of) : type(type_of(of)), logical(of) {
    if (type.kind == TypeKind::timestamp_with_time_zone) zone = Zone::find(type.zone);
    switch (of.id()) {
      case LogicalTypeId::LIST:
        children.emplace_back(::duckdb::ListType::GetChildType(of));
        break;
      case LogicalTypeId::ARRAY:
        children.emplace_back(::duckdb::ArrayType::GetChildType(of));
        break;
      case LogicalTypeId::MAP:
        children.emplace_back(::duckdb::MapType::KeyType(of));
        children.emplace_back(::duckdb::MapType::ValueType(of));
        break;
      case LogicalTypeId::STRUCT:
        for (const auto& child : ::duckdb::StructType::GetChildTypes(of)) children.emplace_back(child.second);
        break;
      default:
        break;
    }
  }
};

ValueText::ValueText(const LogicalType& type) : root_(std::make_unique<Node>(type)) {}
ValueText::~ValueText() = default;
ValueText::ValueText(ValueText&&) noexcept = default;

bool ValueText::append(const RecursiveUnifiedVectorFormat& values, idx_t row, std::string& text) const {
  return append_node(*root_, values, row, text);
}

namespace {

template <typename T>
T value_at(const UnifiedVectorFormat& format, idx_t index) {
  return reinterpret_cast<const T*>(format.data)[index];
}

void append_blob(const ::duckdb::string_t& value, std::string& text) {
  constexpr char digits[] = "0123456789abcdef";
  const char* bytes = value.GetData();
  for (idx_t i = 0; i < value.GetSize(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i) text += ' ';
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
}

void append_decimal(const LogicalType& type, const UnifiedVectorFormat& format, idx_t index, std::string& text) {
  const std::uint8_t width = ::duckdb::DecimalType::GetWidth(type), scale = ::duckdb::DecimalType::GetScale(type);
  switch (type.InternalType()) {
    case ::duckdb::PhysicalType::INT16:
      text += ::duckdb::Decimal::ToString(value_at<std::int16_t>(format, index), width, scale);
      break;
    case ::duckdb::PhysicalType::INT32:
      text += ::duckdb::Decimal::ToString(value_at<std::int32_t>(format, index), width, scale);
      break;
    case ::duckdb::PhysicalType::INT64:
      text += ::duckdb::Decimal::ToString(value_at<std::int64_t>(format, index), width, scale);
      break;
    default:
      text += ::duckdb::Decimal::ToString(value_at<::duckdb::hugeint_t>(format, index), width, scale);
  }
}

// `60 00:00:00.000` and `2-6`.
void append_interval(const LogicalType& type, const ::duckdb::interval_t& value, std::string& text) {
  if (is_year_to_month(type)) {
    if (value.months < 0) text += '-';
    append_integer(std::abs(value.months) / 12, text);
    text += '-';
    append_integer(std::abs(value.months) % 12, text);
    return;
  }
  std::int64_t millis = value.micros / 1000 + (value.days + value.months * std::int64_t{30}) * 86'400'000;
  if (millis < 0) text += '-';
  millis = std::abs(millis);
  append_integer(millis / 86'400'000, text);
  text += ' ';
  append_time(millis % 86'400'000 * 1000, 3, text);
}

std::int64_t timestamp_micros(const LogicalType& type, std::int64_t value) {
  switch (type.id()) {
    case LogicalTypeId::TIMESTAMP_SEC:
      return value * 1'000'000;
    case LogicalTypeId::TIMESTAMP_MS:
      return value * 1'000;
    case LogicalTypeId::TIMESTAMP_NS:
      return value >= 0 ? value / 1'000 : -((-value + 999) / 1'000);
    default:
      return value;
  }
}

void append_scalar(const LogicalType& type, const Zone* zone, const UnifiedVectorFormat& format, idx_t index,
                   std::string& text) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      text += value_at<bool>(format, index) ? "true" : "false";
      return;
    case LogicalTypeId::TINYINT:
      return append_integer(value_at<std::int8_t>(format, index), text);
    case LogicalTypeId::SMALLINT:
      return append_integer(value_at<std::int16_t>(format, index), text);
    case LogicalTypeId::INTEGER:
      return append_integer(value_at<std::int32_t>(format, index), text);
    case LogicalTypeId::BIGINT:
      return append_integer(value_at<std::int64_t>(format, index), text);
    case LogicalTypeId::UTINYINT:
      return append_integer(value_at<std::uint8_t>(format, index), text);
    case LogicalTypeId::USMALLINT:
      return append_integer(value_at<std::uint16_t>(format, index), text);
    case LogicalTypeId::UINTEGER:
      return append_integer(value_at<std::uint32_t>(format, index), text);
    case LogicalTypeId::UBIGINT:
      text += std::to_string(value_at<std::uint64_t>(format, index));
      return;
    case LogicalTypeId::HUGEINT:
      text += value_at<::duckdb::hugeint_t>(format, index).ToString();
      return;
    case LogicalTypeId::FLOAT:
      text += real_text(value_at<float>(format, index));
      return;
    case LogicalTypeId::DOUBLE:
      text += double_text(value_at<double>(format, index));
      return;
    case LogicalTypeId::DECIMAL:
      return append_decimal(type, format, index, text);
    case LogicalTypeId::VARCHAR: {
      const auto& value = reinterpret_cast<const ::duckdb::string_t*>(format.data)[index];
      text.append(value.GetData(), value.GetSize());
      return;
    }
    case LogicalTypeId::BLOB:
      return append_blob(reinterpret_cast<const ::duckdb::string_t*>(format.data)[index], text);
    case LogicalTypeId::DATE:
      return append_date(value_at<std::int32_t>(format, index), text);
    case LogicalTypeId::TIME:
      return append_time(value_at<std::int64_t>(format, index), 3, text);
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return append_timestamp(timestamp_micros(type, value_at<std::int64_t>(format, index)), 3, text);
    case LogicalTypeId::TIMESTAMP_TZ: {
      const auto micros = value_at<std::int64_t>(format, index);
      append_timestamp(micros + zone->offset_at_instant(micros), 3, text);
      text += ' ';
      text += zone->name();
      return;
    }
    case LogicalTypeId::INTERVAL:
      return append_interval(type, value_at<::duckdb::interval_t>(format, index), text);
    case LogicalTypeId::UUID:
      text += ::duckdb::UUID::ToString(value_at<::duckdb::hugeint_t>(format, index));
      return;
    default:
      throw ::duckdb::NotImplementedException("NOT_SUPPORTED: values of type " + type.ToString() + " in a result");
  }
}

// The rows of a map in the order in which Athena shows them: by key, numbers by their value.
std::vector<idx_t> sorted_keys(const LogicalType& type, const RecursiveUnifiedVectorFormat& keys, idx_t first,
                               idx_t count, const std::vector<std::string>& texts) {
  std::vector<idx_t> order(count);
  std::iota(order.begin(), order.end(), idx_t{0});
  const auto number = [&](idx_t i) {
    const idx_t index = keys.unified.sel->get_index(first + i);
    switch (type.InternalType()) {
      case ::duckdb::PhysicalType::INT8:
        return static_cast<double>(value_at<std::int8_t>(keys.unified, index));
      case ::duckdb::PhysicalType::INT16:
        return static_cast<double>(value_at<std::int16_t>(keys.unified, index));
      case ::duckdb::PhysicalType::INT32:
        return static_cast<double>(value_at<std::int32_t>(keys.unified, index));
      case ::duckdb::PhysicalType::INT64:
        return static_cast<double>(value_at<std::int64_t>(keys.unified, index));
      case ::duckdb::PhysicalType::FLOAT:
        return static_cast<double>(value_at<float>(keys.unified, index));
      default:
        return value_at<double>(keys.unified, index);
    }
  };
  if (type.IsNumeric() && type.InternalType() != ::duckdb::PhysicalType::INT128) {
    std::sort(order.begin(), order.end(), [&](idx_t a, idx_t b) { return number(a) < number(b); });
  } else {
    std::sort(order.begin(), order.end(), [&](idx_t a, idx_t b) { return texts[a] < texts[b]; });
  }
  return order;
}

}  // namespace

bool ValueText::append_node(const Node& node, const RecursiveUnifiedVectorFormat& values, idx_t row,
                            std::string& text) {
  const idx_t index = values.unified.sel->get_index(row);
  if (!values.unified.validity.RowIsValid(index)) return false;
  const auto append_or_null = [&](const Node& child, const RecursiveUnifiedVectorFormat& from, idx_t at) {
    if (!append_node(child, from, at, text)) text += "null";
  };

  switch (node.type.kind) {
    case TypeKind::array: {
      idx_t first = 0, count = 0;
      if (node.logical.id() == LogicalTypeId::ARRAY) {
        count = ::duckdb::ArrayType::GetSize(node.logical);
        first = index * count;
      } else {
        const auto entry = value_at<::duckdb::list_entry_t>(values.unified, index);
        first = entry.offset, count = entry.length;
      }
      text += '[';
      for (idx_t i = 0; i < count; ++i) {
        if (i) text += ", ";
        append_or_null(node.children[0], values.children[0], first + i);
      }
      text += ']';
      return true;
    }
    case TypeKind::map: {
      const auto entry = value_at<::duckdb::list_entry_t>(values.unified, index);
      const auto& entries = values.children[0];
      std::vector<std::string> keys(entry.length);
      for (idx_t i = 0; i < entry.length; ++i) {
        append_node(node.children[0], entries.children[0], entry.offset + i, keys[i]);
      }
      text += '{';
      bool first = true;
      for (const idx_t i :
           sorted_keys(node.children[0].logical, entries.children[0], entry.offset, entry.length, keys)) {
        if (!std::exchange(first, false)) text += ", ";
        text += keys[i] + "=";
        append_or_null(node.children[1], entries.children[1], entry.offset + i);
      }
      text += '}';
      return true;
    }
    case TypeKind::row:
      text += '{';
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (i) text += ", ";
        const std::string& name = node.type.fields[i].name;
        if (!name.empty()) text += name + "=";
        append_or_null(node.children[i], values.children[i], index);
      }
      text += '}';
      return true;
    case TypeKind::unknown:
      if (node.logical.id() == LogicalTypeId::SQLNULL) return false;
      [[fallthrough]];
    default:
      append_scalar(node.logical, node.zone.get(), values.unified, index, text);
      return true;
  }
}

}  // namespace tarn::duck
