// = <> < <= > >= BETWEEN and LIKE: DuckDB's own expressions, once both sides have one type.
#include "duck/trino/comparisons.h"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "duck/trino/kernels.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::ExpressionType;
using ::duckdb::idx_t;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;
using ::duckdb::RecursiveUnifiedVectorFormat;

[[noreturn]] void throw_cannot_apply(const std::string& op, const LogicalType& a, const LogicalType& b) {
  throw_type_mismatch("Cannot apply operator: " + trino_name(type_of(a)) + " " + op + " " + trino_name(type_of(b)));
}

bool is_character(const LogicalType& type) {
  return type_of(type).kind == TypeKind::character;
}

bool is_nested(const LogicalType& type) {
  return type.id() == LogicalTypeId::LIST || type.id() == LogicalTypeId::STRUCT || type.id() == LogicalTypeId::MAP;
}

enum class Answer { no, yes, unknown };

// Whether two values are equal, NULLs inside making it unknown.
Answer equal_values(const RecursiveUnifiedVectorFormat& a, idx_t row_a, const RecursiveUnifiedVectorFormat& b,
                    idx_t row_b);

template <typename T>
bool same(const RecursiveUnifiedVectorFormat& a, idx_t at_a, const RecursiveUnifiedVectorFormat& b, idx_t at_b) {
  return reinterpret_cast<const T*>(a.unified.data)[at_a] == reinterpret_cast<const T*>(b.unified.data)[at_b];
}

Answer equal_lists(const RecursiveUnifiedVectorFormat& a, idx_t at_a, const RecursiveUnifiedVectorFormat& b,
                   idx_t at_b) {
  const auto list_a = reinterpret_cast<const ::duckdb::list_entry_t*>(a.unified.data)[at_a];
  const auto list_b = reinterpret_cast<const ::duckdb::list_entry_t*>(b.unified.data)[at_b];
  if (list_a.length != list_b.length) return Answer::no;
  Answer answer = Answer::yes;
  for (idx_t i = 0; i < list_a.length; ++i) {
    const Answer item = equal_values(a.children[0], list_a.offset + i, b.children[0], list_b.offset + i);
    if (item == Answer::no) return Answer::no;
    if (item == Answer::unknown) answer = Answer::unknown;
  }
  return answer;
}

// Maps are equal if they have the same keys with equal values, in whatever order.
Answer equal_maps(const RecursiveUnifiedVectorFormat& a, idx_t at_a, const RecursiveUnifiedVectorFormat& b,
                  idx_t at_b) {
  const auto map_a = reinterpret_cast<const ::duckdb::list_entry_t*>(a.unified.data)[at_a];
  const auto map_b = reinterpret_cast<const ::duckdb::list_entry_t*>(b.unified.data)[at_b];
  if (map_a.length != map_b.length) return Answer::no;
  const auto &entries_a = a.children[0], &entries_b = b.children[0];
  const auto entry = [](const RecursiveUnifiedVectorFormat& entries, idx_t i) {
    return entries.unified.sel->get_index(i);
  };
  Answer answer = Answer::yes;
  for (idx_t i = 0; i < map_a.length; ++i) {
    const idx_t mine = entry(entries_a, map_a.offset + i);
    Answer same = Answer::no;
    for (idx_t j = 0; j < map_b.length; ++j) {
      const idx_t other = entry(entries_b, map_b.offset + j);
      if (equal_values(entries_a.children[0], mine, entries_b.children[0], other) != Answer::yes) continue;
      same = equal_values(entries_a.children[1], mine, entries_b.children[1], other);
      break;
    }
    if (same == Answer::no) return Answer::no;
    if (same == Answer::unknown) answer = Answer::unknown;
  }
  return answer;
}

Answer equal_values(const RecursiveUnifiedVectorFormat& a, idx_t row_a, const RecursiveUnifiedVectorFormat& b,
                    idx_t row_b) {
  const idx_t at_a = a.unified.sel->get_index(row_a), at_b = b.unified.sel->get_index(row_b);
  if (!a.unified.validity.RowIsValid(at_a) || !b.unified.validity.RowIsValid(at_b)) return Answer::unknown;
  const auto answer = [](bool equal) { return equal ? Answer::yes : Answer::no; };
  switch (a.logical_type.InternalType()) {
    case ::duckdb::PhysicalType::BOOL:
    case ::duckdb::PhysicalType::INT8:
      return answer(same<std::int8_t>(a, at_a, b, at_b));
    case ::duckdb::PhysicalType::INT16:
      return answer(same<std::int16_t>(a, at_a, b, at_b));
    case ::duckdb::PhysicalType::INT32:
      return answer(same<std::int32_t>(a, at_a, b, at_b));
    case ::duckdb::PhysicalType::INT64:
      return answer(same<std::int64_t>(a, at_a, b, at_b));
    case ::duckdb::PhysicalType::INT128:
      return answer(same<::duckdb::hugeint_t>(a, at_a, b, at_b));
    case ::duckdb::PhysicalType::FLOAT:
      return answer(same<float>(a, at_a, b, at_b));
    case ::duckdb::PhysicalType::DOUBLE:
      return answer(same<double>(a, at_a, b, at_b));
    case ::duckdb::PhysicalType::VARCHAR:
      return answer(same<::duckdb::string_t>(a, at_a, b, at_b));
    case ::duckdb::PhysicalType::INTERVAL:
      return answer(same<::duckdb::interval_t>(a, at_a, b, at_b));
    case ::duckdb::PhysicalType::LIST:
      if (a.logical_type.id() == LogicalTypeId::MAP) return equal_maps(a, at_a, b, at_b);
      return equal_lists(a, at_a, b, at_b);
    case ::duckdb::PhysicalType::STRUCT: {
      Answer whole = Answer::yes;
      for (std::size_t i = 0; i < a.children.size(); ++i) {
        const Answer field = equal_values(a.children[i], at_a, b.children[i], at_b);
        if (field == Answer::no) return Answer::no;
        if (field == Answer::unknown) whole = Answer::unknown;
      }
      return whole;
    }
    default:
      throw ::duckdb::NotImplementedException("NOT_SUPPORTED: comparing values of type " + a.logical_type.ToString());
  }
}

void nested_equality(::duckdb::DataChunk& arguments, ::duckdb::Vector& result, bool wanted) {
  RecursiveUnifiedVectorFormat a, b;
  arguments.Flatten();
  ::duckdb::Vector::RecursiveToUnifiedFormat(arguments.data[0], arguments.size(), a);
  ::duckdb::Vector::RecursiveToUnifiedFormat(arguments.data[1], arguments.size(), b);
  for (idx_t row = 0; row < arguments.size(); ++row) {
    const Answer answer = equal_values(a, row, b, row);
    if (answer == Answer::unknown) {
      ::duckdb::FlatVector::SetNull(result, row, true);
    } else {
      ::duckdb::FlatVector::GetData<bool>(result)[row] = (answer == Answer::yes) == wanted;
    }
  }
}

void add_comparison(Registry& registry, const std::string& name, const std::string& op, ExpressionType type) {
  registry.rewrite(name + "(any, any) -> boolean", [op, type](Call& call) -> ExpressionPtr {
    compare_alike(call, op);
    if (is_nested(call.arguments[0]->return_type) &&
        (type == ExpressionType::COMPARE_EQUAL || type == ExpressionType::COMPARE_NOTEQUAL)) {
      return call.call_trino(type == ExpressionType::COMPARE_EQUAL ? "nested_eq" : "nested_neq",
                             std::move(call.arguments));
    }
    return ::duckdb::make_uniq<::duckdb::BoundComparisonExpression>(type, std::move(call.arguments[0]),
                                                                    std::move(call.arguments[1]));
  });
}

template <typename T>
ExpressionPtr larger_or_smaller(Call& call, bool larger, const LogicalType& type) {
  // NaN loses against every number, on both sides.
  const auto better = larger ? binary<T, T, T>([](T a, T b) { return std::isnan(a) || b > a ? b : a; })
                             : binary<T, T, T>([](T a, T b) { return std::isnan(a) || b < a ? b : a; });
  ExpressionPtr best;
  for (auto& argument : call.arguments) {
    auto value = call.cast(std::move(argument), type);
    if (!best) {
      best = std::move(value);
      continue;
    }
    ::duckdb::ScalarFunction function(larger ? "larger" : "smaller", {type, type}, type, better);
    best = ::duckdb::make_uniq<::duckdb::BoundFunctionExpression>(type, std::move(function),
                                                                  list_of(std::move(best), std::move(value)), nullptr);
  }
  return best;
}

}  // namespace

void compare_alike(Call& call, const std::string& op) {
  LogicalType type = call.arguments[0]->return_type;
  bool character = is_character(type);
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    const LogicalType& other = call.arguments[i]->return_type;
    character = character || is_character(other);
    const auto common = common_type(type, other);
    if (!common) throw_cannot_apply(op, call.arguments[0]->return_type, other);
    type = *common;
  }
  for (auto& argument : call.arguments) {
    if (character) {
      argument = call.call("rtrim", list_of(std::move(argument), constant(::duckdb::Value(" "))));
    } else {
      argument = call.cast(std::move(argument), type);
    }
  }
}

ExpressionPtr key_with_nan_least(ExpressionPtr value, std::int64_t nan) {
  ::duckdb::ScalarFunction function(nan == 0 ? "key" : "other key", {LogicalType::DOUBLE}, LogicalType::BIGINT,
                                    unary<double, std::int64_t>([nan](double number) {
                                      if (std::isnan(number)) return std::numeric_limits<std::int64_t>::min() + nan;
                                      const auto bits = std::bit_cast<std::int64_t>(number == 0 ? 0.0 : number);
                                      return bits >= 0 ? bits : std::numeric_limits<std::int64_t>::min() - bits;
                                    }));
  return ::duckdb::make_uniq<::duckdb::BoundFunctionExpression>(LogicalType::BIGINT, std::move(function),
                                                                list_of(std::move(value)), nullptr);
}

void add_comparisons(Registry& registry) {
  add_comparison(registry, "eq", "=", ExpressionType::COMPARE_EQUAL);
  add_comparison(registry, "neq", "<>", ExpressionType::COMPARE_NOTEQUAL);
  add_comparison(registry, "lt", "<", ExpressionType::COMPARE_LESSTHAN);
  add_comparison(registry, "lte", "<=", ExpressionType::COMPARE_LESSTHANOREQUALTO);
  add_comparison(registry, "gt", ">", ExpressionType::COMPARE_GREATERTHAN);
  add_comparison(registry, "gte", ">=", ExpressionType::COMPARE_GREATERTHANOREQUALTO);
  for (const bool wanted : {true, false}) {
    registry.kernel(std::string(wanted ? "nested_eq" : "nested_neq") + "(T, T) -> boolean",
                    [wanted](::duckdb::DataChunk& arguments, ::duckdb::ExpressionState&, ::duckdb::Vector& result) {
                      nested_equality(arguments, result, wanted);
                    });
  }
  registry.rewrite("between(any, any, any) -> boolean", [](Call& call) -> ExpressionPtr {
    compare_alike(call, "BETWEEN");
    return ::duckdb::make_uniq<::duckdb::BoundBetweenExpression>(
        std::move(call.arguments[0]), std::move(call.arguments[1]), std::move(call.arguments[2]), true, true);
  });
  registry.same_as("like(varchar, varchar) -> boolean", "~~");
  registry.same_as("like(varchar, varchar, varchar) -> boolean", "like_escape");

  // NULL if any argument is: DuckDB's skip them.
  for (const std::string name : {"greatest", "least"}) {
    registry.rewrite(name + "(T...) -> T", [name](Call& call) -> ExpressionPtr {
      if (call.result.id() == LogicalTypeId::DOUBLE) {
        return larger_or_smaller<double>(call, name == "greatest", call.result);
      }
      if (call.result.id() == LogicalTypeId::FLOAT) {
        return larger_or_smaller<float>(call, name == "greatest", call.result);
      }
      ExpressionPtr missing;
      for (const auto& argument : call.arguments) {
        auto test = ::duckdb::make_uniq<::duckdb::BoundOperatorExpression>(ExpressionType::OPERATOR_IS_NULL,
                                                                           LogicalType::BOOLEAN);
        test->children.push_back(argument->Copy());
        missing = missing ? ExpressionPtr(::duckdb::make_uniq<::duckdb::BoundConjunctionExpression>(
                                ExpressionType::CONJUNCTION_OR, std::move(missing), std::move(test)))
                          : ExpressionPtr(std::move(test));
      }
      const LogicalType type = call.result;
      return ::duckdb::make_uniq<::duckdb::BoundCaseExpression>(
          std::move(missing), constant(::duckdb::Value(type)),
          call.cast(call.call(name, std::move(call.arguments)), type));
    });
  }
}

}  // namespace tarn::duck
