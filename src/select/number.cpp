#include <charconv>
#include <cmath>

#include "select/errors.h"
#include "select/value.h"

namespace tarn::select {
namespace {

constexpr int most_digits = 38;

__int128 power_of_ten(int exponent) {
  __int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

bool multiply_fits(__int128 left, __int128 right, __int128& product) {
  return !__builtin_mul_overflow(left, right, &product);
}

// Without the zeros at its end that say nothing.
Decimal shortened(Decimal decimal) {
  while (decimal.scale > 0 && decimal.unscaled % 10 == 0) {
    decimal.unscaled /= 10;
    --decimal.scale;
  }
  return decimal;
}

// Both with one scale; false where that needs more digits than there are.
bool align(Decimal& left, Decimal& right) {
  Decimal& lower = left.scale < right.scale ? left : right;
  const int scale = std::max(left.scale, right.scale);
  if (scale - lower.scale > most_digits) return false;
  if (!multiply_fits(lower.unscaled, power_of_ten(scale - lower.scale), lower.unscaled)) return false;
  lower.scale = scale;
  return true;
}

Decimal to_decimal(const Value& number) {
  if (const auto* integer = number.as<std::int64_t>()) return {.unscaled = *integer};
  return *number.as<Decimal>();
}

double as_double(const Value& number) {
  if (const auto* integer = number.as<std::int64_t>()) return static_cast<double>(*integer);
  if (const auto* decimal = number.as<Decimal>()) return to_double(*decimal);
  return *number.as<double>();
}

[[noreturn]] void refuse_zero() {
  throw Error(errors::evaluator_invalid_arguments,
              "Incorrect number of arguments in the function call in the SQL "
              "expression: division by zero.");
}

Value compute_doubles(Operation operation, double left, double right) {
  switch (operation) {
    case Operation::add:
      return left + right;
    case Operation::subtract:
      return left - right;
    case Operation::multiply:
      return left * right;
    case Operation::divide:
      if (right == 0) refuse_zero();
      return left / right;
    case Operation::modulo:
      if (right == 0) refuse_zero();
      return std::fmod(left, right);
  }
  std::unreachable();
}

Value compute_integers(Operation operation, std::int64_t left, std::int64_t right) {
  std::int64_t result = 0;
  bool overflow = false;
  switch (operation) {
    case Operation::add:
      overflow = __builtin_add_overflow(left, right, &result);
      break;
    case Operation::subtract:
      overflow = __builtin_sub_overflow(left, right, &result);
      break;
    case Operation::multiply:
      overflow = __builtin_mul_overflow(left, right, &result);
      break;
    case Operation::divide:
    case Operation::modulo:
      if (right == 0) refuse_zero();
      overflow = left == INT64_MIN && right == -1;
      if (!overflow) result = operation == Operation::divide ? left / right : left % right;
      break;
  }
  if (overflow)
    throw Error(errors::integer_overflow, "An integer overflow or underflow occurred in the SQL expression.");
  return result;
}

std::optional<Decimal> divide(Decimal left, const Decimal& right) {
  // As many digits as fit, and at least those of the operands.
  while (left.scale < right.scale + 20) {
    __int128 more = 0;
    if (!multiply_fits(left.unscaled, 10, more)) break;
    left.unscaled = more;
    ++left.scale;
  }
  if (left.scale < right.scale) return std::nullopt;
  return Decimal{.unscaled = left.unscaled / right.unscaled, .scale = left.scale - right.scale};
}

// None: more digits than a decimal has.
std::optional<Decimal> compute_decimals(Operation operation, Decimal left, Decimal right) {
  Decimal result;
  switch (operation) {
    case Operation::add:
    case Operation::subtract:
      if (!align(left, right)) return std::nullopt;
      result.scale = left.scale;
      if (operation == Operation::add ? __builtin_add_overflow(left.unscaled, right.unscaled, &result.unscaled)
                                      : __builtin_sub_overflow(left.unscaled, right.unscaled, &result.unscaled)) {
        return std::nullopt;
      }
      break;
    case Operation::multiply:
      if (!multiply_fits(left.unscaled, right.unscaled, result.unscaled)) return std::nullopt;
      result.scale = left.scale + right.scale;
      if (result.scale > most_digits) return std::nullopt;
      break;
    case Operation::divide: {
      if (right.unscaled == 0) refuse_zero();
      const auto quotient = divide(left, right);
      if (!quotient) return std::nullopt;
      result = *quotient;
      break;
    }
    case Operation::modulo:
      if (right.unscaled == 0) refuse_zero();
      if (!align(left, right)) return std::nullopt;
      result = {.unscaled = left.unscaled % right.unscaled, .scale = left.scale};
      break;
  }
  return shortened(result);
}

}  // namespace

std::optional<Value> parse_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::size_t digits = 0;
  std::size_t point = std::string_view::npos;
  bool simple = !text.empty();
  __int128 unscaled = 0;
  for (std::size_t i = text.starts_with('-') ? 1 : 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      if (digits < most_digits) unscaled = unscaled * 10 + (c - '0');
      digits += unscaled != 0 || point != std::string_view::npos ? 1 : 0;
    } else if (c == '.' && point == std::string_view::npos) {
      point = i;
    } else {
      simple = false;
      break;
    }
  }
  const bool has_digit = text.find_first_of("0123456789") != std::string_view::npos;
  if (!has_digit) return std::nullopt;
  if (simple && digits <= most_digits) {
    if (text.starts_with('-')) unscaled = -unscaled;
    if (point == std::string_view::npos && unscaled >= INT64_MIN && unscaled <= INT64_MAX) {
      return Value(static_cast<std::int64_t>(unscaled));
    }
    const int scale = point == std::string_view::npos ? 0 : static_cast<int>(text.size() - point - 1);
    if (scale <= most_digits) return Value(Decimal{.unscaled = unscaled, .scale = scale});
  }
  if (text.find_first_not_of("+-0123456789.eE") != std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::nullopt;
  return Value(value);
}

std::string decimal_text(const Decimal& decimal) {
  unsigned __int128 rest = decimal.unscaled < 0 ? -static_cast<unsigned __int128>(decimal.unscaled)
                                                : static_cast<unsigned __int128>(decimal.unscaled);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  const auto scale = static_cast<std::size_t>(std::max(decimal.scale, 0));
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, ".");
  return (decimal.unscaled < 0 ? "-" : "") + digits;
}

double to_double(const Decimal& decimal) {
  const std::string text = decimal_text(decimal);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool is_number(const Value& value) {
  return value.as<std::int64_t>() || value.as<Decimal>() || value.as<double>();
}

std::optional<Value> as_number(const Value& value) {
  if (is_number(value)) return value;
  const auto* text = value.as<Text>();
  if (!text || !text->untyped) return std::nullopt;
  return parse_number(text->text);
}

int compare_numbers(const Value& left, const Value& right) {
  const auto order = [](const auto& a, const auto& b) { return a < b ? -1 : a > b ? 1 : 0; };
  if (!left.as<double>() && !right.as<double>()) {
    Decimal a = to_decimal(left), b = to_decimal(right);
    if (align(a, b)) return order(a.unscaled, b.unscaled);
  }
  const double a = as_double(left), b = as_double(right);
  if (std::isnan(a) || std::isnan(b)) return order(std::isnan(a), std::isnan(b));
  return order(a, b);
}

Value compute(Operation operation, const Value& left, const Value& right) {
  const auto *a = left.as<std::int64_t>(), *b = right.as<std::int64_t>();
  if (a && b) return compute_integers(operation, *a, *b);
  if (!left.as<double>() && !right.as<double>()) {
    if (const auto exact = compute_decimals(operation, to_decimal(left), to_decimal(right))) return *exact;
  }
  return compute_doubles(operation, as_double(left), as_double(right));
}

Value negate(const Value& number) {
  if (const auto* floating = number.as<double>()) return -*floating;
  if (const auto* decimal = number.as<Decimal>())
    return Decimal{.unscaled = -decimal->unscaled, .scale = decimal->scale};
  return compute(Operation::subtract, std::int64_t{0}, number);
}

}  // namespace tarn::select
