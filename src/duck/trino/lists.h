// Arrays in kernels: reading them with keys that order and compare any type, and building them.
#pragma once

#include <cmath>
#include <string_view>
#include <vector>

#include "duck/trino/duckdb.h"

namespace tarn::duck {

// NaN equals nothing, itself included. For flat vectors; false for other types than real and double.
inline bool is_nan(::duckdb::Vector& vector, ::duckdb::idx_t index) {
  switch (vector.GetType().id()) {
    case ::duckdb::LogicalTypeId::DOUBLE:
      return std::isnan(::duckdb::FlatVector::GetData<double>(vector)[index]);
    case ::duckdb::LogicalTypeId::FLOAT:
      return std::isnan(::duckdb::FlatVector::GetData<float>(vector)[index]);
    default:
      return false;
  }
}

// An argument that is an array (or a map, as a list of entries). Flattens the vector.
class Lists {
 public:
  Lists(::duckdb::Vector& vector, ::duckdb::idx_t count);

  bool is_null(::duckdb::idx_t row) const { return ::duckdb::FlatVector::IsNull(vector_, row); }
  ::duckdb::list_entry_t at(::duckdb::idx_t row) const {
    return ::duckdb::FlatVector::GetData<::duckdb::list_entry_t>(vector_)[row];
  }
  ::duckdb::Vector& items() const { return items_; }
  bool item_is_null(::duckdb::idx_t index) const { return ::duckdb::FlatVector::IsNull(items_, index); }
  bool item_is_nan(::duckdb::idx_t index) const { return is_nan(items_, index); }
  template <typename T>
  const T* data() const {
    return ::duckdb::FlatVector::GetData<T>(items_);
  }

 private:
  ::duckdb::Vector& vector_;
  ::duckdb::Vector& items_;
};

// Bytes for each value of a vector: equal for equal values, and in their order, NULL last.
class Keys {
 public:
  Keys(::duckdb::Vector& values, ::duckdb::idx_t count);
  std::string_view operator[](::duckdb::idx_t index) const {
    const auto& key = ::duckdb::FlatVector::GetData<::duckdb::string_t>(keys_)[index];
    return {key.GetData(), key.GetSize()};
  }

 private:
  ::duckdb::Vector keys_;
};

// Writes the rows of a result that is an array, in order.
class ListBuilder {
 public:
  explicit ListBuilder(::duckdb::Vector& result);
  void add(::duckdb::Vector& source, ::duckdb::idx_t index);
  void add_range(::duckdb::Vector& source, ::duckdb::idx_t first, ::duckdb::idx_t count);
  // What was added since the last row makes this one.
  void finish_row(::duckdb::idx_t row);
  void set_null(::duckdb::idx_t row);

 private:
  void flush();

  ::duckdb::Vector& result_;
  ::duckdb::Vector* source_ = nullptr;
  std::vector<::duckdb::sel_t> pending_;
  ::duckdb::idx_t start_ = 0;
};

// Runs f(row) for each row in which no argument is NULL; the others are NULL.
template <typename F>
void each_row(::duckdb::DataChunk& arguments, ::duckdb::Vector& result, F f) {
  for (::duckdb::idx_t row = 0; row < arguments.size(); ++row) {
    bool missing = false;
    for (auto& column : arguments.data) missing = missing || ::duckdb::FlatVector::IsNull(column, row);
    if (missing) {
      ::duckdb::FlatVector::SetNull(result, row, true);
    } else {
      f(row);
    }
  }
}

}  // namespace tarn::duck
