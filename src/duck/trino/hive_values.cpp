#include "duck/trino/hive_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/encoding.h"
#include "duck/trino/casts.h"
#include "duck/trino/kernels.h"
#include "duck/trino/text_cursor.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::LogicalType;

constexpr std::int64_t micros_per_day = 86'400'000'000;

bool take_days(std::string_view& text, std::int64_t& days) {
  const bool negative = take(text, '-');
  std::int64_t year, month, day;
  if (!take_digits(text, 6, year) || !take(text, '-') || !take_digits(text, 2, month) || !take(text, '-') ||
      !take_digits(text, 2, day)) {
    return false;
  }
  if (negative) year = -year;
  // Java's lenient calendar: month 13 is January, day 0 the last of the month before.
  std::int64_t months = year * 12 + month - 1;
  year = months >= 0 ? months / 12 : -((-months + 11) / 12);
  ::duckdb::date_t first;
  if (!::duckdb::Date::TryFromDate(static_cast<std::int32_t>(year), static_cast<std::int32_t>(months - year * 12 + 1),
                                   1, first)) {
    return false;
  }
  days = first.days + day - 1;
  return true;
}

std::size_t prefix_bytes(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && characters-- == 0) break;
  }
  return at;
}

}  // namespace

std::optional<std::int64_t> hive_integer(std::string_view text, bool with_fraction) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  if (with_fraction) {
    const auto point = text.find('.');
    if (point != text.npos) {
      if (!std::ranges::all_of(text.substr(point + 1), is_digit)) return std::nullopt;
      text = text.substr(0, point);
      if (text.empty()) return 0;
    }
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (negative) {
    if (value > most + 1) return std::nullopt;
    return static_cast<std::int64_t>(~value + 1);
  }
  if (value > most) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<double> hive_double(std::string_view text) {
  text = trimmed(text);
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const auto with_sign = [negative](double value) { return negative ? -value : value; };
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return with_sign(std::numeric_limits<double>::infinity());
  if (!text.empty() && std::string_view("dDfF").find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  if (text.empty() || !(is_digit(text.front()) || text.front() == '.')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return with_sign(std::strtod(std::string(text).c_str(), nullptr));
  if (error != std::errc{}) return std::nullopt;
  return with_sign(value);
}

std::optional<Int128> hive_decimal(std::string_view text, int precision, int scale) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  std::string digits;
  std::int64_t exponent = 0;
  bool any = false, point = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !point) {
      point = true;
    } else if (is_digit(text[at])) {
      any = true;
      if (!digits.empty() || text[at] != '0') digits += text[at];
      if (point) --exponent;
    } else {
      break;
    }
  }
  if (!any) return std::nullopt;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    const auto power = hive_integer(text.substr(at + 1), false);
    if (!power || std::abs(*power) > 100'000) return std::nullopt;
    exponent += *power;
  }
  // The value is digits * 10^exponent; kept are the digits down to 10^-scale.
  const std::int64_t kept = static_cast<std::int64_t>(digits.size()) + exponent + scale;
  Int128 value = 0;
  if (kept > precision && !digits.empty()) return std::nullopt;
  for (std::int64_t i = 0; i < kept; ++i) {
    value = value * 10 + (i < static_cast<std::int64_t>(digits.size()) ? digits[static_cast<std::size_t>(i)] - '0' : 0);
  }
  const bool up =
      kept >= 0 && kept < static_cast<std::int64_t>(digits.size()) && digits[static_cast<std::size_t>(kept)] >= '5';
  if (up) ++value;
  if (value >= power_of_ten(precision)) return std::nullopt;
  return negative ? -value : value;
}

std::optional<std::int32_t> hive_date(std::string_view text) {
  text = trimmed(text);
  text = text.substr(0, text.find(' '));
  std::int64_t days;
  if (!take_days(text, days) || !text.empty()) return std::nullopt;
  return static_cast<std::int32_t>(days);
}

HiveTimestamps::HiveTimestamps(std::string_view formats) {
  std::string pattern;
  const auto add = [&] {
    if (equal_ignoring_case(pattern, "millis")) {
      millis_ = true;
    } else if (!pattern.empty()) {
      patterns_.push_back(joda_reader(pattern));
    }
    pattern.clear();
  };
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (formats[i] == '\\' && i + 1 < formats.size()) {
      pattern += formats[++i];
    } else if (formats[i] == ',') {
      add();
    } else {
      pattern += formats[i];
    }
  }
  add();
}

std::optional<std::int64_t> HiveTimestamps::read(std::string_view text) const {
  text = trimmed(text);
  for (const auto& pattern : patterns_) {
    if (const auto micros = pattern(text)) return round_micros(*micros, 3);
  }
  if (millis_) {
    if (const auto value = hive_integer(text, true); value && std::abs(*value) < std::int64_t{1} << 50) {
      return *value * 1'000;
    }
  }
  std::int64_t days, hour = 0, minute = 0, second = 0, fraction = 0;
  if (!take_days(text, days)) return std::nullopt;
  if (take(text, ' ') || take(text, 'T')) {
    if (!take_digits(text, 2, hour) || !take(text, ':') || !take_digits(text, 2, minute)) return std::nullopt;
    if (take(text, ':')) {
      if (!take_digits(text, 2, second)) return std::nullopt;
      if (take(text, '.')) {
        const std::size_t before = text.size();
        if (!take_digits(text, 9, fraction)) return std::nullopt;
        for (std::size_t length = before - text.size(); length < 9; ++length) fraction *= 10;
      }
    }
  }
  if (!text.empty()) return std::nullopt;
  const std::int64_t clock = ((hour * 60 + minute) * 60 + second) * 1'000'000 + (fraction + 500) / 1'000;
  return round_micros(days * micros_per_day + clock, 3);
}

std::optional<std::string> hive_binary(std::string_view text) {
  return from_base64(text);
}

LogicalType engine_type(const Type& type, bool top) {
  const auto sized = [&](const char* name) {
    LogicalType result = LogicalType::VARCHAR;
    if (top && type.length > 0) result.SetAlias(std::string(name) + "(" + std::to_string(type.length) + ")");
    return result;
  };
  switch (type.kind) {
    case TypeKind::boolean:
      return LogicalType::BOOLEAN;
    case TypeKind::tinyint:
      return LogicalType::TINYINT;
    case TypeKind::smallint:
      return LogicalType::SMALLINT;
    case TypeKind::integer:
      return LogicalType::INTEGER;
    case TypeKind::bigint:
      return LogicalType::BIGINT;
    case TypeKind::real:
      return LogicalType::FLOAT;
    case TypeKind::double_precision:
      return LogicalType::DOUBLE;
    case TypeKind::decimal:
      return LogicalType::DECIMAL(static_cast<std::uint8_t>(type.precision), static_cast<std::uint8_t>(type.scale));
    case TypeKind::character:
      return sized("char");
    case TypeKind::varchar:
      return sized("varchar");
    case TypeKind::varbinary:
      return LogicalType::BLOB;
    case TypeKind::date:
      return LogicalType::DATE;
    case TypeKind::timestamp:
      return LogicalType::TIMESTAMP;
    case TypeKind::array:
      return LogicalType::LIST(engine_type(type.fields.at(0).type, false));
    case TypeKind::map:
      return LogicalType::MAP(engine_type(type.fields.at(0).type, false), engine_type(type.fields.at(1).type, false));
    case TypeKind::row: {
      ::duckdb::child_list_t<LogicalType> fields;
      for (const auto& field : type.fields) fields.emplace_back(field.name, engine_type(field.type, false));
      return LogicalType::STRUCT(std::move(fields));
    }
    default:
      throw ::duckdb::BinderException("NOT_SUPPORTED: columns of type " + trino_name(type) + " in text");
  }
}

void store_text(const Type& type, std::string_view text, ::duckdb::Vector& out, ::duckdb::idx_t row) {
  const auto length = static_cast<std::size_t>(type.length);
  // No text of so few bytes is too long.
  if (length > 0 && text.size() > length) text = text.substr(0, prefix_bytes(text, length));
  if (type.kind != TypeKind::character || length == 0) return detail::store(out, row, text);
  std::string padded(text);
  const auto count = static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  padded.append(length - std::min(count, length), ' ');
  detail::store(out, row, padded);
}

void store_double(const Type& type, double value, ::duckdb::Vector& out, ::duckdb::idx_t row) {
  if (type.kind == TypeKind::real) {
    ::duckdb::FlatVector::GetData<float>(out)[row] = static_cast<float>(value);
  } else {
    ::duckdb::FlatVector::GetData<double>(out)[row] = value;
  }
}

bool store_integer(const Type& type, std::int64_t value, ::duckdb::Vector& out, ::duckdb::idx_t row) {
  const auto put = [&](auto sample) {
    using T = decltype(sample);
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) return false;
    ::duckdb::FlatVector::GetData<T>(out)[row] = static_cast<T>(value);
    return true;
  };
  switch (type.kind) {
    case TypeKind::tinyint:
      return put(std::int8_t{});
    case TypeKind::smallint:
      return put(std::int16_t{});
    case TypeKind::integer:
      return put(std::int32_t{});
    default:
      return put(std::int64_t{});
  }
}

}  // namespace tarn::duck
