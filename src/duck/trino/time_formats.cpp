// date_format and date_parse (MySQL's codes), format_datetime and parse_datetime (Joda's).
//
// Both dialects compile to one list of items, which printing and parsing walk.
#include <array>
#include <vector>

#include "base/encoding.h"
#include "duck/trino/casts.h"
#include "duck/trino/hive_values.h"
#include "duck/trino/kernels.h"
#include "duck/trino/registry.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;

enum class What {
  literal,
  year,
  short_year,
  month,
  month_name,
  short_month_name,
  day,
  day_of_year,
  week,
  week_year,
  day_of_week,
  day_name,
  short_day_name,
  hour,
  clock_hour,
  half_hour,
  clock_half_hour,
  minute,
  second,
  fraction,
  half_day,
  zone_offset,
  zone_name,
};

struct Item {
  What what;
  int width = 1;     // Digits at least; for zone_offset, 2 has a colon.
  std::string text;  // Of a literal.
};
using Items = std::vector<Item>;

constexpr std::array month_names = {"January", "February", "March",     "April",   "May",      "June",
                                    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array day_names = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

void add_literal(Items& items, char c) {
  if (items.empty() || items.back().what != What::literal) items.push_back({.what = What::literal, .text = {}});
  items.back().text += c;
}

Items compile_mysql(Text format) {
  Items items;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      add_literal(items, format[i]);
      continue;
    }
    const char code = format[++i];
    const auto add = [&](What what, int width = 1) { items.push_back({.what = what, .width = width, .text = {}}); };
    switch (code) {
      case 'a':
        add(What::short_day_name);
        break;
      case 'b':
        add(What::short_month_name);
        break;
      case 'c':
        add(What::month);
        break;
      case 'd':
        add(What::day, 2);
        break;
      case 'e':
        add(What::day);
        break;
      case 'f':
        add(What::fraction, 6);
        break;
      case 'H':
        add(What::hour, 2);
        break;
      case 'h':
      case 'I':
        add(What::clock_half_hour, 2);
        break;
      case 'i':
        add(What::minute, 2);
        break;
      case 'j':
        add(What::day_of_year, 3);
        break;
      case 'k':
        add(What::hour);
        break;
      case 'l':
        add(What::clock_half_hour);
        break;
      case 'M':
        add(What::month_name);
        break;
      case 'm':
        add(What::month, 2);
        break;
      case 'p':
        add(What::half_day);
        break;
      case 'r':
        add(What::clock_half_hour, 2), add_literal(items, ':'), add(What::minute, 2), add_literal(items, ':');
        add(What::second, 2), add_literal(items, ' '), add(What::half_day);
        break;
      case 'S':
      case 's':
        add(What::second, 2);
        break;
      case 'T':
        add(What::hour, 2), add_literal(items, ':'), add(What::minute, 2), add_literal(items, ':');
        add(What::second, 2);
        break;
      case 'v':
        add(What::week, 2);
        break;
      case 'x':
        add(What::week_year, 4);
        break;
      case 'W':
        add(What::day_name);
        break;
      case 'Y':
        add(What::year, 4);
        break;
      case 'y':
        add(What::short_year, 2);
        break;
      case 'w':
      case 'U':
      case 'u':
      case 'V':
      case 'X':
      case 'D':
        throw_invalid_argument("%" + std::string(1, code) + " not supported in date format string");
      default:
        add_literal(items, code);
    }
  }
  return items;
}

Items compile_joda(Text format) {
  Items items;
  for (std::size_t i = 0; i < format.size();) {
    const char c = format[i];
    if (c == '\'') {
      const std::size_t end = format.find('\'', i + 1);
      if (end == format.npos) throw_invalid_argument("Invalid format: unterminated quote in " + std::string(format));
      if (end == i + 1) add_literal(items, '\'');
      for (std::size_t at = i + 1; at < end; ++at) add_literal(items, format[at]);
      i = end + 1;
      continue;
    }
    if (!std::isalpha(static_cast<unsigned char>(c))) {
      add_literal(items, c);
      ++i;
      continue;
    }
    int width = 0;
    while (i < format.size() && format[i] == c) ++i, ++width;
    const auto add = [&](What what) { items.push_back({.what = what, .width = width, .text = {}}); };
    switch (c) {
      case 'y':
      case 'Y':
        add(width == 2 ? What::short_year : What::year);
        break;
      case 'x':
        add(What::week_year);
        break;
      case 'M':
        add(width >= 4 ? What::month_name : width == 3 ? What::short_month_name : What::month);
        break;
      case 'd':
        add(What::day);
        break;
      case 'D':
        add(What::day_of_year);
        break;
      case 'w':
        add(What::week);
        break;
      case 'e':
        add(What::day_of_week);
        break;
      case 'E':
        add(width >= 4 ? What::day_name : What::short_day_name);
        break;
      case 'H':
        add(What::hour);
        break;
      case 'k':
        add(What::clock_hour);
        break;
      case 'K':
        add(What::half_hour);
        break;
      case 'h':
        add(What::clock_half_hour);
        break;
      case 'm':
        add(What::minute);
        break;
      case 's':
        add(What::second);
        break;
      case 'S':
        add(What::fraction);
        break;
      case 'a':
        add(What::half_day);
        break;
      case 'Z':
        add(width >= 3 ? What::zone_name : What::zone_offset);
        break;
      case 'z':
        add(What::zone_name);
        break;
      default:
        throw_invalid_argument("Illegal pattern component: " + std::string(static_cast<std::size_t>(width), c));
    }
  }
  return items;
}

void append_number(std::int64_t value, int width, std::string& text) {
  const std::string digits = std::to_string(std::abs(value));
  if (value < 0) text += '-';
  if (digits.size() < static_cast<std::size_t>(width))
    text.append(static_cast<std::size_t>(width) - digits.size(), '0');
  text += digits;
}

// `at` is the clock to show; `zone` its zone, and the instant tells the offset.
std::string print(const Items& items, std::int64_t instant, const Zone& zone) {
  const std::int64_t offset = zone.offset_at_instant(instant), at = instant + offset;
  std::int64_t day = at / micros_per_day - (at % micros_per_day < 0 ? 1 : 0);
  const std::int64_t clock = at - day * micros_per_day;
  const ::duckdb::date_t date(static_cast<std::int32_t>(day));
  std::int32_t year, month, month_day;
  ::duckdb::Date::Convert(date, year, month, month_day);
  const std::int64_t hour = clock / (3'600 * micros_per_second);
  const auto weekday = static_cast<std::size_t>(::duckdb::Date::ExtractISODayOfTheWeek(date));

  std::string text;
  for (const Item& item : items) {
    const auto number = [&](std::int64_t value) { append_number(value, item.width, text); };
    switch (item.what) {
      case What::literal:
        text += item.text;
        break;
      case What::year:
        number(year);
        break;
      case What::short_year:
        append_number(std::abs(year) % 100, 2, text);
        break;
      case What::month:
        number(month);
        break;
      case What::month_name:
        text += month_names[static_cast<std::size_t>(month - 1)];
        break;
      case What::short_month_name:
        text.append(month_names[static_cast<std::size_t>(month - 1)], 3);
        break;
      case What::day:
        number(month_day);
        break;
      case What::day_of_year:
        number(::duckdb::Date::ExtractDayOfTheYear(date));
        break;
      case What::week:
        number(::duckdb::Date::ExtractISOWeekNumber(date));
        break;
      case What::week_year:
        number(::duckdb::Date::ExtractISOYearNumber(date));
        break;
      case What::day_of_week:
        number(static_cast<std::int64_t>(weekday));
        break;
      case What::day_name:
        text += day_names[weekday - 1];
        break;
      case What::short_day_name:
        text.append(day_names[weekday - 1], 3);
        break;
      case What::hour:
        number(hour);
        break;
      case What::clock_hour:
        number(hour == 0 ? 24 : hour);
        break;
      case What::half_hour:
        number(hour % 12);
        break;
      case What::clock_half_hour:
        number(hour % 12 == 0 ? 12 : hour % 12);
        break;
      case What::minute:
        number(clock / (60 * micros_per_second) % 60);
        break;
      case What::second:
        number(clock / micros_per_second % 60);
        break;
      case What::fraction: {
        std::string digits;
        append_number(clock % micros_per_second, 6, digits);
        digits.resize(static_cast<std::size_t>(item.width), '0');
        text += digits;
        break;
      }
      case What::half_day:
        text += hour < 12 ? "AM" : "PM";
        break;
      case What::zone_offset: {
        const std::int64_t minutes = std::abs(offset) / (60 * micros_per_second);
        text += offset < 0 ? '-' : '+';
        append_number(minutes / 60, 2, text);
        if (item.width == 2) text += ':';
        append_number(minutes % 60, 2, text);
        break;
      }
      case What::zone_name:
        if (!is_utc(zone.name())) {
          throw ::duckdb::NotImplementedException("NOT_SUPPORTED: names of time zones in format_datetime");
        }
        text += "UTC";
        break;
    }
  }
  return text;
}

struct Parsed {
  std::int64_t clock = 0;
  std::string zone;  // Empty if the text names none.
};

class Parser {
 public:
  Parser(const Items& items, Text text) : items_(items), text_(text), rest_(text) {}

  Parsed parse() {
    for (std::size_t i = 0; i < items_.size(); ++i) take(items_[i], i + 1 < items_.size() ? &items_[i + 1] : nullptr);
    if (!rest_.empty()) fail();
    return assemble();
  }

 private:
  [[noreturn]] void fail() const {
    const std::string tail =
        rest_.size() < text_.size() && !rest_.empty() ? " is malformed at \"" + std::string(rest_) + "\"" : "";
    throw_invalid_argument("Invalid format: \"" + std::string(text_) + "\"" + tail);
  }
  std::int64_t take_number(std::size_t most, bool signed_number = false) {
    const bool negative = signed_number && !rest_.empty() && rest_.front() == '-';
    if (negative) rest_.remove_prefix(1);
    std::size_t length = 0;
    std::int64_t value = 0;
    while (length < rest_.size() && length < most && rest_[length] >= '0' && rest_[length] <= '9') {
      value = value * 10 + (rest_[length++] - '0');
    }
    if (length == 0) fail();
    rest_.remove_prefix(length);
    return negative ? -value : value;
  }
  // Digits that run into the next number have their full width and no more.
  std::size_t digits(const Item& item, const Item* next, std::size_t most) const {
    const bool adjacent = next && next->what != What::literal && next->what != What::half_day;
    return adjacent && item.width > 1 ? static_cast<std::size_t>(item.width) : most;
  }
  template <std::size_t N>
  int take_name(const std::array<const char*, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
      for (const std::size_t length : {std::string_view(names[i]).size(), std::size_t{3}}) {
        if (rest_.size() >= length && equal_ignoring_case(rest_.substr(0, length), Text(names[i]).substr(0, length))) {
          rest_.remove_prefix(length);
          return static_cast<int>(i) + 1;
        }
      }
    }
    fail();
  }

  void take(const Item& item, const Item* next) {
    switch (item.what) {
      case What::literal:
        if (!rest_.starts_with(item.text)) fail();
        rest_.remove_prefix(item.text.size());
        return;
      case What::year:
      case What::week_year:
        year_ = take_number(digits(item, next, 9), true);
        return;
      case What::short_year: {
        const std::int64_t value = take_number(2);
        year_ = value + (value < 70 ? 2000 : 1900);
        return;
      }
      case What::month:
        month_ = take_number(digits(item, next, 2));
        return;
      case What::month_name:
      case What::short_month_name:
        month_ = take_name(month_names);
        return;
      case What::day:
        day_ = take_number(digits(item, next, 2));
        return;
      case What::day_of_year:
        day_of_year_ = take_number(3);
        return;
      case What::day_name:
      case What::short_day_name:
        take_name(day_names);
        return;
      case What::hour:
        hour_ = take_number(digits(item, next, 2));
        return;
      case What::clock_hour:
        hour_ = take_number(digits(item, next, 2)) % 24;
        return;
      case What::half_hour:
        half_hour_ = take_number(digits(item, next, 2));
        return;
      case What::clock_half_hour:
        half_hour_ = take_number(digits(item, next, 2)) % 12;
        return;
      case What::minute:
        minute_ = take_number(digits(item, next, 2));
        return;
      case What::second:
        second_ = take_number(digits(item, next, 2));
        return;
      case What::fraction: {
        const std::size_t before = rest_.size();
        std::int64_t value = take_number(9);
        for (std::size_t length = before - rest_.size(); length < 9; ++length) value *= 10;
        micros_ = value / 1'000;
        return;
      }
      case What::half_day: {
        const bool after = rest_.size() >= 2 && equal_ignoring_case(rest_.substr(0, 2), "PM");
        if (!after && !(rest_.size() >= 2 && equal_ignoring_case(rest_.substr(0, 2), "AM"))) fail();
        after_noon_ = after;
        rest_.remove_prefix(2);
        return;
      }
      case What::zone_offset:
      case What::zone_name: {
        const std::size_t length = std::min(rest_.find_first_of(" ,;"), rest_.size());
        if (length == 0) fail();
        zone_ = std::string(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return;
      }
      case What::week:
      case What::day_of_week:
        throw_sql("NOT_SUPPORTED", "parsing dates by their week");
    }
  }

  Parsed assemble() const {
    const std::int64_t hour = half_hour_ ? *half_hour_ + (after_noon_ ? 12 : 0) : hour_;
    if (hour > 23 || minute_ > 59 || second_ > 59) fail();
    ::duckdb::date_t date;
    const auto small = [](std::int64_t value) {
      return static_cast<std::int32_t>(std::min<std::int64_t>(value, 1'000'000));
    };
    if (!::duckdb::Date::TryFromDate(small(year_), small(day_of_year_ ? 1 : month_), small(day_of_year_ ? 1 : day_),
                                     date))
      fail();
    std::int64_t days = date.days;
    if (day_of_year_) days += *day_of_year_ - 1;
    return {.clock = days * micros_per_day + ((hour * 60 + minute_) * 60 + second_) * micros_per_second + micros_,
            .zone = zone_};
  }

  const Items& items_;
  Text text_, rest_;
  std::int64_t year_ = 1970, month_ = 1, day_ = 1, hour_ = 0, minute_ = 0, second_ = 0, micros_ = 0;
  std::optional<std::int64_t> day_of_year_, half_hour_;
  bool after_noon_ = false;
  std::string zone_;
};

using Compile = Items (*)(Text);

// The format of argument 1, compiled once if it is a constant.
std::shared_ptr<const Items> constant_format(const Call& call, Compile compile) {
  const auto text = call.constant_text(1);
  return text ? std::make_shared<const Items>(compile(*text)) : nullptr;
}

Maker printer(Compile compile) {
  return [compile](Call& call) {
    const auto items = constant_format(call, compile);
    const bool zoned = call.types[0].id() == ::duckdb::LogicalTypeId::TIMESTAMP_TZ;
    const auto zone = Zone::find(zoned ? zone_of(call.types[0]) : "UTC");
    return rows<std::int64_t, Text>([=](std::int64_t at, Text format) {
      return items ? print(*items, at, *zone) : print(compile(format), at, *zone);
    });
  };
}

Maker reader(Compile compile) {
  return [compile](Call& call) {
    const auto items = constant_format(call, compile);
    // The zone that a constant names is kept.
    std::string kept;
    if (const auto text = call.constant_text(0);
        text && items && call.result.id() == ::duckdb::LogicalTypeId::TIMESTAMP_TZ) {
      try {
        const Parsed parsed = Parser(*items, *text).parse();
        if (!parsed.zone.empty()) kept = Zone::find(parsed.zone)->name();
        if (!is_utc(kept)) call.result = zoned_type(kept);
      } catch (const ::duckdb::Exception&) {  // So will the call.
      }
    }
    return rows<Text, Text>([=](Text text, Text format) {
      const Items own = items ? Items() : compile(format);
      const Parsed parsed = Parser(items ? *items : own, text).parse();
      if (parsed.zone.empty()) return parsed.clock;
      const auto zone = Zone::find(parsed.zone);
      if (zone->name() != kept) refuse_other_zone(zone->name());
      return parsed.clock - zone->offset_at_clock(parsed.clock);
    });
  };
}

}  // namespace

TimestampReader joda_reader(std::string_view pattern) {
  const auto items = std::make_shared<const Items>(compile_joda(pattern));
  return [items](std::string_view text) -> std::optional<std::int64_t> {
    try {
      const Parsed parsed = Parser(*items, text).parse();
      return parsed.zone.empty() ? parsed.clock : parsed.clock - Zone::find(parsed.zone)->offset_at_clock(parsed.clock);
    } catch (const ::duckdb::Exception&) {
      return std::nullopt;
    }
  };
}

void add_time_formats(Registry& registry) {
  for (const std::string type : {"timestamp", "timestamptz"}) {
    registry.maker("date_format(" + type + ", varchar) -> varchar", printer(compile_mysql));
    registry.maker("format_datetime(" + type + ", varchar) -> varchar", printer(compile_joda));
  }
  registry.maker("date_parse(varchar, varchar) -> timestamp", reader(compile_mysql));
  registry.maker("parse_datetime(varchar, varchar) -> timestamptz", reader(compile_joda));
}

}  // namespace tarn::duck
