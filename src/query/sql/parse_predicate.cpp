// Expressions from the loosest binding down to the predicates: OR, AND, NOT, comparisons, BETWEEN, IN, LIKE, IS.
#include "query/sql/recursive_parser.h"

namespace tarn::sql {

ExpressionPtr RecursiveParser::whole_expression() {
  auto result = expression();
  if (!at_end()) {
    expecting("<EOF>");
    mismatch();
  }
  return result;
}

ExpressionPtr RecursiveParser::expression() {
  const Nesting nesting(*this);
  const Position position = token().position;
  std::vector<ExpressionPtr> terms;
  do terms.push_back(conjunction());
  while (accept("OR"));
  if (terms.size() == 1) return std::move(terms.front());
  return make(position, Logical{.is_and = false, .terms = std::move(terms)});
}

ExpressionPtr RecursiveParser::conjunction() {
  const Position position = token().position;
  std::vector<ExpressionPtr> terms;
  do terms.push_back(negation());
  while (accept("AND"));
  if (terms.size() == 1) return std::move(terms.front());
  return make(position, Logical{.is_and = true, .terms = std::move(terms)});
}

ExpressionPtr RecursiveParser::negation() {
  const Position position = token().position;
  if (!accept("NOT")) return predicate();
  const Nesting nesting(*this);
  return make(position, Not{negation()});
}

ExpressionPtr RecursiveParser::predicate() {
  return predicate_after(value_expression());
}

std::optional<ComparisonOperator> RecursiveParser::comparison_operator() {
  using enum ComparisonOperator;
  if (accept("=")) return equal;
  if (accept("<>") || accept("!=")) return not_equal;
  if (accept("<=")) return less_or_equal;
  if (accept("<")) return less;
  if (accept(">=")) return greater_or_equal;
  if (accept(">")) return greater;
  return std::nullopt;
}

// At most one predicate follows a value: a = b = c is an error, as in Trino.
ExpressionPtr RecursiveParser::predicate_after(ExpressionPtr value) {
  const Position position = value->position;
  if (const auto op = comparison_operator()) {
    const bool all = is("ALL");
    if ((all || is("ANY") || is("SOME")) && is("(", 1)) {
      at_ += 2;
      if (!is_query_ahead()) mismatch();
      auto subquery = query();
      expect(")");
      return make(position, QuantifiedComparison{*op, all, std::move(value), std::move(subquery)});
    }
    return make(position, Comparison{*op, std::move(value), value_expression()});
  }
  if (accept("IS")) {
    const bool negated = accept("NOT");
    if (accept("NULL")) return make(position, IsNull{std::move(value), negated});
    expect_sequence({"DISTINCT", "FROM"});
    return make(position, DistinctFrom{std::move(value), value_expression(), negated});
  }
  const bool negated = is("NOT");
  if (negated) take();
  if (accept("BETWEEN")) {
    accept("ASYMMETRIC");
    auto low = value_expression();
    expect("AND");
    auto high = value_expression();
    return make(position, Between{std::move(value), std::move(low), std::move(high), negated});
  }
  if (accept("IN")) return in_predicate(std::move(value), position, negated);
  if (accept("LIKE")) {
    auto pattern = value_expression();
    auto escape = accept("ESCAPE") ? value_expression() : nullptr;
    return make(position, Like{std::move(value), std::move(pattern), std::move(escape), negated});
  }
  if (negated) mismatch();
  return value;
}

ExpressionPtr RecursiveParser::in_predicate(ExpressionPtr value, Position position, bool negated) {
  expect("(");
  if (is_query_ahead()) {
    auto subquery = query();
    expect(")");
    return make(position, InSubquery{std::move(value), std::move(subquery), negated});
  }
  auto list = expression_list();
  expect(")");
  return make(position, InList{std::move(value), std::move(list), negated});
}

std::vector<ExpressionPtr> RecursiveParser::expression_list() {
  std::vector<ExpressionPtr> list;
  do list.push_back(expression());
  while (accept(","));
  return list;
}

}  // namespace tarn::sql
