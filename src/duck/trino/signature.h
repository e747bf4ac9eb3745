// Signatures in Trino's words (`date_diff(varchar, timestamp, timestamp) -> bigint`) and how calls are matched to them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duck/trino/duckdb.h"

namespace tarn::duck {

// A type with holes. Names of one capital letter are variables; `decimal` stands for one of any precision, `any` for
// anything, and a parameter followed by `...` may be repeated.
struct Pattern {
  enum class Kind { scalar, variable, decimal, array, map, row, any };
  Kind kind = Kind::scalar;
  std::string name;
  ::duckdb::LogicalType type;  // Of a scalar.
  std::vector<Pattern> children;
};

struct Signature {
  std::string name;
  std::vector<Pattern> parameters;
  bool repeated = false;  // The last parameter, zero or more times.
  Pattern result;
  std::string text;

  // Throws std::invalid_argument: signatures are written in this program.
  static Signature parse(std::string_view text);
};

struct Match {
  std::vector<::duckdb::LogicalType> arguments;
  ::duckdb::LogicalType result;
  int cost = 0;
};

// How the arguments fit, with the implicit coercions that Trino has (and no others); none if they do not.
std::optional<Match> match(const Signature& signature, const std::vector<::duckdb::LogicalType>& arguments);

// The type that values of both have in common for Trino; none if there is none.
std::optional<::duckdb::LogicalType> common_type(const ::duckdb::LogicalType& a, const ::duckdb::LogicalType& b);

// The steps from one type to a wider one; none if there is no implicit coercion.
std::optional<int> coercion_cost(const ::duckdb::LogicalType& from, const ::duckdb::LogicalType& to);

// Precision and scale of a decimal; of an integer, those of the decimal that holds it.
std::pair<int, int> decimal_size(const ::duckdb::LogicalType& type);
bool is_integer(const ::duckdb::LogicalType& type);

}  // namespace tarn::duck
