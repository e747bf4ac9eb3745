#include "duck/trino/decimal.h"

#include <array>

#include "duck/trino/errors.h"

namespace tarn::duck {
namespace {

using UInt128 = unsigned __int128;

constexpr std::array<Int128, 39> powers = [] {
  std::array<Int128, 39> result{};
  Int128 power = 1;
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = power;
    if (i + 1 < result.size()) power *= 10;
  }
  return result;
}();

[[noreturn]] void overflow() {
  throw_out_of_range("Decimal overflow");
}

UInt128 magnitude(Int128 value) {
  return value < 0 ? ~static_cast<UInt128>(value) + 1 : static_cast<UInt128>(value);
}

// a * b as 256 bits.
struct Wide {
  UInt128 high, low;
};
Wide multiply_wide(UInt128 a, UInt128 b) {
  const std::uint64_t a0 = static_cast<std::uint64_t>(a), a1 = static_cast<std::uint64_t>(a >> 64);
  const std::uint64_t b0 = static_cast<std::uint64_t>(b), b1 = static_cast<std::uint64_t>(b >> 64);
  const UInt128 low = static_cast<UInt128>(a0) * b0;
  const UInt128 left = static_cast<UInt128>(a1) * b0, right = static_cast<UInt128>(a0) * b1;
  const UInt128 middle = (low >> 64) + static_cast<std::uint64_t>(left) + static_cast<std::uint64_t>(right);
  return {.high = static_cast<UInt128>(a1) * b1 + (left >> 64) + (right >> 64) + (middle >> 64),
          .low = middle << 64 | static_cast<std::uint64_t>(low)};
}

// The quotient of 256 by 128 bits, bit by bit; only for the rare values that need it.
UInt128 divide_wide(Wide dividend, UInt128 divisor, UInt128& remainder) {
  if (dividend.high >= divisor) overflow();
  UInt128 rest = dividend.high, quotient = 0;
  for (int bit = 127; bit >= 0; --bit) {
    const bool carry = rest >> 127;
    rest = rest << 1 | (dividend.low >> bit & 1);
    quotient <<= 1;
    if (carry || rest >= divisor) {
      rest -= divisor;
      quotient |= 1;
    }
  }
  remainder = rest;
  return quotient;
}

}  // namespace

::duckdb::LogicalType wide_decimal(const ::duckdb::LogicalType& type) {
  const bool wide = ::duckdb::DecimalType::GetWidth(type) > 18;
  return ::duckdb::LogicalType::DECIMAL(wide ? 38 : 18, ::duckdb::DecimalType::GetScale(type));
}

void store_decimal(::duckdb::Vector& result, ::duckdb::idx_t row, Int128 value) {
  switch (result.GetType().InternalType()) {
    case ::duckdb::PhysicalType::INT16:
      ::duckdb::FlatVector::GetData<std::int16_t>(result)[row] = static_cast<std::int16_t>(value);
      break;
    case ::duckdb::PhysicalType::INT32:
      ::duckdb::FlatVector::GetData<std::int32_t>(result)[row] = static_cast<std::int32_t>(value);
      break;
    case ::duckdb::PhysicalType::INT64:
      ::duckdb::FlatVector::GetData<std::int64_t>(result)[row] = static_cast<std::int64_t>(value);
      break;
    default:
      ::duckdb::FlatVector::GetData<::duckdb::hugeint_t>(result)[row] = to_hugeint(value);
  }
}

Int128 power_of_ten(int n) {
  return powers.at(static_cast<std::size_t>(n));
}

Int128 checked_decimal(Int128 value) {
  if (value >= powers[38] || value <= -powers[38]) overflow();
  return value;
}

Int128 multiply_decimal(Int128 a, Int128 b) {
  // The product of two 64-bit numbers has at most 38 digits.
  if (a == static_cast<std::int64_t>(a) && b == static_cast<std::int64_t>(b)) return a * b;
  Int128 product;
  if (__builtin_mul_overflow(a, b, &product)) overflow();
  return checked_decimal(product);
}

Int128 divide_decimal(Int128 a, int scale, Int128 b) {
  const bool negative = (a < 0) != (b < 0);
  const UInt128 divisor = magnitude(b);
  UInt128 quotient, remainder;
  Int128 scaled;
  if (scale <= 38 && !__builtin_mul_overflow(a, powers[static_cast<std::size_t>(scale)], &scaled)) {
    quotient = magnitude(scaled) / divisor;
    remainder = magnitude(scaled) % divisor;
  } else {
    if (scale > 38) overflow();
    quotient = divide_wide(multiply_wide(magnitude(a), static_cast<UInt128>(power_of_ten(scale))), divisor, remainder);
  }
  if (remainder >= divisor - remainder) ++quotient;
  if (quotient >= static_cast<UInt128>(powers[38])) overflow();
  return negative ? -static_cast<Int128>(quotient) : static_cast<Int128>(quotient);
}

Int128 round_decimal(Int128 value, int digits) {
  if (digits <= 0) return value;
  if (digits > 38) return 0;
  return divide_decimal(value, 0, power_of_ten(digits));
}

}  // namespace tarn::duck
