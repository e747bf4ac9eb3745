// + - * / % and unary minus, by Trino's types and errors.
#include <cmath>
#include <limits>

#include "duck/trino/decimal.h"
#include "duck/trino/kernels.h"
#include "duck/trino/registry.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::hugeint_t;
using ::duckdb::interval_t;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;

constexpr std::int64_t micros_per_day = 86'400'000'000;

LogicalType decimal_type(int precision, int scale) {
  return LogicalType::DECIMAL(static_cast<std::uint8_t>(std::min(precision, 38)), static_cast<std::uint8_t>(scale));
}

// DuckDB's own operator; its overflow becomes Trino's message in failures.cpp.
Rewrite native(std::string op) {
  return [op = std::move(op)](Call& call) { return call.call(op, std::move(call.arguments)); };
}

// DuckDB adds decimals in the width of its result, at most 18 digits unless an argument is wider: so make one wider.
ExpressionPtr add_decimals(Call& call, const std::string& op) {
  const auto [p1, s1] = decimal_size(call.types[0]);
  const auto [p2, s2] = decimal_size(call.types[1]);
  const int scale = std::max(s1, s2);
  const LogicalType type = decimal_type(std::max(p1 - s1, p2 - s2) + scale + 1, scale);
  if (type.InternalType() == ::duckdb::PhysicalType::INT128) {
    for (auto& argument : call.arguments) argument = call.cast(std::move(argument), type);
  }
  return call.cast(call.call(op, std::move(call.arguments)), type);
}

Kernel make_multiply(Call& call) {
  const auto [p1, s1] = decimal_size(call.types[0]);
  const auto [p2, s2] = decimal_size(call.types[1]);
  if (s1 + s2 > 38) {
    throw_type_mismatch("DECIMAL scale must be in range [0, precision (38)]: " + std::to_string(s1 + s2));
  }
  call.result = decimal_type(p1 + p2, s1 + s2);
  for (auto& type : call.types) type = wide_decimal(type);
  const bool wide = call.result.InternalType() == ::duckdb::PhysicalType::INT128;
  // The two that aggregations are made of.
  if (wide && p1 <= 18 && p2 <= 18) {
    return binary<std::int64_t, std::int64_t, hugeint_t>(
        [](std::int64_t a, std::int64_t b) { return to_hugeint(static_cast<Int128>(a) * b); });
  }
  if (wide && p1 > 18 && p2 <= 18) {
    return binary<hugeint_t, std::int64_t, hugeint_t>(
        [](hugeint_t a, std::int64_t b) { return to_hugeint(multiply_decimal(to_int128(a), b)); });
  }
  return decimal_rows([](Int128 a, Int128 b) { return multiply_decimal(a, b); });
}

Kernel make_divide(Call& call) {
  const auto [p1, s1] = decimal_size(call.types[0]);
  const auto [p2, s2] = decimal_size(call.types[1]);
  const int scale = std::max(s1, s2);
  call.result = decimal_type(p1 + s2 + std::max(0, s2 - s1), scale);
  for (auto& type : call.types) type = wide_decimal(type);
  const int shift = scale - s1 + s2;
  return decimal_rows([shift](Int128 a, Int128 b) {
    if (b == 0) throw_division_by_zero();
    return divide_decimal(a, shift, b);
  });
}

Kernel make_modulus(Call& call) {
  const auto [p1, s1] = decimal_size(call.types[0]);
  const auto [p2, s2] = decimal_size(call.types[1]);
  const int scale = std::max(s1, s2);
  call.result = decimal_type(std::min(p1 - s1, p2 - s2) + scale, scale);
  for (auto& type : call.types) type = wide_decimal(type);
  const Int128 left = power_of_ten(scale - s1), right = power_of_ten(scale - s2);
  return decimal_rows([left, right](Int128 a, Int128 b) {
    if (b == 0) throw_division_by_zero();
    return multiply_decimal(a, left) % multiply_decimal(b, right);
  });
}

template <typename T>
void add_integer_division(Registry& registry, const std::string& type) {
  const std::string signature = "(" + type + ", " + type + ") -> " + type;
  registry.kernel("divide" + signature, binary<T, T, T>([type](T a, T b) -> T {
                    if (b == 0) throw_division_by_zero();
                    if (b == -1 && a == std::numeric_limits<T>::min()) {
                      throw_out_of_range(type + " division overflow: " + std::to_string(a) + " / -1");
                    }
                    return static_cast<T>(a / b);
                  }));
  registry.kernel("modulus" + signature, binary<T, T, T>([](T a, T b) -> T {
                    if (b == 0) throw_division_by_zero();
                    return b == -1 ? T{0} : static_cast<T>(a % b);
                  }));
  registry.kernel("negate(" + type + ") -> " + type, unary<T, T>([type](T a) -> T {
                    if (a == std::numeric_limits<T>::min()) {
                      throw_out_of_range(type + " negation overflow: " + std::to_string(a));
                    }
                    return static_cast<T>(-a);
                  }));
  for (const auto& [name, op] : {std::pair("add", "+"), std::pair("subtract", "-"), std::pair("multiply", "*")}) {
    registry.rewrite(name + signature, native(op));
  }
}

template <typename T>
void add_floating(Registry& registry, const std::string& type) {
  const std::string signature = "(" + type + ", " + type + ") -> " + type;
  for (const auto& [name, op] : {std::pair("add", "+"), std::pair("subtract", "-"), std::pair("multiply", "*")}) {
    registry.rewrite(name + signature, native(op));
  }
  registry.kernel("divide" + signature, binary<T, T, T>([](T a, T b) { return a / b; })).is_infallible = true;
  registry.kernel("modulus" + signature, binary<T, T, T>([](T a, T b) { return std::fmod(a, b); })).is_infallible =
      true;
  registry.kernel("negate(" + type + ") -> " + type, unary<T, T>([](T a) { return -a; })).is_infallible = true;
}

std::int64_t interval_micros(const interval_t& value) {
  return value.days * micros_per_day + value.micros;
}
interval_t micros_interval(std::int64_t micros) {
  return {.months = 0, .days = static_cast<std::int32_t>(micros / micros_per_day), .micros = micros % micros_per_day};
}
interval_t months_interval(std::int64_t months) {
  return {.months = static_cast<std::int32_t>(months), .days = 0, .micros = 0};
}

std::int32_t add_whole_days(std::int32_t date, const interval_t& value, int sign) {
  const std::int64_t micros = interval_micros(value);
  if (micros % micros_per_day != 0) throw_invalid_argument("Cannot add hour, minutes or seconds to a date");
  return static_cast<std::int32_t>(date + sign * (micros / micros_per_day));
}
std::int32_t add_months(std::int32_t date, const interval_t& value, int sign) {
  const interval_t months = months_interval(sign * value.months);
  return ::duckdb::Date::EpochDays(::duckdb::Timestamp::GetDate(::duckdb::Interval::Add(
      ::duckdb::Timestamp::FromDatetime(::duckdb::date_t(date), ::duckdb::dtime_t(0)), months)));
}
std::int64_t add_interval(std::int64_t timestamp, const interval_t& value, int sign) {
  const interval_t signed_value{
      .months = sign * value.months, .days = sign * value.days, .micros = sign * value.micros};
  return ::duckdb::Interval::Add(::duckdb::timestamp_t(timestamp), signed_value).value;
}

// In a zone, months are added to the clock there.
Kernel add_to_zoned(Call& call, std::size_t time, int sign) {
  call.result = call.types[time];
  const auto zone = Zone::find(zone_of(call.result));
  const auto add = [zone, sign](std::int64_t at, interval_t value) {
    if (value.months == 0) return at + sign * interval_micros(value);
    const std::int64_t clock = add_interval(at + zone->offset_at_instant(at), value, sign);
    return clock - zone->offset_at_clock(clock);
  };
  if (time == 0) return rows<std::int64_t, interval_t>(add);
  return rows<interval_t, std::int64_t>([add](interval_t value, std::int64_t at) { return add(at, value); });
}

void add_intervals(Registry& registry) {
  for (const int sign : {1, -1}) {
    const std::string name = sign == 1 ? "add" : "subtract";
    const auto days = [sign](std::int32_t date, interval_t value) { return add_whole_days(date, value, sign); };
    const auto months = [sign](std::int32_t date, interval_t value) { return add_months(date, value, sign); };
    const auto time = [sign](std::int64_t at, interval_t value) { return add_interval(at, value, sign); };
    // Of a time of day, the clock goes round.
    const auto clock = [sign](std::int64_t at, interval_t value) {
      const std::int64_t sum = (at + sign * interval_micros(value)) % micros_per_day;
      return sum < 0 ? sum + micros_per_day : sum;
    };
    registry.kernel(name + "(date, intervalds) -> date", rows<std::int32_t, interval_t>(days));
    registry.kernel(name + "(date, intervalym) -> date", rows<std::int32_t, interval_t>(months));
    registry.kernel(name + "(time, intervalds) -> time", rows<std::int64_t, interval_t>(clock));
    registry.kernel(name + "(timestamp, intervalds) -> timestamp", rows<std::int64_t, interval_t>(time));
    registry.kernel(name + "(timestamp, intervalym) -> timestamp", rows<std::int64_t, interval_t>(time));
    for (const std::string kind : {"intervalds", "intervalym"}) {
      registry.maker(name + "(timestamptz, " + kind + ") -> timestamptz",
                     [sign](Call& call) { return add_to_zoned(call, 0, sign); });
    }
    registry.kernel(name + "(intervalds, intervalds) -> intervalds",
                    rows<interval_t, interval_t>([sign](interval_t a, interval_t b) {
                      return micros_interval(interval_micros(a) + sign * interval_micros(b));
                    }));
    registry.kernel(name + "(intervalym, intervalym) -> intervalym",
                    rows<interval_t, interval_t>(
                        [sign](interval_t a, interval_t b) { return months_interval(a.months + sign * b.months); }));
    if (sign == 1) {
      registry.kernel("add(intervalds, date) -> date",
                      rows<interval_t, std::int32_t>([days](interval_t v, std::int32_t d) { return days(d, v); }));
      registry.kernel("add(intervalym, date) -> date",
                      rows<interval_t, std::int32_t>([months](interval_t v, std::int32_t d) { return months(d, v); }));
      for (const std::string kind : {"intervalds", "intervalym"}) {
        registry.kernel("add(" + kind + ", timestamp) -> timestamp",
                        rows<interval_t, std::int64_t>([time](interval_t v, std::int64_t t) { return time(t, v); }));
        registry.maker("add(" + kind + ", timestamptz) -> timestamptz",
                       [](Call& call) { return add_to_zoned(call, 1, 1); });
      }
    }
  }
  registry.kernel("subtract(date, date) -> intervalds",
                  rows<std::int32_t, std::int32_t>([](std::int32_t a, std::int32_t b) {
                    return micros_interval((std::int64_t{a} - b) * micros_per_day);
                  }));
  for (const std::string type : {"timestamp", "timestamptz", "time"}) {
    registry.kernel(
        "subtract(" + type + ", " + type + ") -> intervalds",
        rows<std::int64_t, std::int64_t>([](std::int64_t a, std::int64_t b) { return micros_interval(a - b); }));
  }
  const auto scaled = [](interval_t value, double factor) {
    return micros_interval(static_cast<std::int64_t>(static_cast<double>(interval_micros(value)) * factor));
  };
  const auto scaled_months = [](interval_t value, double factor) {
    return months_interval(static_cast<std::int64_t>(value.months * factor));
  };
  for (const auto& [kind, by] :
       {std::pair<std::string, std::string>("intervalds", "double"), {"intervalym", "double"}}) {
    const bool days = kind == "intervalds";
    registry.kernel(
        "multiply(" + kind + ", " + by + ") -> " + kind,
        rows<interval_t, double>([=](interval_t v, double n) { return days ? scaled(v, n) : scaled_months(v, n); }));
    registry.kernel(
        "multiply(" + by + ", " + kind + ") -> " + kind,
        rows<double, interval_t>([=](double n, interval_t v) { return days ? scaled(v, n) : scaled_months(v, n); }));
    registry.kernel("divide(" + kind + ", " + by + ") -> " + kind,
                    rows<interval_t, double>([=](interval_t v, double n) {
                      if (n == 0) throw_division_by_zero();
                      return days ? scaled(v, 1 / n) : scaled_months(v, 1 / n);
                    }));
    registry.kernel("negate(" + kind + ") -> " + kind, rows<interval_t>([](interval_t v) {
                      return interval_t{.months = -v.months, .days = -v.days, .micros = -v.micros};
                    }));
  }
  registry.kernel("interval_year_to_month(integer) -> intervalym",
                  rows<std::int32_t>([](std::int32_t months) { return months_interval(months); }));
  registry.kernel("interval_day_to_second(bigint) -> intervalds",
                  rows<std::int64_t>([](std::int64_t millis) { return micros_interval(millis * 1000); }));
  registry.kernel("to_milliseconds(intervalds) -> bigint",
                  rows<interval_t>([](interval_t value) { return interval_micros(value) / 1000; }));
}

}  // namespace

void add_operators(Registry& registry) {
  add_integer_division<std::int8_t>(registry, "tinyint");
  add_integer_division<std::int16_t>(registry, "smallint");
  add_integer_division<std::int32_t>(registry, "integer");
  add_integer_division<std::int64_t>(registry, "bigint");
  add_floating<float>(registry, "real");
  add_floating<double>(registry, "double");
  registry.rewrite("add(decimal, decimal) -> any", [](Call& call) { return add_decimals(call, "+"); });
  registry.rewrite("subtract(decimal, decimal) -> any", [](Call& call) { return add_decimals(call, "-"); });
  registry.maker("multiply(decimal, decimal) -> decimal", make_multiply);
  registry.maker("divide(decimal, decimal) -> decimal", make_divide);
  registry.maker("modulus(decimal, decimal) -> decimal", make_modulus);
  registry.same_as("negate(decimal) -> decimal", "-");
  add_intervals(registry);
  registry.alias("mod", "modulus");
}

}  // namespace tarn::duck
