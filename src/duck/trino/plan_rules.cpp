#include "duck/trino/plan_rules.h"

#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "duck/trino/comparisons.h"
#include "duck/trino/file_system.h"
#include "duck/trino/kernels.h"
#include "duck/trino/registry.h"
#include "duck/trino/values.h"
#include "duckdb/main/extension_callback_manager.hpp"
#include "duckdb/optimizer/optimizer_extension.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_window_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/logical_operator_visitor.hpp"
#include "duckdb/planner/operator/logical_comparison_join.hpp"
#include "duckdb/planner/operator/logical_filter.hpp"

namespace tarn::duck {
namespace {

using ::duckdb::BoundBetweenExpression;
using ::duckdb::BoundCastExpression;
using ::duckdb::BoundComparisonExpression;
using ::duckdb::BoundConjunctionExpression;
using ::duckdb::BoundConstantExpression;
using ::duckdb::BoundOperatorExpression;
using ::duckdb::Expression;
using ::duckdb::ExpressionClass;
using ::duckdb::ExpressionType;
using ::duckdb::LogicalOperator;
using ::duckdb::LogicalOperatorType;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;
using ::duckdb::Value;

// Hangs on a cast that we made. (Its alias would not do: a SELECT's output gets one of its own.)
struct Trusted : ::duckdb::BoundCastData {
  ::duckdb::unique_ptr<::duckdb::BoundCastData> Copy() const override { return ::duckdb::make_uniq<Trusted>(); }
};

bool is_trusted(const BoundCastExpression& cast) {
  return dynamic_cast<const Trusted*>(cast.bound_cast.cast_data.get()) != nullptr;
}

void trust(Expression& expression) {
  if (expression.GetExpressionClass() != ExpressionClass::BOUND_CAST) return;
  auto& data = expression.Cast<BoundCastExpression>().bound_cast.cast_data;
  if (!data) data = ::duckdb::make_uniq<Trusted>();
}

bool is_floating(const LogicalType& type) {
  return type.id() == LogicalTypeId::DOUBLE || type.id() == LogicalTypeId::FLOAT;
}

// ---- casts

// What the printer writes as a literal of a type (DATE '…', TRUE) is a cast of a constant text.
bool is_literal(const BoundCastExpression& cast) {
  if (cast.child->GetExpressionClass() != ExpressionClass::BOUND_CONSTANT) return false;
  const Value& value = cast.child->Cast<BoundConstantExpression>().value;
  if (value.IsNull() || value.type().id() != LogicalTypeId::VARCHAR) return false;
  if (cast.return_type.id() != LogicalTypeId::BOOLEAN) return cast.return_type.id() != LogicalTypeId::BLOB;
  const std::string& text = ::duckdb::StringValue::Get(value);
  return text == "t" || text == "f";
}

void check_cast(const BoundCastExpression& cast, bool literals) {
  const LogicalType &from = cast.child->return_type, &to = cast.return_type;
  // A TRY_CAST is never implicit.
  if (cast.try_cast || is_trusted(cast) || (literals && is_literal(cast)) || coercion_cost(from, to)) return;
  if (from.id() == to.id() && from.id() != LogicalTypeId::INTERVAL) return;
  throw_type_mismatch("Types do not match: " + trino_name(type_of(from)) + " cannot be used as " +
                      trino_name(type_of(to)));
}

// ---- NaN

ExpressionPtr infinity_of(const LogicalType& type) {
  if (type.id() == LogicalTypeId::FLOAT) return constant(Value::FLOAT(std::numeric_limits<float>::infinity()));
  return constant(Value::DOUBLE(std::numeric_limits<double>::infinity()));
}

// Whether it is a constant that is a number (not NaN), so that only the other side can be NaN.
bool is_plain_number(const Expression& expression) {
  const Expression* part = &expression;
  while (part->GetExpressionClass() == ExpressionClass::BOUND_CAST)
    part = part->Cast<BoundCastExpression>().child.get();
  if (part->GetExpressionClass() != ExpressionClass::BOUND_CONSTANT) return false;
  const Value& value = part->Cast<BoundConstantExpression>().value;
  if (value.IsNull() || !value.type().IsNumeric()) return false;
  return !is_floating(value.type()) || !std::isnan(value.GetValue<double>());
}

ExpressionPtr both(ExpressionPtr a, ExpressionPtr b) {
  return ::duckdb::make_uniq<BoundConjunctionExpression>(ExpressionType::CONJUNCTION_AND, std::move(a), std::move(b));
}
ExpressionPtr negated(ExpressionPtr operand) {
  auto result = ::duckdb::make_uniq<BoundOperatorExpression>(ExpressionType::OPERATOR_NOT, LogicalType::BOOLEAN);
  result->children.push_back(std::move(operand));
  return result;
}
ExpressionPtr compare(ExpressionType type, ExpressionPtr a, ExpressionPtr b) {
  return ::duckdb::make_uniq<BoundComparisonExpression>(type, std::move(a), std::move(b));
}
// True unless it is NaN (DuckDB orders NaN above infinity); pushed into scans like any comparison.
ExpressionPtr not_nan(const Expression& value) {
  return compare(ExpressionType::COMPARE_LESSTHANOREQUALTO, value.Copy(), infinity_of(value.return_type));
}

template <typename T>
::duckdb::scalar_function_t comparison_kernel(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
      return binary<T, T, bool>([](T a, T b) { return a == b; });
    case ExpressionType::COMPARE_NOTEQUAL:
      return binary<T, T, bool>([](T a, T b) { return a != b; });
    case ExpressionType::COMPARE_LESSTHAN:
      return binary<T, T, bool>([](T a, T b) { return a < b; });
    case ExpressionType::COMPARE_GREATERTHAN:
      return binary<T, T, bool>([](T a, T b) { return a > b; });
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return binary<T, T, bool>([](T a, T b) { return a <= b; });
    default:
      return binary<T, T, bool>([](T a, T b) { return a >= b; });
  }
}

// IEEE's comparison, as a function that no rule of the optimizer takes for DuckDB's.
ExpressionPtr ieee_comparison(ExpressionType type, ExpressionPtr a, ExpressionPtr b) {
  const LogicalType operand = a->return_type;
  ::duckdb::ScalarFunction function(
      "ieee " + ::duckdb::ExpressionTypeToOperator(type), {operand, operand}, LogicalType::BOOLEAN,
      operand.id() == LogicalTypeId::FLOAT ? comparison_kernel<float>(type) : comparison_kernel<double>(type));
  return ::duckdb::make_uniq<::duckdb::BoundFunctionExpression>(LogicalType::BOOLEAN, std::move(function),
                                                                list_of(std::move(a), std::move(b)), nullptr);
}

template <typename T>
::duckdb::scalar_function_t without_nan() {
  return rows<T>([](T value) { return std::isnan(value) ? std::optional<T>() : std::optional<T>(value); });
}
// NaN becomes NULL: for keys of joins, where neither ever matches.
ExpressionPtr nan_to_null(ExpressionPtr value) {
  const LogicalType type = value->return_type;
  ::duckdb::ScalarFunction function("nan to null", {type}, type,
                                    type.id() == LogicalTypeId::FLOAT ? without_nan<float>() : without_nan<double>());
  return ::duckdb::make_uniq<::duckdb::BoundFunctionExpression>(type, std::move(function), list_of(std::move(value)),
                                                                nullptr);
}

bool is_ordinary(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
    case ExpressionType::COMPARE_NOTEQUAL:
    case ExpressionType::COMPARE_LESSTHAN:
    case ExpressionType::COMPARE_GREATERTHAN:
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return true;
    default:
      return false;
  }
}

// The side that DuckDB takes for larger than the other where it is NaN, so that the comparison holds.
enum class Side { neither, left, right };
Side larger_side(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
    case ExpressionType::COMPARE_GREATERTHAN:
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return Side::left;
    case ExpressionType::COMPARE_LESSTHAN:
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return Side::right;
    default:
      return Side::neither;
  }
}

class PlanRules {
 public:
  void visit(LogicalOperator& op) {
    // Filters first: they say what becomes of the marks of the joins below them.
    if (op.type == LogicalOperatorType::LOGICAL_FILTER) {
      for (auto& expression : op.expressions) condition(expression);
    }
    for (auto& child : op.children) visit(*child);
    switch (op.type) {
      case LogicalOperatorType::LOGICAL_FILTER:
        return;
      case LogicalOperatorType::LOGICAL_COMPARISON_JOIN:
      case LogicalOperatorType::LOGICAL_DELIM_JOIN:
      case LogicalOperatorType::LOGICAL_ASOF_JOIN:
        ::duckdb::LogicalOperatorVisitor::EnumerateExpressions(op,
                                                               [&](ExpressionPtr* expression) { value(*expression); });
        join(op.Cast<::duckdb::LogicalComparisonJoin>());
        return;
      default:
        ::duckdb::LogicalOperatorVisitor::EnumerateExpressions(op,
                                                               [&](ExpressionPtr* expression) { value(*expression); });
    }
  }

 private:
  // An expression of which only matters where it is true.
  void condition(ExpressionPtr& expression) {
    if (expression->GetExpressionType() == ExpressionType::CONJUNCTION_AND) {
      for (auto& term : expression->Cast<BoundConjunctionExpression>().children) condition(term);
      return;
    }
    if (expression->GetExpressionClass() == ExpressionClass::BOUND_COLUMN_REF) {
      required_marks_.insert(expression->Cast<::duckdb::BoundColumnRefExpression>().binding.table_index);
    }
    if (expression->GetExpressionClass() == ExpressionClass::BOUND_COMPARISON) {
      auto& comparison = expression->Cast<BoundComparisonExpression>();
      if (is_floating(comparison.left->return_type)) {
        value(comparison.left);
        value(comparison.right);
        filter_comparison(expression);
        return;
      }
    }
    value(expression);
  }

  // Keeps the comparison as one that scans and joins understand, with a guard beside it.
  static void filter_comparison(ExpressionPtr& expression) {
    auto& comparison = expression->Cast<BoundComparisonExpression>();
    const ExpressionType type = comparison.GetExpressionType();
    if (type == ExpressionType::COMPARE_NOTEQUAL) return value_comparison(expression);
    if (!is_ordinary(type)) return;
    const Side side = larger_side(type);
    const Expression& larger = side == Side::left ? *comparison.left : *comparison.right;
    const Expression& other = side == Side::left ? *comparison.right : *comparison.left;
    if (is_plain_number(larger)) return;
    // x = 1.5: where x is NaN it does not hold anyway.
    if (type == ExpressionType::COMPARE_EQUAL && is_plain_number(other)) return;
    if (larger.IsVolatile()) return value_comparison(expression);
    auto guard = not_nan(larger);
    expression = both(std::move(expression), std::move(guard));
  }

  // Exact in all three values.
  static void value_comparison(ExpressionPtr& expression) {
    auto& comparison = expression->Cast<BoundComparisonExpression>();
    const ExpressionType type = comparison.GetExpressionType();
    if (!is_ordinary(type)) return;
    const bool left = is_plain_number(*comparison.left), right = is_plain_number(*comparison.right);
    const Side side = larger_side(type);
    const bool equality = type == ExpressionType::COMPARE_EQUAL || type == ExpressionType::COMPARE_NOTEQUAL;
    // With a number on one side, DuckDB answers alike for these.
    if (equality && (left || right)) return;
    if ((side == Side::left && left) || (side == Side::right && right)) return;
    expression = ieee_comparison(type, std::move(comparison.left), std::move(comparison.right));
  }

  void value(ExpressionPtr& expression) {
    ::duckdb::ExpressionIterator::EnumerateChildren(*expression, [&](ExpressionPtr& child) { value(child); });
    switch (expression->GetExpressionClass()) {
      case ExpressionClass::BOUND_CAST:
        return check_cast(expression->Cast<BoundCastExpression>(), true);
      case ExpressionClass::BOUND_WINDOW: {
        const auto& fallback = expression->Cast<::duckdb::BoundWindowExpression>().default_expr;
        if (fallback && fallback->GetExpressionClass() == ExpressionClass::BOUND_CAST) {
          check_cast(fallback->Cast<BoundCastExpression>(), false);
        }
        return;
      }
      case ExpressionClass::BOUND_COMPARISON:
        if (is_floating(expression->Cast<BoundComparisonExpression>().left->return_type)) value_comparison(expression);
        return;
      case ExpressionClass::BOUND_BETWEEN:
        return between(expression);
      case ExpressionClass::BOUND_OPERATOR:
        return in_list(expression);
      default:
        return;
    }
  }

  static void between(ExpressionPtr& expression) {
    auto& range = expression->Cast<BoundBetweenExpression>();
    // Below a number there is no NaN.
    if (!is_floating(range.input->return_type) || is_plain_number(*range.upper)) return;
    auto copy = range.input->Copy();
    auto above = ieee_comparison(range.LowerComparisonType(), std::move(range.input), std::move(range.lower));
    auto below = ieee_comparison(range.UpperComparisonType(), std::move(copy), std::move(range.upper));
    expression = both(std::move(above), std::move(below));
  }

  static void in_list(ExpressionPtr& expression) {
    const ExpressionType type = expression->GetExpressionType();
    if (type != ExpressionType::COMPARE_IN && type != ExpressionType::COMPARE_NOT_IN) return;
    auto& list = expression->Cast<BoundOperatorExpression>();
    if (!is_floating(list.children[0]->return_type)) return;
    bool plain = is_plain_number(*list.children[0]);
    if (!plain) {
      plain = true;
      for (std::size_t i = 1; i < list.children.size(); ++i) plain = plain && is_plain_number(*list.children[i]);
    }
    if (plain) return;
    ExpressionPtr any;
    for (std::size_t i = 1; i < list.children.size(); ++i) {
      auto equal =
          ieee_comparison(ExpressionType::COMPARE_EQUAL, list.children[0]->Copy(), std::move(list.children[i]));
      any = any ? ExpressionPtr(::duckdb::make_uniq<BoundConjunctionExpression>(ExpressionType::CONJUNCTION_OR,
                                                                                std::move(any), std::move(equal)))
                : std::move(equal);
    }
    expression = type == ExpressionType::COMPARE_IN ? std::move(any) : negated(std::move(any));
  }

  // Keys of bigints in the order of the numbers, NaN on one side different from NaN on the other.
  static void separate_nan(::duckdb::JoinCondition& condition) {
    for (auto* side : {&condition.left, &condition.right}) {
      if (is_floating((*side)->return_type) && (*side)->return_type.id() == LogicalTypeId::FLOAT) {
        *side = BoundCastExpression::AddDefaultCastToType(std::move(*side), LogicalType::DOUBLE);
      }
    }
    condition.left = key_with_nan_least(std::move(condition.left));
    condition.right = key_with_nan_least(std::move(condition.right), 1);
  }

  void join(::duckdb::LogicalComparisonJoin& join) const {
    for (auto& condition : join.conditions) {
      if (!is_floating(condition.left->return_type) || !is_ordinary(condition.comparison)) continue;
      if (join.join_type == ::duckdb::JoinType::MARK) {
        if (condition.comparison != ExpressionType::COMPARE_EQUAL) {
          throw_not_supported("comparing doubles with ANY or ALL of a subquery is not supported: use min() or max()");
        }
        // x IN (subquery): Trino finds NaN there, except where it makes a join of a WHERE's condition.
        if (required_marks_.contains(join.mark_index)) separate_nan(condition);
      } else if (condition.comparison == ExpressionType::COMPARE_NOTEQUAL) {
        separate_nan(condition);
      } else {
        const bool left = larger_side(condition.comparison) == Side::left;
        auto& larger = left ? condition.left : condition.right;
        if (!is_plain_number(*larger)) larger = nan_to_null(std::move(larger));
      }
    }
  }

  std::set<::duckdb::idx_t> required_marks_;  // Of subqueries that a filter wants to be true.
};

void before_optimizing(::duckdb::OptimizerExtensionInput& input, ::duckdb::unique_ptr<LogicalOperator>& plan) {
  const auto state = input.context.registered_state->Get<ConnectionState>(connection_state_key);
  if (state && state->trino_rules) PlanRules().visit(*plan);
}

}  // namespace

void trust_casts(Expression& expression) {
  trust(expression);
  if (expression.GetExpressionClass() != ExpressionClass::BOUND_FUNCTION) return;
  for (auto& child : expression.Cast<::duckdb::BoundFunctionExpression>().children) trust(*child);
}

void add_plan_rules(::duckdb::DBConfig& config) {
  ::duckdb::OptimizerExtension extension;
  extension.pre_optimize_function = before_optimizing;
  ::duckdb::OptimizerExtension::Register(config, std::move(extension));
}

}  // namespace tarn::duck
