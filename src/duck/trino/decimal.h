// 128-bit arithmetic of decimals, with Trino's rules of precision and rounding.
#pragma once

#include <cstdint>
#include <cstring>

#include "duck/trino/duckdb.h"

namespace tarn::duck {

using Int128 = __int128;

inline Int128 to_int128(::duckdb::hugeint_t value) {
  return static_cast<Int128>(value.upper) << 64 | static_cast<Int128>(value.lower);
}
inline ::duckdb::hugeint_t to_hugeint(Int128 value) {
  ::duckdb::hugeint_t result;
  result.lower = static_cast<std::uint64_t>(value);
  result.upper = static_cast<std::int64_t>(value >> 64);
  return result;
}
template <typename T>
Int128 widen(T value) {
  if constexpr (std::is_same_v<T, ::duckdb::hugeint_t>) {
    return to_int128(value);
  } else {
    return value;
  }
}
template <typename T>
T narrow(Int128 value) {
  if constexpr (std::is_same_v<T, ::duckdb::hugeint_t>) {
    return to_hugeint(value);
  } else {
    return static_cast<T>(value);
  }
}

// 10 to the power of n, 0 <= n <= 38.
Int128 power_of_ten(int n);

// Throw NUMERIC_VALUE_OUT_OF_RANGE: Decimal overflow beyond 38 digits.
Int128 checked_decimal(Int128 value);
Int128 multiply_decimal(Int128 a, Int128 b);
// a * 10^scale / b, rounded half away from zero; b is not 0.
Int128 divide_decimal(Int128 a, int scale, Int128 b);
// value / 10^digits, rounded half away from zero.
Int128 round_decimal(Int128 value, int digits);

// Calls f with a value of the C++ type in which a DECIMAL of this precision is kept.
template <typename F>
auto with_decimal_type(const ::duckdb::LogicalType& type, F f) {
  switch (type.InternalType()) {
    case ::duckdb::PhysicalType::INT16:
      return f(std::int16_t{});
    case ::duckdb::PhysicalType::INT32:
      return f(std::int32_t{});
    case ::duckdb::PhysicalType::INT64:
      return f(std::int64_t{});
    default:
      return f(::duckdb::hugeint_t{});
  }
}

}  // namespace tarn::duck
