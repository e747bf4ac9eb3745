// Kernels from plain lambdas: rows<std::int64_t, Text>([](std::int64_t n, Text text) { … }).
//
// The lambda sees rows whose arguments are all set. What it returns is stored: a number, a bool, text, or an optional
// of these, whose absence is NULL.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "duck/trino/duckdb.h"

namespace tarn::duck {

using Text = std::string_view;

namespace detail {

template <typename T>
struct Stored {
  using type = T;
};
template <>
struct Stored<Text> {
  using type = ::duckdb::string_t;
};

template <typename T>
T load(const typename Stored<T>::type& stored) {
  if constexpr (std::is_same_v<T, Text>) {
    return {stored.GetData(), stored.GetSize()};
  } else {
    return stored;
  }
}

template <typename R>
void store(::duckdb::Vector& result, ::duckdb::idx_t row, const R& value) {
  if constexpr (std::is_same_v<R, std::string> || std::is_same_v<R, Text>) {
    ::duckdb::FlatVector::GetData<::duckdb::string_t>(result)[row] =
        ::duckdb::StringVector::AddStringOrBlob(result, value.data(), value.size());
  } else {
    ::duckdb::FlatVector::GetData<R>(result)[row] = value;
  }
}
template <typename R>
void store(::duckdb::Vector& result, ::duckdb::idx_t row, const std::optional<R>& value) {
  if (value) {
    store(result, row, *value);
  } else {
    ::duckdb::FlatVector::SetNull(result, row, true);
  }
}

template <typename... Arguments, typename Function, std::size_t... I>
void run_rows(const Function& function, ::duckdb::DataChunk& arguments, ::duckdb::Vector& result,
              std::index_sequence<I...>) {
  using ::duckdb::idx_t;
  const bool constant = arguments.AllConstant();
  const idx_t count = constant ? 1 : arguments.size();
  ::duckdb::UnifiedVectorFormat formats[sizeof...(Arguments) + 1];
  (arguments.data[I].ToUnifiedFormat(count, formats[I]), ...);
  result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
  for (idx_t row = 0; row < count; ++row) {
    const idx_t at[] = {formats[I].sel->get_index(row)..., 0};
    if ((formats[I].validity.RowIsValid(at[I]) && ...)) {
      store(result, row,
            function(
                load<Arguments>(reinterpret_cast<const typename Stored<Arguments>::type*>(formats[I].data)[at[I]])...));
    } else {
      ::duckdb::FlatVector::SetNull(result, row, true);
    }
  }
  if (constant) result.SetVectorType(::duckdb::VectorType::CONSTANT_VECTOR);
}

}  // namespace detail

template <typename... Arguments, typename Function>
::duckdb::scalar_function_t rows(Function function) {
  return [function](::duckdb::DataChunk& arguments, ::duckdb::ExpressionState&, ::duckdb::Vector& result) {
    detail::run_rows<Arguments...>(function, arguments, result, std::index_sequence_for<Arguments...>{});
  };
}

// For hot operators: DuckDB's own loops, which skip selection vectors where there are none.
template <typename A, typename R, typename Function>
::duckdb::scalar_function_t unary(Function function) {
  return [function](::duckdb::DataChunk& arguments, ::duckdb::ExpressionState&, ::duckdb::Vector& result) {
    ::duckdb::UnaryExecutor::Execute<A, R>(arguments.data[0], result, arguments.size(), function);
  };
}
template <typename A, typename B, typename R, typename Function>
::duckdb::scalar_function_t binary(Function function) {
  return [function](::duckdb::DataChunk& arguments, ::duckdb::ExpressionState&, ::duckdb::Vector& result) {
    ::duckdb::BinaryExecutor::Execute<A, B, R>(arguments.data[0], arguments.data[1], result, arguments.size(),
                                               function);
  };
}

}  // namespace tarn::duck
