// Values of S3 Select's SQL: what columns hold, and what is computed from them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

namespace tarn::select {

struct Missing {  // An attribute that a record does not have.
  friend bool operator==(Missing, Missing) = default;
};
struct Null {
  friend bool operator==(Null, Null) = default;
};

// A number of at most 38 digits: unscaled / 10^scale.
struct Decimal {
  __int128 unscaled = 0;
  int scale = 0;
};

struct Text {
  std::string text;
  // Came from CSV, which has no types: it is compared and computed with as the number that it spells.
  bool untyped = false;
};

// A point in time as Ion has it: how exactly it was said is kept.
struct Moment {
  enum class Precision : std::uint8_t { year, month, day, minute, second };
  std::int64_t micros = 0;    // Since 1970, UTC.
  std::optional<int> offset;  // Minutes east; none: unknown ("-00:00").
  Precision precision = Precision::second;
  int fraction_digits = 0;
};

struct Value;
using List = std::vector<Value>;
using Struct = std::vector<std::pair<std::string, Value>>;

struct Value {
  std::variant<Missing, Null, bool, std::int64_t, Decimal, double, Text, Moment, std::shared_ptr<const List>,
               std::shared_ptr<const Struct>>
      is;

  Value() = default;
  template <typename T>
    requires(!std::is_same_v<std::remove_cvref_t<T>, Value>)
  Value(T&& value) : is(std::forward<T>(value)) {}

  template <typename T>
  const T* as() const {
    return std::get_if<T>(&is);
  }
  bool missing() const { return as<Missing>(); }
  bool absent() const { return as<Missing>() || as<Null>(); }
};

inline Value text_value(std::string text) {
  return Text{.text = std::move(text)};
}

// ---- numbers (number.cpp)

// "12", "-0.5", "1e3"; none for anything else. Whole numbers of 64 bits are integers, others decimals, and those with
// an exponent or more than 38 digits are floating.
std::optional<Value> parse_number(std::string_view text);
std::string decimal_text(const Decimal& decimal);
double to_double(const Decimal& decimal);
bool is_number(const Value& value);
// The value as a number: itself, or what untyped text spells.
std::optional<Value> as_number(const Value& value);
// Both must be numbers. NaN is greater than all.
int compare_numbers(const Value& left, const Value& right);
enum class Operation : std::uint8_t { add, subtract, multiply, divide, modulo };
// Throws IntegerOverflow; EvaluatorInvalidArguments for a division by zero.
Value compute(Operation operation, const Value& left, const Value& right);
Value negate(const Value& number);

// ---- times (moment.cpp)

// "2007T", "2007-02T", "2007-02-23", "2007-02-23T12:14:33.079-08:00".
std::optional<Moment> parse_moment(std::string_view text);
std::string moment_text(const Moment& moment);
enum class DatePart : std::uint8_t { year, month, day, hour, minute, second, timezone_hour, timezone_minute };
std::optional<DatePart> parse_date_part(std::string_view name);
Moment date_add(DatePart part, std::int64_t count, const Moment& moment);
// Whole units from one to the other, towards zero.
std::int64_t date_diff(DatePart part, const Moment& from, const Moment& to);
Value extract(DatePart part, const Moment& moment);
// "MMMM d, y"; throws EvaluatorInvalidTimestampFormatPattern… for patterns that are none.
std::string format_moment(const Moment& moment, std::string_view pattern);

// ---- JSON (json.cpp)

// One JSON value; throws JSONParsingError.
Value parse_json(std::string_view text);
// Appends the value as JSON; a missing one as null.
void append_json(const Value& value, std::string& out);
void append_json_text(std::string_view text, std::string& out);

// The value as CSV shows it, before quotes; nothing for NULL and MISSING.
std::string plain_text(const Value& value);

}  // namespace tarn::select
