// Operators and functions on values alone.
#include <cmath>

#include "base/encoding.h"
#include "select/errors.h"
#include "select/evaluate.h"

namespace tarn::select {
namespace {

[[noreturn]] void refuse_cast(const Value& value, std::string_view type) {
  throw Error(errors::cast_failed,
              "Attempt to convert from one data type to another using CAST failed in the SQL expression: '" +
                  plain_text(value).substr(0, 100) + "' is not of type " + std::string(type) + ".");
}

// The next code point; a broken byte stands for itself.
char32_t take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  std::size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  if (size > text.size()) size = 1;
  char32_t character = size == 1 ? first : first & (0xFF >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) character = character << 6 | (static_cast<unsigned char>(text[i]) & 63);
  text.remove_prefix(size);
  return character;
}

Value to_boolean(const Value& value) {
  if (value.as<bool>()) return value;
  if (const auto* text = value.as<Text>()) {
    if (equal_ignoring_case(text->text, "true")) return true;
    if (equal_ignoring_case(text->text, "false")) return false;
  }
  if (is_number(value)) return compare_numbers(value, std::int64_t{0}) != 0;
  refuse_cast(value, "BOOL");
}

// What number the value is or spells.
std::optional<Value> spelled(const Value& value) {
  if (is_number(value)) return value;
  if (const auto* truth = value.as<bool>()) return Value(std::int64_t{*truth});
  if (const auto* text = value.as<Text>()) return parse_number(trim(text->text));
  return std::nullopt;
}

Value to_integer(const Value& value) {
  const auto number = spelled(value);
  if (!number) refuse_cast(value, "INT");
  if (number->as<std::int64_t>()) return *number;
  if (const auto* decimal = number->as<Decimal>()) {
    __int128 whole = decimal->unscaled;
    for (int i = 0; i < decimal->scale; ++i) whole /= 10;
    if (whole >= INT64_MIN && whole <= INT64_MAX) return static_cast<std::int64_t>(whole);
  } else if (const double floating = std::trunc(*number->as<double>()); std::abs(floating) < 9.2e18) {
    return static_cast<std::int64_t>(floating);
  }
  throw Error(errors::integer_overflow, "An integer overflow or underflow occurred in the SQL expression.");
}

Value to_floating(const Value& value) {
  const auto number = spelled(value);
  if (!number) refuse_cast(value, "FLOAT");
  if (const auto* integer = number->as<std::int64_t>()) return static_cast<double>(*integer);
  if (const auto* decimal = number->as<Decimal>()) return to_double(*decimal);
  return *number;
}

Value to_decimal(const Value& value, std::optional<std::pair<int, int>> precision) {
  auto number = spelled(value);
  if (!number) refuse_cast(value, "DECIMAL");
  Decimal decimal;
  if (const auto* integer = number->as<std::int64_t>()) {
    decimal.unscaled = *integer;
  } else if (const auto* exact = number->as<Decimal>()) {
    decimal = *exact;
  } else {
    const double floating = *number->as<double>();
    if (!(std::abs(floating) < 1e20)) refuse_cast(value, "DECIMAL");
    decimal = {.unscaled = static_cast<__int128>(std::llround(floating * 1e9 - std::trunc(floating) * 1e9)) +
                           static_cast<__int128>(std::trunc(floating)) * 1'000'000'000,
               .scale = 9};
    while (decimal.scale > 0 && decimal.unscaled % 10 == 0)
      decimal = {.unscaled = decimal.unscaled / 10, .scale = decimal.scale - 1};
  }
  if (!precision) return decimal;
  const auto [digits, scale] = *precision;
  for (; decimal.scale < scale; ++decimal.scale) {
    if (__builtin_mul_overflow(decimal.unscaled, static_cast<__int128>(10), &decimal.unscaled))
      refuse_cast(value, "DECIMAL");
  }
  for (; decimal.scale > scale; --decimal.scale) {
    const int last = static_cast<int>(decimal.unscaled % 10);
    decimal.unscaled /= 10;
    if (decimal.scale == scale + 1 && std::abs(last) >= 5) decimal.unscaled += last < 0 ? -1 : 1;
  }
  const std::string text = decimal_text({.unscaled = decimal.unscaled < 0 ? -decimal.unscaled : decimal.unscaled});
  if (text != "0" && text.size() > static_cast<std::size_t>(digits)) refuse_cast(value, "DECIMAL");
  return decimal;
}

Value to_moment(const Value& value) {
  if (value.as<Moment>()) return value;
  const auto* text = value.as<Text>();
  const auto moment = text ? parse_moment(text->text) : std::nullopt;
  if (!moment) refuse_cast(value, "TIMESTAMP");
  return *moment;
}

}  // namespace

std::optional<int> order(const Value& left, const Value& right) {
  const auto a = as_number(left), b = as_number(right);
  const bool numbers = a && b && (is_number(left) || is_number(right));
  if (numbers) return compare_numbers(*a, *b);
  const auto sign = [](auto difference) { return difference < 0 ? -1 : difference > 0 ? 1 : 0; };
  if (const auto *c = left.as<Text>(), *d = right.as<Text>(); c && d) return sign(c->text.compare(d->text));
  if (const auto *c = left.as<bool>(), *d = right.as<bool>(); c && d) return sign(int{*c} - int{*d});
  const auto moment = [](const Value& value) -> std::optional<Moment> {
    if (const auto* is = value.as<Moment>()) return *is;
    const auto* text = value.as<Text>();
    return text && text->untyped ? parse_moment(text->text) : std::nullopt;
  };
  if (left.as<Moment>() || right.as<Moment>()) {
    const auto c = moment(left), d = moment(right);
    if (c && d) return c->micros < d->micros ? -1 : c->micros > d->micros ? 1 : 0;
  }
  return std::nullopt;
}

bool equal(const Value& left, const Value& right) {
  if (const auto ordered = order(left, right)) return *ordered == 0;
  const auto nested = [](const Value& value) {
    return value.as<std::shared_ptr<const List>>() || value.as<std::shared_ptr<const Struct>>();
  };
  if (nested(left) && nested(right)) return plain_text(left) == plain_text(right);
  // A word of CSV may be meant as a truth.
  const auto* truth = left.as<bool>() ? left.as<bool>() : right.as<bool>();
  const auto* text = left.as<Text>() ? left.as<Text>() : right.as<Text>();
  return truth && text && text->untyped && equal_ignoring_case(text->text, *truth ? "true" : "false");
}

std::optional<bool> truth(const Value& value) {
  if (value.absent()) return std::nullopt;
  if (const auto* is = value.as<bool>()) return *is;
  if (const auto* text = value.as<Text>(); text && text->untyped) {
    if (equal_ignoring_case(text->text, "true")) return true;
    if (equal_ignoring_case(text->text, "false")) return false;
  }
  throw Error(errors::invalid_data_type,
              "The SQL expression contains an invalid data type: a condition that is no boolean.");
}

Value cast(const Value& value, CastType type, std::optional<std::pair<int, int>> precision) {
  if (value.absent()) return value;
  switch (type) {
    case CastType::boolean:
      return to_boolean(value);
    case CastType::integer:
      return to_integer(value);
    case CastType::string:
      return text_value(plain_text(value));
    case CastType::floating:
      return to_floating(value);
    case CastType::decimal:
      return to_decimal(value, precision);
    case CastType::timestamp:
      return to_moment(value);
  }
  std::unreachable();
}

// Greedy with one point to come back to: linear but for the stretch between two %.
bool like(std::string_view text, std::string_view pattern, std::optional<char32_t> escape) {
  std::optional<std::pair<std::string_view, std::string_view>> back;  // Text and pattern behind the last %.
  while (true) {
    if (pattern.empty()) {
      if (text.empty()) return true;
    } else {
      std::string_view rest = pattern;
      char32_t wanted = take_character(rest);
      bool literal = false;
      if (escape && wanted == *escape) {
        if (rest.empty()) {
          throw Error(errors::evaluator_like_escape, "A LIKE pattern ends with its escape character.");
        }
        wanted = take_character(rest);
        if (wanted != '%' && wanted != '_' && wanted != *escape) {
          throw Error(errors::evaluator_like_escape, "A LIKE pattern escapes what needs no escape.");
        }
        literal = true;
      }
      if (!literal && wanted == '%') {
        pattern = rest;
        back = {text, pattern};
        continue;
      }
      if (!text.empty()) {
        std::string_view behind = text;
        const char32_t found = take_character(behind);
        if ((!literal && wanted == '_') || found == wanted) {
          text = behind;
          pattern = rest;
          continue;
        }
      }
    }
    if (!back || back->first.empty()) return false;
    take_character(back->first);
    std::tie(text, pattern) = *back;
  }
}

std::int64_t characters(std::string_view text) {
  std::int64_t count = 0;
  for (; !text.empty(); ++count) take_character(text);
  return count;
}

// SQL's: characters from `start` (1 is the first) to before start + length, of which those that are there remain.
std::string substring(std::string_view text, std::int64_t start, std::optional<std::int64_t> length) {
  if (length && *length < 0) {
    throw Error(errors::evaluator_invalid_arguments, "The length of a SUBSTRING must not be negative.");
  }
  std::int64_t end = INT64_MAX;
  if (length && __builtin_add_overflow(start, *length, &end)) end = INT64_MAX;
  const char* begin = text.data();
  const char* const last = text.data() + text.size();
  std::int64_t at = 1;
  for (; at < start && !text.empty(); ++at) take_character(text);
  begin = text.data();
  for (; at < end && !text.empty(); ++at) take_character(text);
  return {begin, text.empty() ? last : text.data()};
}

}  // namespace tarn::select
