// CASE, IF, COALESCE, NULLIF, IN, IS DISTINCT FROM and ARRAY[…]: DuckDB's own expressions, once their operands have the
// one type that Trino finds for them. Printed as calls, because DuckDB would unify the types by its own rules.
#include <utility>

#include "duck/trino/comparisons.h"
#include "duck/trino/registry.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::ExpressionType;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;

bool is_boolean(const LogicalType& type) {
  return type.id() == LogicalTypeId::BOOLEAN || type.id() == LogicalTypeId::SQLNULL;
}

[[noreturn]] void throw_no_common_type(const std::string& what, const LogicalType& a, const LogicalType& b) {
  throw_type_mismatch(what + " must be the same type or coercible to a common type. Cannot find common type between " +
                      trino_name(type_of(a)) + " and " + trino_name(type_of(b)));
}

// The type of a result that is one of these values. Blanks of a char are part of a value here, so its length matters.
LogicalType result_type(const Call& call, const std::vector<std::size_t>& results, const std::string& what) {
  LogicalType type = LogicalType::SQLNULL;
  for (const std::size_t i : results) {
    const LogicalType& other = call.arguments[i]->return_type;
    const auto common = common_type(type, other);
    if (!common) throw_no_common_type(what, type, other);
    const bool mixed = type_of(type).kind == TypeKind::character || type_of(other).kind == TypeKind::character;
    if (mixed && type != other && type.id() == other.id()) {
      throw_not_supported(what + " of " + trino_name(type_of(type)) + " and " + trino_name(type_of(other)) +
                          " need a CAST to one of them");
    }
    type = *common;
  }
  return type;
}

void require_boolean(const LogicalType& type, const std::string& what) {
  if (!is_boolean(type)) {
    throw_type_mismatch(what + " must evaluate to a boolean (actual: " + trino_name(type_of(type)) + ")");
  }
}

// condition, result, condition, result, …, otherwise.
ExpressionPtr make_case(Call& call, const std::string& what, const std::string& results_name) {
  std::vector<std::size_t> results;
  const std::size_t count = call.arguments.size();
  for (std::size_t i = 0; i + 1 < count; i += 2) {
    require_boolean(call.arguments[i]->return_type, what);
    results.push_back(i + 1);
  }
  if (count % 2 == 1) results.push_back(count - 1);
  const LogicalType type = result_type(call, results, results_name);
  auto result = ::duckdb::make_uniq<::duckdb::BoundCaseExpression>(type);
  for (std::size_t i = 0; i + 1 < count; i += 2) {
    ::duckdb::BoundCaseCheck check;
    check.when_expr = call.cast(std::move(call.arguments[i]), LogicalType::BOOLEAN);
    check.then_expr = call.cast(std::move(call.arguments[i + 1]), type);
    result->case_checks.push_back(std::move(check));
  }
  result->else_expr =
      count % 2 == 1 ? call.cast(std::move(call.arguments.back()), type) : constant(::duckdb::Value(type));
  return result;
}

std::vector<std::size_t> all_of(const Call& call) {
  std::vector<std::size_t> all(call.arguments.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

ExpressionPtr make_coalesce(Call& call) {
  const LogicalType type = result_type(call, all_of(call), "All COALESCE operands");
  auto result = ::duckdb::make_uniq<::duckdb::BoundOperatorExpression>(ExpressionType::OPERATOR_COALESCE, type);
  for (auto& argument : call.arguments) result->children.push_back(call.cast(std::move(argument), type));
  return result;
}

ExpressionPtr make_nullif(Call& call) {
  const LogicalType type = call.arguments[0]->return_type, other = call.arguments[1]->return_type;
  if (!common_type(type, other)) {
    throw_type_mismatch("Types are not comparable with NULLIF: " + trino_name(type_of(type)) + " vs " +
                        trino_name(type_of(other)));
  }
  auto kept = call.arguments[0]->Copy();
  auto equal = call.call_trino("eq", std::move(call.arguments));
  auto result = ::duckdb::make_uniq<::duckdb::BoundCaseExpression>(std::move(equal), constant(::duckdb::Value(type)),
                                                                   std::move(kept));
  return result;
}

// value, item, item, …
ExpressionPtr make_in(Call& call) {
  LogicalType type = call.arguments[0]->return_type;
  for (const auto& argument : call.arguments) {
    const auto common = common_type(type, argument->return_type);
    if (!common) throw_no_common_type("IN value and list items", type, argument->return_type);
    type = *common;
  }
  // Equality of nested values is three-valued, which DuckDB's IN is not.
  if (type.id() == LogicalTypeId::LIST || type.id() == LogicalTypeId::STRUCT || type.id() == LogicalTypeId::MAP) {
    ExpressionPtr any;
    for (std::size_t i = 1; i < call.arguments.size(); ++i) {
      auto equal = call.call_trino("eq", list_of(call.arguments[0]->Copy(), std::move(call.arguments[i])));
      any = any ? ExpressionPtr(::duckdb::make_uniq<::duckdb::BoundConjunctionExpression>(
                      ExpressionType::CONJUNCTION_OR, std::move(any), std::move(equal)))
                : std::move(equal);
    }
    return any;
  }
  compare_alike(call, "IN");
  auto result =
      ::duckdb::make_uniq<::duckdb::BoundOperatorExpression>(ExpressionType::COMPARE_IN, LogicalType::BOOLEAN);
  for (auto& argument : call.arguments) result->children.push_back(std::move(argument));
  return result;
}

ExpressionPtr make_distinct(Call& call) {
  const LogicalType &a = call.arguments[0]->return_type, &b = call.arguments[1]->return_type;
  if (!common_type(a, b)) {
    throw_type_mismatch("Cannot check if " + trino_name(type_of(a)) + " is identical to " + trino_name(type_of(b)));
  }
  compare_alike(call, "IS DISTINCT FROM");
  return ::duckdb::make_uniq<::duckdb::BoundComparisonExpression>(
      ExpressionType::COMPARE_DISTINCT_FROM, std::move(call.arguments[0]), std::move(call.arguments[1]));
}

ExpressionPtr make_array(Call& call) {
  const LogicalType type = result_type(call, all_of(call), "All ARRAY elements");
  for (auto& argument : call.arguments) argument = call.cast(std::move(argument), type);
  return call.call("list_value", std::move(call.arguments));
}

}  // namespace

void add_conditionals(Registry& registry) {
  registry.rewrite("case_of(any...) -> any",
                   [](Call& call) { return make_case(call, "CASE WHEN clause", "All CASE results"); });
  registry.rewrite("if_of(any...) -> any",
                   [](Call& call) { return make_case(call, "IF condition", "Result types for IF"); });
  registry.rewrite("coalesce_of(any...) -> any", make_coalesce);
  registry.rewrite("nullif_of(any, any) -> any", make_nullif);
  registry.rewrite("in_list(any...) -> boolean", make_in);
  registry.rewrite("distinct_from(any, any) -> boolean", make_distinct);
  registry.rewrite("array_of(any...) -> any", make_array);
}

}  // namespace tarn::duck
