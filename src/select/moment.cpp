#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "base/encoding.h"
#include "select/errors.h"
#include "select/value.h"

namespace tarn::select {
namespace {

using namespace std::chrono;

constexpr std::int64_t second_micros = 1'000'000;
constexpr std::int64_t minute_micros = 60 * second_micros;
constexpr std::int64_t day_micros = 86'400 * second_micros;
// Years 1 to 9999.
constexpr std::int64_t least_micros = -62'135'596'800 * second_micros;
constexpr std::int64_t most_micros = 253'402'300'799 * second_micros + 999'999;

[[noreturn]] void refuse_range() {
  throw Error(errors::value_parse_failure,
              "Time stamp parse failure in the SQL expression: the year is not 1 to 9999.");
}

// A moment taken apart, in its own offset.
struct Fields {
  int year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
};

Fields fields_of(const Moment& moment) {
  const std::int64_t local = moment.micros + moment.offset.value_or(0) * minute_micros;
  const sys_days days = floor<std::chrono::days>(sys_time<microseconds>(microseconds(local)));
  const year_month_day date(days);
  const std::int64_t rest = local - days.time_since_epoch().count() * day_micros;
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day()),
          .hour = static_cast<int>(rest / (60 * minute_micros)),
          .minute = static_cast<int>(rest / minute_micros % 60),
          .second = static_cast<int>(rest / second_micros % 60),
          .micros = static_cast<int>(rest % second_micros)};
}

std::int64_t micros_of(const Fields& f, int offset_minutes) {
  const sys_days days{std::chrono::year(f.year) / std::chrono::month(f.month) / std::chrono::day(f.day)};
  return days.time_since_epoch().count() * day_micros + ((f.hour * 60 + f.minute) * 60 + f.second) * second_micros +
         f.micros - offset_minutes * minute_micros;
}

// Takes exactly `count` digits from the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  int value = 0;
  if (text.size() < count) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + count, value);
  if (error != std::errc() || end != text.data() + count || text.front() == '-') return std::nullopt;
  text.remove_prefix(count);
  return value;
}
bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool take_offset(std::string_view& text, Moment& moment) {
  if (take(text, 'Z')) {
    moment.offset = 0;
    return text.empty();
  }
  const bool minus = text.starts_with('-');
  if (!minus && !text.starts_with('+')) return false;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) return false;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59 || !text.empty()) return false;
  const int offset = *hours * 60 + *minutes;
  if (minus && offset == 0) return true;  // Unknown.
  moment.offset = minus ? -offset : offset;
  return true;
}

bool take_time(std::string_view& text, Fields& f, Moment& moment) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return false;
  const auto minute = take_digits(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return false;
  f.hour = *hour;
  f.minute = *minute;
  moment.precision = Moment::Precision::minute;
  if (take(text, ':')) {
    const auto second = take_digits(text, 2);
    if (!second || *second > 59) return false;
    f.second = *second;
    moment.precision = Moment::Precision::second;
    if (take(text, '.')) {
      int unit = 100'000;
      while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        f.micros += (text.front() - '0') * unit;
        unit /= 10;
        if (moment.fraction_digits < 6) ++moment.fraction_digits;
        text.remove_prefix(1);
      }
      if (moment.fraction_digits == 0) return false;
    }
  }
  return take_offset(text, moment);
}

constexpr std::array<std::string_view, 12> month_names{"January",   "February", "March",    "April",
                                                       "May",       "June",     "July",     "August",
                                                       "September", "October",  "November", "December"};

std::string padded(int value, std::size_t width) {
  std::string text = std::to_string(value);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

std::string offset_text(const Moment& moment, bool colon, bool z_for_zero, bool minutes = true) {
  if (!moment.offset) return colon ? "-00:00" : minutes ? "-0000" : "-00";
  const int offset = *moment.offset;
  if (offset == 0 && z_for_zero) return "Z";
  const int size = offset < 0 ? -offset : offset;
  std::string text = (offset < 0 ? "-" : "+") + padded(size / 60, 2);
  if (!minutes && size % 60 == 0) return text;
  return text + (colon ? ":" : "") + padded(size % 60, 2);
}

// One run of a pattern's letter.
std::string format_symbol(char symbol, std::size_t count, const Fields& f, const Moment& moment) {
  const auto number = [&](int value) -> std::optional<std::string> {
    return count <= 2 ? std::optional(padded(value, count)) : std::nullopt;
  };
  std::optional<std::string> text;
  switch (symbol) {
    case 'y':
      if (count == 1) text = std::to_string(f.year);
      if (count == 2) text = padded(f.year % 100, 2);
      if (count == 4) text = padded(f.year, 4);
      break;
    case 'M':
      if (count <= 2) text = padded(static_cast<int>(f.month), count);
      if (count == 3) text = month_names.at(f.month - 1).substr(0, 3);
      if (count == 4) text = month_names.at(f.month - 1);
      if (count == 5) text = month_names.at(f.month - 1).substr(0, 1);
      break;
    case 'd':
      text = number(static_cast<int>(f.day));
      break;
    case 'a':
      if (count == 1) text = f.hour < 12 ? "AM" : "PM";
      break;
    case 'h':
      text = number(f.hour % 12 == 0 ? 12 : f.hour % 12);
      break;
    case 'H':
      text = number(f.hour);
      break;
    case 'm':
      text = number(f.minute);
      break;
    case 's':
      text = number(f.second);
      break;
    case 'S':
      if (count <= 9) text = (padded(f.micros, 6) + "000").substr(0, count);
      break;
    case 'n':
      text = std::to_string(f.micros * 1000);
      break;
    case 'X':
    case 'x':
      if (count == 1) text = offset_text(moment, false, symbol == 'X', false);
      if (count == 2 || count == 4) text = offset_text(moment, false, symbol == 'X');
      if (count == 3 || count == 5) text = offset_text(moment, true, symbol == 'X');
      break;
    default:
      break;
  }
  if (!text) {
    throw Error(errors::evaluator_invalid_timestamp_symbol,
                "The time stamp format pattern contains a symbol that is not valid: " + std::string(count, symbol));
  }
  return *text;
}

}  // namespace

std::optional<Moment> parse_moment(std::string_view text) {
  Moment moment{.precision = Moment::Precision::year};
  Fields f;
  const auto year = take_digits(text, 4);
  if (!year || *year == 0) return std::nullopt;
  f.year = *year;
  if (take(text, '-')) {
    const auto month = take_digits(text, 2);
    if (!month || *month < 1 || *month > 12) return std::nullopt;
    f.month = static_cast<unsigned>(*month);
    moment.precision = Moment::Precision::month;
    if (take(text, '-')) {
      const auto day = take_digits(text, 2);
      if (!day) return std::nullopt;
      f.day = static_cast<unsigned>(*day);
      moment.precision = Moment::Precision::day;
      if (text.empty()) text = "T";  // A date may stand without it.
    }
  }
  if (!(std::chrono::year(f.year) / std::chrono::month(f.month) / std::chrono::day(f.day)).ok()) return std::nullopt;
  if (!take(text, 'T')) return std::nullopt;
  if (!text.empty() && (moment.precision != Moment::Precision::day || !take_time(text, f, moment))) return std::nullopt;
  moment.micros = micros_of(f, moment.offset.value_or(0));
  if (moment.micros < least_micros || moment.micros > most_micros) return std::nullopt;
  return moment;
}

std::string moment_text(const Moment& moment) {
  const Fields f = fields_of(moment);
  std::string text = padded(f.year, 4);
  if (moment.precision >= Moment::Precision::month) text += "-" + padded(static_cast<int>(f.month), 2);
  if (moment.precision >= Moment::Precision::day) text += "-" + padded(static_cast<int>(f.day), 2);
  text += "T";
  if (moment.precision < Moment::Precision::minute) return text;
  text += padded(f.hour, 2) + ":" + padded(f.minute, 2);
  if (moment.precision == Moment::Precision::second) {
    text += ":" + padded(f.second, 2);
    if (moment.fraction_digits > 0) {
      text += "." + padded(f.micros, 6).substr(0, static_cast<std::size_t>(moment.fraction_digits));
    }
  }
  return text + offset_text(moment, true, true);
}

std::optional<DatePart> parse_date_part(std::string_view name) {
  static constexpr std::array<std::string_view, 8> names{"year",   "month",  "day",           "hour",
                                                         "minute", "second", "timezone_hour", "timezone_minute"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (equal_ignoring_case(name, names[i])) return static_cast<DatePart>(i);
  }
  return std::nullopt;
}

Moment date_add(DatePart part, std::int64_t count, const Moment& moment) {
  Moment sum = moment;
  if (count > 10'000'000'000'000 || count < -10'000'000'000'000) refuse_range();
  if (part == DatePart::year || part == DatePart::month) {
    Fields f = fields_of(moment);
    const std::int64_t months = (f.year * 12LL + f.month - 1) + count * (part == DatePart::year ? 12 : 1);
    if (months < 12 || months >= 10'000 * 12) refuse_range();
    f.year = static_cast<int>(months / 12);
    f.month = static_cast<unsigned>(months % 12 + 1);
    const auto last = year_month_day_last(std::chrono::year(f.year), month_day_last(std::chrono::month(f.month)));
    f.day = std::min(f.day, static_cast<unsigned>(last.day()));
    sum.micros = micros_of(f, moment.offset.value_or(0));
    if (part == DatePart::month) sum.precision = std::max(sum.precision, Moment::Precision::month);
  } else {
    const std::int64_t unit = part == DatePart::day      ? day_micros
                              : part == DatePart::hour   ? 60 * minute_micros
                              : part == DatePart::minute ? minute_micros
                                                         : second_micros;
    std::int64_t by = 0;
    if (__builtin_mul_overflow(count, unit, &by) || __builtin_add_overflow(moment.micros, by, &sum.micros)) {
      refuse_range();
    }
    const auto needed = part == DatePart::day      ? Moment::Precision::day
                        : part == DatePart::second ? Moment::Precision::second
                                                   : Moment::Precision::minute;
    sum.precision = std::max(sum.precision, needed);
  }
  if (sum.micros < least_micros || sum.micros > most_micros) refuse_range();
  return sum;
}

std::int64_t date_diff(DatePart part, const Moment& from, const Moment& to) {
  if (part == DatePart::year || part == DatePart::month) {
    const Moment a{.micros = from.micros}, b{.micros = to.micros};
    const Fields f = fields_of(a), t = fields_of(b);
    std::int64_t months = (t.year - f.year) * 12LL + static_cast<int>(t.month) - static_cast<int>(f.month);
    const auto rest = [](const Fields& each) {
      return ((each.day * 24LL + each.hour) * 60 + each.minute) * minute_micros + each.second * second_micros +
             each.micros;
    };
    if (months > 0 && rest(t) < rest(f)) --months;
    if (months < 0 && rest(t) > rest(f)) ++months;
    return part == DatePart::year ? months / 12 : months;
  }
  const std::int64_t unit = part == DatePart::day      ? day_micros
                            : part == DatePart::hour   ? 60 * minute_micros
                            : part == DatePart::minute ? minute_micros
                                                       : second_micros;
  return (to.micros - from.micros) / unit;
}

Value extract(DatePart part, const Moment& moment) {
  const Fields f = fields_of(moment);
  switch (part) {
    case DatePart::year:
      return std::int64_t{f.year};
    case DatePart::month:
      return static_cast<std::int64_t>(f.month);
    case DatePart::day:
      return static_cast<std::int64_t>(f.day);
    case DatePart::hour:
      return std::int64_t{f.hour};
    case DatePart::minute:
      return std::int64_t{f.minute};
    case DatePart::second:
      if (f.micros != 0) return Decimal{.unscaled = f.second * second_micros + f.micros, .scale = 6};
      return std::int64_t{f.second};
    case DatePart::timezone_hour:
      return std::int64_t{moment.offset.value_or(0) / 60};
    case DatePart::timezone_minute:
      return std::int64_t{moment.offset.value_or(0) % 60};
  }
  std::unreachable();
}

std::string format_moment(const Moment& moment, std::string_view pattern) {
  const Fields f = fields_of(moment);
  std::string text;
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '\'') {
      const std::size_t end = pattern.find('\'', i + 1);
      if (end == std::string_view::npos) {
        throw Error(errors::evaluator_unterminated_token,
                    "The time stamp format pattern contains an unterminated token in the SQL expression.");
      }
      text += end == i + 1 ? "'" : std::string(pattern.substr(i + 1, end - i - 1));
      i = end + 1;
      continue;
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter) {
      text += c;
      ++i;
      continue;
    }
    std::size_t count = 1;
    while (i + count < pattern.size() && pattern[i + count] == c) ++count;
    text += format_symbol(c, count, f, moment);
    i += count;
  }
  return text;
}

}  // namespace tarn::select
