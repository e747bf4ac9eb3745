// Dates and times. What has a zone is read by the clock of that zone.
#include <cmath>
#include <map>

#include "base/encoding.h"
#include "duck/trino/casts.h"
#include "duck/trino/kernels.h"
#include "duck/trino/registry.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::date_t;
using ::duckdb::dtime_t;
using ::duckdb::interval_t;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;
using ::duckdb::timestamp_t;

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;

enum class Unit { millisecond, second, minute, hour, day, week, month, quarter, year };

Unit unit_of(Text name) {
  static const std::map<std::string, Unit, std::less<>> units = {{"millisecond", Unit::millisecond},
                                                                 {"second", Unit::second},
                                                                 {"minute", Unit::minute},
                                                                 {"hour", Unit::hour},
                                                                 {"day", Unit::day},
                                                                 {"week", Unit::week},
                                                                 {"month", Unit::month},
                                                                 {"quarter", Unit::quarter},
                                                                 {"year", Unit::year}};
  const auto found = units.find(to_lower(name));
  if (found == units.end()) throw_invalid_argument("'" + std::string(name) + "' is not a valid Timestamp field");
  return found->second;
}
Unit date_unit_of(Text name) {
  const Unit unit = unit_of(name);
  if (unit < Unit::day) throw_invalid_argument("'" + std::string(name) + "' is not a valid DATE field");
  return unit;
}

// Microseconds of the units that have a fixed length; 0 for months and what is made of them.
std::int64_t unit_micros(Unit unit) {
  switch (unit) {
    case Unit::millisecond:
      return 1'000;
    case Unit::second:
      return micros_per_second;
    case Unit::minute:
      return 60 * micros_per_second;
    case Unit::hour:
      return 3'600 * micros_per_second;
    case Unit::day:
      return micros_per_day;
    case Unit::week:
      return 7 * micros_per_day;
    default:
      return 0;
  }
}
int unit_months(Unit unit) {
  return unit == Unit::year ? 12 : unit == Unit::quarter ? 3 : 1;
}

std::int64_t floor_to(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  return value - rest - (rest < 0 ? unit : 0);
}
std::int32_t day_of(std::int64_t micros) {
  return static_cast<std::int32_t>(floor_to(micros, micros_per_day) / micros_per_day);
}

struct Day {
  std::int32_t year, month, day;
};
Day calendar(std::int32_t days) {
  Day result;
  ::duckdb::Date::Convert(date_t(days), result.year, result.month, result.day);
  return result;
}
std::int32_t days_of(std::int32_t year, std::int32_t month, std::int32_t day) {
  return ::duckdb::Date::FromDate(year, month, day).days;
}

std::int32_t truncate_date(Unit unit, std::int32_t days) {
  const Day day = calendar(days);
  switch (unit) {
    case Unit::week:
      return days - (::duckdb::Date::ExtractISODayOfTheWeek(date_t(days)) - 1);
    case Unit::month:
      return days_of(day.year, day.month, 1);
    case Unit::quarter:
      return days_of(day.year, (day.month - 1) / 3 * 3 + 1, 1);
    case Unit::year:
      return days_of(day.year, 1, 1);
    default:
      return days;
  }
}
std::int64_t truncate_micros(Unit unit, std::int64_t micros) {
  if (unit < Unit::day) return floor_to(micros, unit_micros(unit));
  return truncate_date(unit, day_of(micros)) * micros_per_day;
}

std::int64_t add_units(Unit unit, std::int64_t count, std::int64_t micros) {
  if (const std::int64_t size = unit_micros(unit)) {
    std::int64_t span, sum;
    if (__builtin_mul_overflow(count, size, &span) || __builtin_add_overflow(micros, span, &sum)) {
      throw_invalid_argument("Value " + std::to_string(count) + " is out of range for date_add");
    }
    return sum;
  }
  const std::int64_t months = count * unit_months(unit);
  if (count > 1'000'000 || count < -1'000'000) {
    throw_invalid_argument("Value " + std::to_string(count) + " is out of range for date_add");
  }
  const interval_t interval{.months = static_cast<std::int32_t>(months), .days = 0, .micros = 0};
  return ::duckdb::Interval::Add(timestamp_t(micros), interval).value;
}

// How many whole units can be added to the earlier moment without passing the later one.
std::int64_t count_units(Unit unit, std::int64_t from, std::int64_t to) {
  if (const std::int64_t size = unit_micros(unit)) return (to - from) / size;
  if (to < from) return -count_units(unit, to, from);
  const Day a = calendar(day_of(from)), b = calendar(day_of(to));
  std::int64_t months = (std::int64_t{b.year} - a.year) * 12 + b.month - a.month;
  if (months > 0 && add_units(Unit::month, months, from) > to) --months;
  return months / unit_months(unit);
}

// `f(unit, …)` with the unit read once if it is a constant.
template <typename... Arguments, typename F>
Kernel with_unit(const Call& call, Unit (*parse)(Text), F f) {
  if (const auto text = call.constant_text(0)) {
    const Unit unit = parse(*text);
    return rows<Text, Arguments...>([unit, f](Text, Arguments... rest) { return f(unit, rest...); });
  }
  return rows<Text, Arguments...>([parse, f](Text name, Arguments... rest) { return f(parse(name), rest...); });
}

void add_arithmetic(Registry& registry) {
  registry.maker("date_trunc(varchar, date) -> date", [](Call& call) {
    return with_unit<std::int32_t>(call, date_unit_of,
                                   [](Unit unit, std::int32_t days) { return truncate_date(unit, days); });
  });
  registry.maker("date_trunc(varchar, timestamp) -> timestamp", [](Call& call) {
    return with_unit<std::int64_t>(call, unit_of, [](Unit unit, std::int64_t at) { return truncate_micros(unit, at); });
  });
  registry.maker("date_trunc(varchar, timestamptz) -> timestamptz", [](Call& call) {
    call.result = call.types[1];
    const auto zone = Zone::find(zone_of(call.types[1]));
    return with_unit<std::int64_t>(call, unit_of, [zone](Unit unit, std::int64_t at) {
      const std::int64_t clock = truncate_micros(unit, at + zone->offset_at_instant(at));
      return clock - zone->offset_at_clock(clock);
    });
  });
  registry.maker("date_add(varchar, bigint, date) -> date", [](Call& call) {
    return with_unit<std::int64_t, std::int32_t>(call, date_unit_of,
                                                 [](Unit unit, std::int64_t count, std::int32_t days) {
                                                   return day_of(add_units(unit, count, days * micros_per_day));
                                                 });
  });
  registry.maker("date_add(varchar, bigint, timestamp) -> timestamp",
                 [](Call& call) { return with_unit<std::int64_t, std::int64_t>(call, unit_of, add_units); });
  registry.maker("date_add(varchar, bigint, timestamptz) -> timestamptz", [](Call& call) {
    call.result = call.types[2];
    const auto zone = Zone::find(zone_of(call.types[2]));
    return with_unit<std::int64_t, std::int64_t>(call, unit_of, [zone](Unit unit, std::int64_t count, std::int64_t at) {
      if (unit < Unit::day) return add_units(unit, count, at);
      const std::int64_t clock = add_units(unit, count, at + zone->offset_at_instant(at));
      return clock - zone->offset_at_clock(clock);
    });
  });
  registry.maker("date_diff(varchar, date, date) -> bigint", [](Call& call) {
    return with_unit<std::int32_t, std::int32_t>(call, date_unit_of, [](Unit unit, std::int32_t from, std::int32_t to) {
      return count_units(unit, from * micros_per_day, to * micros_per_day);
    });
  });
  registry.maker("date_diff(varchar, timestamp, timestamp) -> bigint",
                 [](Call& call) { return with_unit<std::int64_t, std::int64_t>(call, unit_of, count_units); });
  registry.maker("date_diff(varchar, timestamptz, timestamptz) -> bigint", [](Call& call) {
    const auto zone = Zone::find(zone_of(call.types[1]));
    return with_unit<std::int64_t, std::int64_t>(call, unit_of, [zone](Unit unit, std::int64_t from, std::int64_t to) {
      if (unit < Unit::day) return count_units(unit, from, to);
      return count_units(unit, from + zone->offset_at_instant(from), to + zone->offset_at_instant(to));
    });
  });
}

// Fields: DuckDB's functions where they mean the same, so that it can use a file's statistics.
void add_field(Registry& registry, const std::string& name, const std::string& native, bool of_clock) {
  if (!of_clock) registry.same_as(name + "(date) -> bigint", native);
  registry.same_as(name + "(timestamp) -> bigint", native);
  registry.rewrite(name + "(timestamptz) -> bigint", [native](Call& call) {
    return call.call(native,
                     list_of(cast_to(call.context, std::move(call.arguments[0]), LogicalType::TIMESTAMP, 6, false)));
  });
  if (of_clock) registry.same_as(name + "(time) -> bigint", native);
}

void add_fields(Registry& registry) {
  add_field(registry, "year", "year", false);
  add_field(registry, "quarter", "quarter", false);
  add_field(registry, "month", "month", false);
  add_field(registry, "week", "week", false);
  add_field(registry, "day", "day", false);
  add_field(registry, "day_of_week", "isodow", false);
  add_field(registry, "day_of_year", "dayofyear", false);
  add_field(registry, "year_of_week", "isoyear", false);
  add_field(registry, "hour", "hour", true);
  add_field(registry, "minute", "minute", true);
  add_field(registry, "second", "second", true);
  const auto millisecond = [](std::int64_t at) { return (at - floor_to(at, micros_per_second)) / 1'000; };
  for (const std::string type : {"time", "timestamp", "timestamptz"}) {
    registry.kernel("millisecond(" + type + ") -> bigint", unary<std::int64_t, std::int64_t>(millisecond));
  }
  const auto of_interval = [&](const std::string& name, std::int64_t (*field)(std::int64_t micros)) {
    registry.kernel(name + "(intervalds) -> bigint", rows<interval_t>([field](interval_t value) {
                      return field(value.days * micros_per_day + value.micros);
                    }));
  };
  of_interval("day", [](std::int64_t micros) { return micros / micros_per_day; });
  of_interval("hour", [](std::int64_t micros) { return micros / (3'600 * micros_per_second) % 24; });
  of_interval("minute", [](std::int64_t micros) { return micros / (60 * micros_per_second) % 60; });
  of_interval("second", [](std::int64_t micros) { return micros / micros_per_second % 60; });
  of_interval("millisecond", [](std::int64_t micros) { return micros / 1'000 % 1'000; });
  registry.kernel("year(intervalym) -> bigint",
                  rows<interval_t>([](interval_t value) { return std::int64_t{value.months / 12}; }));
  registry.kernel("month(intervalym) -> bigint",
                  rows<interval_t>([](interval_t value) { return std::int64_t{value.months % 12}; }));
  for (const auto& [name, of] : {std::pair("day_of_month", "day"),
                                 {"dow", "day_of_week"},
                                 {"doy", "day_of_year"},
                                 {"yow", "year_of_week"},
                                 {"week_of_year", "week"}}) {
    registry.alias(name, of);
  }
  for (const auto& [name, divisor, modulus] :
       {std::tuple("timezone_hour", 3'600, 1'000'000), {"timezone_minute", 60, 60}}) {
    registry.maker(std::string(name) + "(timestamptz) -> bigint", [divisor = divisor, modulus = modulus](Call& call) {
      const auto zone = Zone::find(zone_of(call.types[0]));
      return rows<std::int64_t>(
          [=](std::int64_t at) { return zone->offset_at_instant(at) / micros_per_second / divisor % modulus; });
    });
  }
  const auto last_day = [](std::int32_t days) {
    const Day day = calendar(days);
    return days_of(day.year, day.month, ::duckdb::Date::MonthDays(day.year, day.month));
  };
  registry.kernel("last_day_of_month(date) -> date", unary<std::int32_t, std::int32_t>(last_day));
  for (const std::string type : {"timestamp", "timestamptz"}) {
    registry.rewrite("last_day_of_month(" + type + ") -> date", [](Call& call) {
      return call.call_trino("last_day_of_month",
                             list_of(cast_to(call.context, std::move(call.arguments[0]), LogicalType::DATE, 3, false)));
    });
  }
}

// The zone that an argument names, a constant: the type of the result carries it.
std::string constant_zone(const Call& call, std::size_t index) {
  const auto name = call.constant_text(index);
  if (!name) throw_not_supported("the time zone in " + call.name + " must be a constant");
  return Zone::find(*name)->name();
}

std::int64_t micros_of_seconds(double seconds) {
  if (!std::isfinite(seconds) || std::abs(seconds) > 9e12) {
    throw_invalid_argument("unixtime is out of range: " + std::to_string(seconds));
  }
  return static_cast<std::int64_t>(std::floor(seconds * 1'000 + 0.5)) * 1'000;
}

void add_unix_time(Registry& registry) {
  registry.kernel("from_unixtime(double) -> timestamptz", rows<double>(micros_of_seconds));
  registry.maker("from_unixtime(double, varchar) -> timestamptz", [](Call& call) {
    call.result = zoned_type(constant_zone(call, 1));
    return rows<double, Text>([](double seconds, Text) { return micros_of_seconds(seconds); });
  });
  registry.maker("from_unixtime(double, bigint, bigint) -> timestamptz", [](Call& call) {
    const auto hours = call.constant(1), minutes = call.constant(2);
    if (!hours || !minutes || hours->IsNull() || minutes->IsNull()) {
      throw_not_supported("the time zone in from_unixtime must be a constant");
    }
    const auto number = [](const ::duckdb::Value& value) {
      return ::duckdb::BigIntValue::Get(value.DefaultCastAs(LogicalType::BIGINT));
    };
    char name[16];
    const std::int64_t offset = number(*hours) * 60 + number(*minutes);
    std::snprintf(name, sizeof name, "%c%02d:%02d", offset < 0 ? '-' : '+',
                  static_cast<int>(std::abs(offset) / 60 % 100), static_cast<int>(std::abs(offset) % 60));
    call.result = zoned_type(Zone::find(name)->name());
    return rows<double, std::int64_t, std::int64_t>(
        [](double seconds, std::int64_t, std::int64_t) { return micros_of_seconds(seconds); });
  });
  registry.kernel("from_unixtime_nanos(bigint) -> timestamptz",
                  rows<std::int64_t>([](std::int64_t nanos) { return floor_to(nanos, 1'000) / 1'000; }));
  registry.kernel("to_unixtime(timestamptz) -> double", unary<std::int64_t, double>([](std::int64_t at) {
                    return static_cast<double>(floor_to(at, 1'000) / 1'000) / 1'000.0;
                  }));
}

std::string iso_text(std::int64_t clock, std::int64_t offset_seconds, bool zoned) {
  std::string text;
  append_timestamp(clock, 3, text);
  text[text.find(' ')] = 'T';
  if (!zoned) return text;
  if (offset_seconds == 0) return text + "Z";
  char suffix[16];
  const std::int64_t minutes = std::abs(offset_seconds) / 60;
  std::snprintf(suffix, sizeof suffix, "%c%02d:%02d", offset_seconds < 0 ? '-' : '+',
                static_cast<int>(minutes / 60 % 100), static_cast<int>(minutes % 60));
  return text + suffix;
}

void add_iso(Registry& registry) {
  registry.kernel("from_iso8601_date(varchar) -> date", rows<Text>([](Text text) {
                    try {
                      return parse_date(text);
                    } catch (const ::duckdb::InvalidInputException&) {
                      throw_invalid_argument("Invalid format: \"" + std::string(text) + "\"");
                    }
                  }));
  registry.maker("from_iso8601_timestamp(varchar) -> timestamptz", [](Call& call) -> Kernel {
    const auto parse = [](Text text, std::string& zone) {
      try {
        return parse_zoned(text, 3, zone, 'T');
      } catch (const ::duckdb::InvalidInputException&) {
        throw_invalid_argument("Invalid format: \"" + std::string(text) + "\"");
      }
    };
    std::string kept;
    if (const auto text = call.constant_text(0)) {
      try {
        parse(*text, kept);
        if (!kept.empty()) call.result = zoned_type(kept);
      } catch (const ::duckdb::Exception&) {  // So will the call.
      }
    }
    return rows<Text>([parse, kept](Text text) {
      std::string zone;
      const std::int64_t instant = parse(text, zone);
      if (zone != kept) refuse_other_zone(zone);
      return instant;
    });
  });
  registry.kernel("to_iso8601(date) -> varchar", rows<std::int32_t>([](std::int32_t days) {
                    std::string text;
                    append_date(days, text);
                    return text;
                  }));
  registry.kernel("to_iso8601(timestamp) -> varchar",
                  rows<std::int64_t>([](std::int64_t at) { return iso_text(at, 0, false); }));
  registry.maker("to_iso8601(timestamptz) -> varchar", [](Call& call) {
    const auto zone = Zone::find(zone_of(call.types[0]));
    return rows<std::int64_t>([zone](std::int64_t at) {
      const std::int64_t offset = zone->offset_at_instant(at);
      return iso_text(at + offset, offset / micros_per_second, true);
    });
  });
}

std::string readable_seconds(double value) {
  if (!std::isfinite(value)) throw_invalid_argument("Invalid argument found: " + std::to_string(value));
  std::int64_t seconds = std::llround(std::abs(value));
  std::string text;
  for (const auto& [name, size] :
       {std::pair("week", std::int64_t{604'800}), {"day", 86'400}, {"hour", 3'600}, {"minute", 60}, {"second", 1}}) {
    const std::int64_t count = seconds / size;
    seconds %= size;
    if (count == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(count) + " " + name + (count == 1 ? "" : "s");
  }
  return text.empty() ? "0 seconds" : text;
}

}  // namespace

void add_time(Registry& registry) {
  add_arithmetic(registry);
  add_fields(registry);
  add_unix_time(registry);
  add_iso(registry);
  for (const std::string type : {"date", "timestamp", "timestamptz", "varchar"}) {
    registry.rewrite("date(" + type + ") -> date", [](Call& call) {
      return cast_to(call.context, std::move(call.arguments[0]), LogicalType::DATE, 3, false);
    });
  }
  registry.maker("at_timezone(timestamptz, varchar) -> timestamptz", [](Call& call) {
    call.result = zoned_type(constant_zone(call, 1));
    return rows<std::int64_t, Text>([](std::int64_t at, Text) { return at; });
  });
  registry.maker("with_timezone(timestamp, varchar) -> timestamptz", [](Call& call) {
    const std::string name = constant_zone(call, 1);
    call.result = zoned_type(name);
    const auto zone = Zone::find(name);
    return rows<std::int64_t, Text>([zone](std::int64_t clock, Text) { return clock - zone->offset_at_clock(clock); });
  });
  registry.rewrite("timezone(timestamptz) -> varchar",
                   [](Call& call) { return constant(::duckdb::Value(zone_of(call.arguments[0]->return_type))); });
  registry.rewrite("current_timezone() -> varchar", [](Call&) { return constant(::duckdb::Value("UTC")); });
  // One moment for the whole query, in milliseconds.
  const auto now = [](Call& call) {
    return call.call("date_trunc", list_of(constant(::duckdb::Value("millisecond")), call.call("now", {})));
  };
  registry.rewrite("now() -> timestamptz", now);
  registry.rewrite("localtimestamp() -> timestamp",
                   [now](Call& call) { return cast_to(call.context, now(call), LogicalType::TIMESTAMP, 6, false); });
  registry.rewrite("current_date() -> date",
                   [now](Call& call) { return cast_to(call.context, now(call), LogicalType::DATE, 3, false); });
  for (const std::string name : {"current_time", "localtime"}) {
    registry.rewrite(name + "() -> time",
                     [now](Call& call) { return cast_to(call.context, now(call), LogicalType::TIME, 3, false); });
  }
  registry.alias("current_timestamp", "now");
  registry.kernel("human_readable_seconds(double) -> varchar", rows<double>(readable_seconds));
}

}  // namespace tarn::duck
