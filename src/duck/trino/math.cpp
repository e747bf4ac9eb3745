// Numbers.
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <random>

#include "duck/trino/decimal.h"
#include "duck/trino/kernels.h"
#include "duck/trino/lists.h"
#include "duck/trino/registry.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::hugeint_t;
using ::duckdb::LogicalType;

void add_double_functions(Registry& registry) {
  const auto add = [&](const char* name, double (*function)(double)) {
    registry.kernel(std::string(name) + "(double) -> double", unary<double, double>(function)).is_infallible = true;
  };
  add("sqrt", [](double x) { return std::sqrt(x); });
  add("cbrt", [](double x) { return static_cast<double>(std::cbrt(static_cast<long double>(x))); });
  add("exp", [](double x) { return std::exp(x); });
  add("ln", [](double x) { return std::log(x); });
  add("log2", [](double x) { return std::log2(x); });
  add("log10", [](double x) { return std::log10(x); });
  add("sin", [](double x) { return std::sin(x); });
  add("cos", [](double x) { return std::cos(x); });
  add("tan", [](double x) { return std::tan(x); });
  add("asin", [](double x) { return std::asin(x); });
  add("acos", [](double x) { return std::acos(x); });
  add("atan", [](double x) { return std::atan(x); });
  add("sinh", [](double x) { return std::sinh(x); });
  add("cosh", [](double x) { return std::cosh(x); });
  add("tanh", [](double x) { return std::tanh(x); });
  add("degrees", [](double x) { return x * 180 / std::numbers::pi; });
  add("radians", [](double x) { return x * std::numbers::pi / 180; });
  const auto add2 = [&](const char* name, double (*function)(double, double)) {
    registry.kernel(std::string(name) + "(double, double) -> double", binary<double, double, double>(function))
        .is_infallible = true;
  };
  add2("power", [](double x, double y) { return std::pow(x, y); });
  add2("log", [](double base, double x) { return std::log(x) / std::log(base); });
  add2("atan2", [](double y, double x) { return std::atan2(y, x); });
  registry.alias("pow", "power");
  registry.kernel("is_nan(double) -> boolean", unary<double, bool>([](double x) { return std::isnan(x); }));
  registry.kernel("is_nan(real) -> boolean", unary<float, bool>([](float x) { return std::isnan(x); }));
  registry.kernel("is_finite(double) -> boolean", unary<double, bool>([](double x) { return std::isfinite(x); }));
  registry.kernel("is_infinite(double) -> boolean", unary<double, bool>([](double x) { return std::isinf(x); }));
  for (const auto& [name, value] : {std::pair("pi", std::numbers::pi), std::pair("e", std::numbers::e),
                                    std::pair("infinity", HUGE_VAL), std::pair("nan", std::nan(""))}) {
    registry.rewrite(std::string(name) + "() -> double",
                     [value](Call&) { return constant(::duckdb::Value::DOUBLE(value)); });
  }
}

template <typename T>
void add_integer_functions(Registry& registry, const std::string& type) {
  const std::string one = "(" + type + ") -> " + type;
  registry.kernel("abs" + one, unary<T, T>([type](T x) -> T {
                    if (x == std::numeric_limits<T>::min()) {
                      throw_out_of_range("Value " + std::to_string(x) + " is out of range for abs(" + type + ")");
                    }
                    return static_cast<T>(x < 0 ? -x : x);
                  }));
  registry.kernel("sign" + one, unary<T, T>([](T x) -> T { return static_cast<T>((x > 0) - (x < 0)); }));
  for (const char* name : {"ceil", "floor", "round", "truncate"}) {
    registry.kernel(name + one, unary<T, T>([](T x) { return x; })).is_infallible = true;
  }
  registry.kernel("round(" + type + ", bigint) -> " + type, rows<T, std::int64_t>([](T x, std::int64_t digits) -> T {
                    if (digits >= 0) return x;
                    if (digits < -18) return 0;
                    return static_cast<T>(static_cast<std::int64_t>(round_decimal(x, static_cast<int>(-digits)) *
                                                                    power_of_ten(static_cast<int>(-digits))));
                  }));
}

// Half away from zero at a decimal place.
double round_double(double x, std::int64_t digits) {
  if (!std::isfinite(x)) return x;
  const double factor = std::pow(10.0, static_cast<double>(digits));
  if (!std::isfinite(factor) || factor == 0) return x;
  const double scaled = std::abs(x) * factor;
  if (!std::isfinite(scaled)) return x;
  return std::copysign(std::floor(scaled + 0.5) / factor, x);
}

double truncate_double(double x, std::int64_t digits) {
  const double factor = std::pow(10.0, static_cast<double>(digits));
  const double scaled = x * factor;
  return std::isfinite(scaled) && factor != 0 ? std::trunc(scaled) / factor : x;
}

template <typename T>
void add_floating_functions(Registry& registry, const std::string& type) {
  const std::string one = "(" + type + ") -> " + type, two = "(" + type + ", bigint) -> " + type;
  registry.kernel("abs" + one, unary<T, T>([](T x) { return std::abs(x); })).is_infallible = true;
  registry.kernel("ceil" + one, unary<T, T>([](T x) { return std::ceil(x); })).is_infallible = true;
  registry.kernel("floor" + one, unary<T, T>([](T x) { return std::floor(x); })).is_infallible = true;
  registry.kernel("truncate" + one, unary<T, T>([](T x) { return std::trunc(x); })).is_infallible = true;
  registry.kernel("round" + one, unary<T, T>([](T x) { return std::round(x); })).is_infallible = true;
  registry.kernel("sign" + one,
                  unary<T, T>([](T x) -> T { return std::isnan(x) ? x : static_cast<T>((x > 0) - (x < 0)); }));
  registry.kernel("round" + two, rows<T, std::int64_t>(
                                     [](T x, std::int64_t digits) { return static_cast<T>(round_double(x, digits)); }));
  registry.kernel("truncate" + two, rows<T, std::int64_t>([](T x, std::int64_t digits) {
                    return static_cast<T>(truncate_double(x, digits));
                  }));
}

LogicalType decimal_type(int precision, int scale) {
  return LogicalType::DECIMAL(static_cast<std::uint8_t>(std::min(std::max(precision, 1), 38)),
                              static_cast<std::uint8_t>(scale));
}

// Division towards minus infinity.
Int128 floor_divide(Int128 a, Int128 b) {
  const Int128 quotient = a / b;
  return a % b != 0 && a < 0 ? quotient - 1 : quotient;
}

void add_decimal_functions(Registry& registry) {
  // To whole numbers.
  const auto whole = [&](const std::string& name, bool one_more, Int128 (*function)(Int128 value, Int128 unit)) {
    registry.maker(name + "(decimal) -> decimal", [one_more, function](Call& call) {
      const auto [precision, scale] = decimal_size(call.types[0]);
      call.result = decimal_type(precision - scale + (one_more && scale > 0 ? 1 : 0), 0);
      call.types[0] = wide_decimal(call.types[0]);
      const Int128 unit = power_of_ten(scale);
      return decimal_rows([=](Int128 x) { return function(x, unit); });
    });
  };
  whole("ceil", true, [](Int128 x, Int128 unit) { return -floor_divide(-x, unit); });
  whole("floor", true, [](Int128 x, Int128 unit) { return floor_divide(x, unit); });
  whole("truncate", false, [](Int128 x, Int128 unit) { return x / unit; });
  whole("round", true, [](Int128 x, Int128 unit) { return divide_decimal(x, 0, unit); });
  registry.maker("abs(decimal) -> decimal", [](Call& call) {
    call.result = call.types[0];
    call.types[0] = wide_decimal(call.types[0]);
    return decimal_rows([](Int128 x) { return x < 0 ? -x : x; });
  });
  registry.maker("sign(decimal) -> decimal", [](Call& call) {
    call.result = decimal_type(1, 0);
    call.types[0] = wide_decimal(call.types[0]);
    return decimal_rows([](Int128 x) { return Int128((x > 0) - (x < 0)); });
  });
  // At a place: the scale stays, one more digit before the point.
  const auto at_place = [&](const std::string& name, bool rounding) {
    registry.maker(name + "(decimal, bigint) -> decimal", [rounding](Call& call) {
      const auto [precision, scale] = decimal_size(call.types[0]);
      call.result = decimal_type(precision + (rounding ? 1 : 0), scale);
      call.types = {wide_decimal(call.types[0]), LogicalType::BIGINT};
      return decimal_rows([rounding, scale = scale](Int128 x, Int128 digits) -> Int128 {
        const Int128 drop = scale - digits;
        if (drop <= 0) return x;
        if (drop > 38) return 0;
        const Int128 unit = power_of_ten(static_cast<int>(drop));
        return (rounding ? divide_decimal(x, 0, unit) : x / unit) * unit;
      });
    });
  };
  at_place("round", true);
  at_place("truncate", false);
}

std::int64_t check_base(std::int64_t radix) {
  if (radix < 2 || radix > 36) throw_invalid_argument("Radix must be between 2 and 36");
  return radix;
}

std::string to_base(std::int64_t value, std::int64_t radix) {
  check_base(radix);
  std::string digits;
  auto rest = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  do {
    digits.insert(digits.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[rest % static_cast<std::uint64_t>(radix)]);
    rest /= static_cast<std::uint64_t>(radix);
  } while (rest > 0);
  return value < 0 ? "-" + digits : digits;
}

std::int64_t from_base(Text text, std::int64_t radix) {
  check_base(radix);
  const bool negative = !text.empty() && text.front() == '-';
  Text digits = text.substr(negative || (!text.empty() && text.front() == '+') ? 1 : 0);
  const auto fail = [&] {
    throw_invalid_argument("Not a valid base-" + std::to_string(radix) + " number: " + std::string(text));
  };
  if (digits.empty()) fail();
  Int128 value = 0;
  for (const char c : digits) {
    const int digit = c >= '0' && c <= '9'                          ? c - '0'
                      : std::isalpha(static_cast<unsigned char>(c)) ? (c | 32) - 'a' + 10
                                                                    : 99;
    if (digit >= radix) fail();
    value = value * radix + digit;
    if (value > static_cast<Int128>(INT64_MAX) + 1) fail();
  }
  if (negative) value = -value;
  if (value > INT64_MAX) fail();
  return static_cast<std::int64_t>(value);
}

void add_bits(Registry& registry) {
  const auto add = [&](const char* name, std::int64_t (*function)(std::int64_t, std::int64_t)) {
    registry
        .kernel(std::string(name) + "(bigint, bigint) -> bigint",
                binary<std::int64_t, std::int64_t, std::int64_t>(function))
        .is_infallible = true;
  };
  add("bitwise_and", [](std::int64_t a, std::int64_t b) { return a & b; });
  add("bitwise_or", [](std::int64_t a, std::int64_t b) { return a | b; });
  add("bitwise_xor", [](std::int64_t a, std::int64_t b) { return a ^ b; });
  registry.kernel("bitwise_not(bigint) -> bigint",
                  unary<std::int64_t, std::int64_t>([](std::int64_t a) { return ~a; }));
  registry.kernel(
      "bit_count(bigint, bigint) -> bigint",
      rows<std::int64_t, std::int64_t>([](std::int64_t value, std::int64_t bits) {
        if (bits < 2 || bits > 64)
          throw_invalid_argument("Bits specified in bit_count must be between 2 and 64, got " + std::to_string(bits));
        const std::int64_t limit = bits == 64 ? 0 : std::int64_t{1} << (bits - 1);
        if (bits < 64 && (value >= limit || value < -limit)) {
          throw_invalid_argument("Number must be representable with the bits specified. " + std::to_string(value) +
                                 " cannot be represented with " + std::to_string(bits) + " bits");
        }
        const std::uint64_t mask = bits == 64 ? ~0ull : (1ull << bits) - 1;
        return static_cast<std::int64_t>(std::popcount(static_cast<std::uint64_t>(value) & mask));
      }));
}

template <typename T>
void add_shifts(Registry& registry, const std::string& type) {
  using U = std::make_unsigned_t<T>;
  constexpr int width = sizeof(T) * 8;
  const std::string signature = "(" + type + ", integer) -> " + type;
  registry.kernel("bitwise_left_shift" + signature, rows<T, std::int32_t>([](T value, std::int32_t shift) -> T {
                    return shift < 0 || shift >= width ? T{0} : static_cast<T>(static_cast<U>(value) << shift);
                  }));
  registry.kernel("bitwise_right_shift" + signature, rows<T, std::int32_t>([](T value, std::int32_t shift) -> T {
                    return shift < 0 || shift >= width ? T{0} : static_cast<T>(static_cast<U>(value) >> shift);
                  }));
  registry.kernel(
      "bitwise_right_shift_arithmetic" + signature, rows<T, std::int32_t>([](T value, std::int32_t shift) -> T {
        return shift < 0 || shift >= width ? static_cast<T>(value < 0 ? -1 : 0) : static_cast<T>(value >> shift);
      }));
}

std::int64_t width_bucket(double value, double first, double last, std::int64_t count) {
  if (count <= 0) throw_invalid_argument("bucketCount must be greater than 0");
  if (std::isnan(value)) throw_invalid_argument("operand must not be NaN");
  if (!std::isfinite(first)) throw_invalid_argument("first bound must be finite");
  if (!std::isfinite(last)) throw_invalid_argument("second bound must be finite");
  if (first == last) throw_invalid_argument("bounds cannot equal each other");
  const double low = std::min(first, last), high = std::max(first, last);
  std::int64_t bucket;
  if (value < low) {
    bucket = 0;
  } else if (value >= high) {
    bucket = count + 1;
  } else {
    bucket = static_cast<std::int64_t>(static_cast<double>(count) * (value - low) / (high - low) + 1);
  }
  return first > last ? count - bucket + 1 : bucket;
}

// The inverse of the standard normal distribution: a rational start, then Newton's steps on erfc.
double inverse_normal(double p) {
  double low = -40, high = 40;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::numbers::sqrt2) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

double wilson(std::int64_t successes, std::int64_t trials, double z, int sign) {
  if (successes < 0) throw_invalid_argument("number of successes must not be negative");
  if (trials <= 0) throw_invalid_argument("number of trials must be positive");
  if (successes > trials) throw_invalid_argument("number of successes must not be larger than number of trials");
  if (z < 0) throw_invalid_argument("z-score must not be negative");
  const double n = static_cast<double>(trials), p = static_cast<double>(successes) / n;
  return (p + z * z / (2 * n) + sign * z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n);
}

std::mt19937_64& generator() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return random;
}

std::int64_t random_between(std::int64_t from, std::int64_t to) {
  if (to <= from) throw_invalid_argument("start value must be less than stop value");
  return std::uniform_int_distribution<std::int64_t>(from, to - 1)(generator());
}

void add_random(Registry& registry) {
  using ::duckdb::DataChunk;
  for (const std::string name : {"random", "rand"}) {
    registry
        .kernel(name + "() -> double",
                [](DataChunk& arguments, ::duckdb::ExpressionState&, ::duckdb::Vector& result) {
                  result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
                  for (::duckdb::idx_t row = 0; row < arguments.size(); ++row) {
                    detail::store(result, row, std::uniform_real_distribution<double>(0, 1)(generator()));
                  }
                })
        .is_volatile = true;
    // Constant arguments, a value a row.
    const auto each = [](bool two) {
      return [two](DataChunk& arguments, ::duckdb::ExpressionState&, ::duckdb::Vector& result) {
        arguments.Flatten();
        result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
        each_row(arguments, result, [&](::duckdb::idx_t row) {
          const auto at = [&](::duckdb::idx_t column) {
            return ::duckdb::FlatVector::GetData<std::int64_t>(arguments.data[column])[row];
          };
          if (!two && at(0) <= 0) throw_invalid_argument("bound must be positive");
          detail::store(result, row, two ? random_between(at(0), at(1)) : random_between(0, at(0)));
        });
      };
    };
    registry.kernel(name + "(bigint) -> bigint", each(false)).is_volatile = true;
    registry.kernel(name + "(bigint, bigint) -> bigint", each(true)).is_volatile = true;
  }
}

}  // namespace

void add_math(Registry& registry) {
  add_double_functions(registry);
  add_integer_functions<std::int8_t>(registry, "tinyint");
  add_integer_functions<std::int16_t>(registry, "smallint");
  add_integer_functions<std::int32_t>(registry, "integer");
  add_integer_functions<std::int64_t>(registry, "bigint");
  add_decimal_functions(registry);
  add_floating_functions<float>(registry, "real");
  add_floating_functions<double>(registry, "double");
  registry.alias("ceiling", "ceil");
  registry.kernel("to_base(bigint, bigint) -> varchar", rows<std::int64_t, std::int64_t>(to_base));
  registry.kernel("from_base(varchar, bigint) -> bigint", rows<Text, std::int64_t>(from_base));
  add_bits(registry);
  add_shifts<std::int8_t>(registry, "tinyint");
  add_shifts<std::int16_t>(registry, "smallint");
  add_shifts<std::int32_t>(registry, "integer");
  add_shifts<std::int64_t>(registry, "bigint");
  registry.kernel("width_bucket(double, double, double, bigint) -> bigint",
                  rows<double, double, double, std::int64_t>(width_bucket));
  registry.kernel("width_bucket(double, array(double)) -> bigint",
                  [](::duckdb::DataChunk& arguments, ::duckdb::ExpressionState&, ::duckdb::Vector& result) {
                    arguments.Flatten();
                    const Lists bins(arguments.data[1], arguments.size());
                    each_row(arguments, result, [&](::duckdb::idx_t row) {
                      const auto list = bins.at(row);
                      const double value = ::duckdb::FlatVector::GetData<double>(arguments.data[0])[row];
                      if (list.length == 0) throw_invalid_argument("Bins cannot be an empty array");
                      if (std::isnan(value)) throw_invalid_argument("Operand cannot be NaN");
                      const double* first = bins.data<double>() + list.offset;
                      detail::store(
                          result, row,
                          static_cast<std::int64_t>(std::upper_bound(first, first + list.length, value) - first));
                    });
                  });
  registry.kernel("normal_cdf(double, double, double) -> double",
                  rows<double, double, double>([](double mean, double deviation, double x) {
                    if (!(deviation > 0)) throw_invalid_argument("standardDeviation must be > 0");
                    return 0.5 * std::erfc(-(x - mean) / (deviation * std::numbers::sqrt2));
                  }));
  registry.kernel("inverse_normal_cdf(double, double, double) -> double",
                  rows<double, double, double>([](double mean, double deviation, double p) {
                    if (!(p > 0 && p < 1)) throw_invalid_argument("p must be 0 > p > 1");
                    if (!(deviation > 0)) throw_invalid_argument("sd must be > 0");
                    return mean + deviation * inverse_normal(p);
                  }));
  for (const int sign : {-1, 1}) {
    registry.kernel(
        std::string(sign < 0 ? "wilson_interval_lower" : "wilson_interval_upper") +
            "(bigint, bigint, double) -> double",
        rows<std::int64_t, std::int64_t, double>([sign](std::int64_t successes, std::int64_t trials, double z) {
          return wilson(successes, trials, z, sign);
        }));
  }
  add_random(registry);
}

}  // namespace tarn::duck
