// Text to numbers, dates and times, as strictly as Trino reads them.
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/encoding.h"
#include "duck/engine.h"
#include "duck/trino/casts.h"
#include "duck/trino/text_cursor.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

constexpr std::int64_t micros_per_day = 86'400'000'000;

bool take_date(std::string_view& text, std::int64_t& days) {
  const bool negative = take(text, '-');
  if (!negative) take(text, '+');
  std::int64_t year, month, day;
  const std::size_t before = text.size();
  if (!take_digits(text, 6, year) || before - text.size() < 4) return false;
  if (!take(text, '-') || !take_digits(text, 2, month) || !take(text, '-') || !take_digits(text, 2, day)) return false;
  if (negative) year = -year;
  ::duckdb::date_t date;
  if (!::duckdb::Date::TryFromDate(static_cast<std::int32_t>(year), static_cast<std::int32_t>(month),
                                   static_cast<std::int32_t>(day), date)) {
    return false;
  }
  days = date.days;
  return true;
}

// hh:mm[:ss[.fraction]], in microseconds, the fraction rounded to `digits`.
bool take_clock(std::string_view& text, int digits, std::int64_t& micros) {
  std::int64_t hour, minute, second = 0, nanos = 0;
  if (!take_digits(text, 2, hour) || !take(text, ':') || !take_digits(text, 2, minute)) return false;
  if (take(text, ':')) {
    if (!take_digits(text, 2, second)) return false;
    if (take(text, '.')) {
      std::int64_t unit = 100'000'000;
      std::size_t length = 0;
      for (; length < text.size() && text[length] >= '0' && text[length] <= '9'; ++length, unit /= 10) {
        nanos += (text[length] - '0') * unit;
      }
      if (length == 0 || length > 12) return false;
      text.remove_prefix(length);
    }
  }
  if (hour > 23 || minute > 59 || second > 59) return false;
  micros = round_micros((hour * 3600 + minute * 60 + second) * 1'000'000 + (nanos + 500) / 1'000, digits);
  return true;
}

bool take_timestamp(std::string_view& text, int digits, std::int64_t& micros, char separator = ' ') {
  std::int64_t days, clock = 0;
  if (!take_date(text, days)) return false;
  if (text.size() > 1 && text.front() == separator && text[1] >= '0' && text[1] <= '9') {
    text.remove_prefix(1);
    if (!take_clock(text, digits, clock)) return false;
  }
  micros = days * micros_per_day + clock;
  return true;
}

[[noreturn]] void fail(std::string_view text, const char* type) {
  throw_invalid_cast("Value cannot be cast to " + std::string(type) + ": " + std::string(text));
}

}  // namespace

std::int64_t round_micros(std::int64_t micros, int digits) {
  if (digits >= 6) return micros;
  std::int64_t unit = 1;
  for (int i = digits; i < 6; ++i) unit *= 10;
  const std::int64_t rest = (micros % unit + unit) % unit;
  return micros - rest + (rest * 2 >= unit ? unit : 0);
}

std::int64_t parse_bigint(std::string_view text, std::int64_t least, std::int64_t most, const char* type) {
  std::string_view digits = text;
  if (digits.size() > 1 && digits.front() == '+' && digits[1] != '-') digits.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < least || value > most) {
    throw_invalid_cast("Cannot cast '" + std::string(text) + "' to " + type);
  }
  return value;
}

double parse_double(std::string_view text) {
  std::string_view digits = trimmed(text);
  const bool negative = take(digits, '-');
  if (!negative) take(digits, '+');
  double value = 0;
  if (digits == "Infinity") {
    value = HUGE_VAL;
  } else if (digits == "NaN") {
    value = std::nan("");
  } else {
    // Java also takes a type letter at the end.
    if (digits.size() > 1 && std::string_view("dDfF").find(digits.back()) != std::string_view::npos) {
      digits.remove_suffix(1);
    }
    const bool plain =
        !digits.empty() && (std::isdigit(static_cast<unsigned char>(digits.front())) || digits.front() == '.');
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool all = end == digits.data() + digits.size();
    if (plain && all && error == std::errc::result_out_of_range) {
      value = std::strtod(std::string(digits).c_str(), nullptr);
    } else if (!plain || !all || error != std::errc{}) {
      throw_invalid_cast("Cannot cast '" + std::string(text) + "' to DOUBLE");
    }
  }
  return negative ? -value : value;
}

bool parse_boolean(std::string_view text) {
  const std::string lower = to_lower(text);
  if (lower == "t" || lower == "true" || lower == "1") return true;
  if (lower == "f" || lower == "false" || lower == "0") return false;
  throw_invalid_cast("Cannot cast '" + std::string(text) + "' to BOOLEAN");
}

std::int32_t parse_date(std::string_view text) {
  std::string_view rest = trimmed(text);
  std::int64_t days;
  if (!take_date(rest, days) || !rest.empty()) fail(text, "date");
  return static_cast<std::int32_t>(days);
}

std::int64_t parse_timestamp(std::string_view text, int digits) {
  std::string_view rest = trimmed(text);
  std::int64_t micros;
  if (!take_timestamp(rest, digits, micros) || !rest.empty()) fail(text, "timestamp");
  return micros;
}

std::int64_t parse_zoned(std::string_view text, int digits, std::string& zone, char separator) {
  std::string_view rest = trimmed(text);
  std::int64_t micros;
  if (!take_timestamp(rest, digits, micros, separator)) fail(text, "timestamp");
  rest = trimmed(rest);
  if (rest.empty()) return micros;
  const auto found = Zone::find(std::string(rest));
  zone = is_utc(found->name()) ? "UTC" : found->name();
  return micros - found->offset_at_clock(micros);
}

bool is_utc(std::string_view zone) {
  for (const std::string_view name : {"UTC", "Z", "GMT", "UT", "+00:00", "-00:00", "Etc/UTC", "Etc/GMT", "Zulu"}) {
    if (equal_ignoring_case(zone, name)) return true;
  }
  return zone.empty();
}

void refuse_other_zone(std::string_view zone) {
  if (is_utc(zone)) return;
  throw ::duckdb::NotImplementedException("NOT_SUPPORTED: a timestamp of zone " + std::string(zone) +
                                          " in a column: only constants may have other zones than UTC");
}

std::int64_t parse_time(std::string_view text) {
  std::string_view rest = trimmed(text);
  std::int64_t micros;
  if (!take_clock(rest, 6, micros) || !rest.empty()) fail(text, "time");
  return micros;
}

std::int64_t round_to_integer(double value, std::int64_t least, std::int64_t most, const char* type) {
  if (std::isnan(value)) throw_invalid_cast(std::string("Cannot cast double NaN to ") + type);
  const double rounded = std::round(value);
  // 2^63 itself is the first double beyond bigint.
  if (rounded < static_cast<double>(least) || rounded > static_cast<double>(most) || rounded >= 9223372036854775808.0) {
    throw_invalid_cast(most == INT64_MAX ? "Unable to cast " + double_text(value) + " to " + type
                                         : std::string("Out of range for ") + type + ": " + double_text(value));
  }
  return static_cast<std::int64_t>(rounded);
}

}  // namespace tarn::duck
