// 128-bit arithmetic of decimals, with Trino's rules of precision and rounding.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

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

// Kernels over decimals read them in two widths only (18 and 38 digits), so that there are few of them to compile.
::duckdb::LogicalType wide_decimal(const ::duckdb::LogicalType& type);

class DecimalReader {
 public:
  DecimalReader(::duckdb::Vector& vector, ::duckdb::idx_t count)
      : wide_(vector.GetType().InternalType() == ::duckdb::PhysicalType::INT128) {
    vector.ToUnifiedFormat(count, format_);
  }
  bool is_null(::duckdb::idx_t row) const { return !format_.validity.RowIsValid(format_.sel->get_index(row)); }
  Int128 operator[](::duckdb::idx_t row) const {
    const ::duckdb::idx_t at = format_.sel->get_index(row);
    if (wide_) return to_int128(reinterpret_cast<const ::duckdb::hugeint_t*>(format_.data)[at]);
    return reinterpret_cast<const std::int64_t*>(format_.data)[at];
  }

 private:
  ::duckdb::UnifiedVectorFormat format_;
  bool wide_;
};

// Into a flat vector of any width.
void store_decimal(::duckdb::Vector& result, ::duckdb::idx_t row, Int128 value);

// f(a) and f(a, b) of each row's Int128 values, for arguments of wide_decimal()'s types.
template <typename F>
::duckdb::scalar_function_t decimal_rows(F f) {
  return [f](::duckdb::DataChunk& arguments, ::duckdb::ExpressionState&, ::duckdb::Vector& result) {
    const bool constant = arguments.AllConstant();
    const ::duckdb::idx_t count = constant ? 1 : arguments.size();
    const DecimalReader a(arguments.data[0], count);
    const DecimalReader b(arguments.data[arguments.ColumnCount() - 1], count);
    result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
    for (::duckdb::idx_t row = 0; row < count; ++row) {
      if (a.is_null(row) || b.is_null(row)) {
        ::duckdb::FlatVector::SetNull(result, row, true);
      } else if constexpr (std::is_invocable_v<F, Int128>) {
        store_decimal(result, row, f(a[row]));
      } else {
        store_decimal(result, row, f(a[row], b[row]));
      }
    }
    if (constant) result.SetVectorType(::duckdb::VectorType::CONSTANT_VECTOR);
  };
}

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
