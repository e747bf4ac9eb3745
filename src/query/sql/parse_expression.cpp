// Values: arithmetic by precedence climbing, postfix operators, primaries and literals.
#include <charconv>
#include <limits>

#include "query/sql/interval.h"
#include "query/sql/recursive_parser.h"

namespace tarn::sql {
namespace {

struct Infix {
  std::string_view symbol;
  BinaryOperator op;
  int precedence;
};
constexpr Infix infixes[] = {
    {"||", BinaryOperator::concat, 1},  {"+", BinaryOperator::add, 2},    {"-", BinaryOperator::subtract, 2},
    {"*", BinaryOperator::multiply, 3}, {"/", BinaryOperator::divide, 3}, {"%", BinaryOperator::modulus, 3},
};

}  // namespace

ExpressionPtr RecursiveParser::value_expression(int lowest_precedence) {
  auto left = unary();
  for (;;) {
    const Infix* infix = nullptr;
    for (const auto& candidate : infixes) {
      if (candidate.precedence >= lowest_precedence && is(candidate.symbol)) infix = &candidate;
    }
    if (!infix) return left;
    take();
    auto right = value_expression(infix->precedence + 1);
    const Position position = left->position;
    left = make(position, Binary{infix->op, std::move(left), std::move(right)});
  }
}

ExpressionPtr RecursiveParser::unary() {
  const Position position = token().position;
  const bool minus = is("-");
  if (!minus && !is("+")) return postfix();
  const Nesting nesting(*this);
  take();
  if (minus && token().kind == TokenKind::integer) return integer_literal(true);
  return make(position, Unary{minus ? UnaryOperator::minus : UnaryOperator::plus, unary()});
}

ExpressionPtr RecursiveParser::postfix() {
  auto value = primary();
  const Position position = value->position;
  for (;;) {
    if (accept("[")) {
      auto index = value_expression();
      expect("]");
      value = make(position, Subscript{std::move(value), std::move(index)});
    } else if (is(".") && !is("*", 1)) {  // t.* is the select list's.
      take();
      value = make(position, FieldAccess{std::move(value), identifier()});
    } else if (is("AT") && is("TIME", 1) && is("ZONE", 2)) {
      at_ += 3;
      const bool by_interval = is("INTERVAL") && token(1).kind == TokenKind::string;
      value = make(position, AtTimeZone{std::move(value), by_interval ? interval_literal() : primary()});
    } else {
      return value;
    }
  }
}

ExpressionPtr RecursiveParser::primary() {
  if (auto value = literal()) return std::move(*value);
  const Position position = token().position;
  if (token().kind == TokenKind::question_mark) {
    take();
    return make(position, Parameter{parameters_++});
  }
  if (is_lambda_ahead()) return lambda();
  if (is("(")) return parenthesized();
  if (auto value = keyword_expression()) return std::move(*value);
  if (is_identifier()) return name_or_call();
  expected_.clear();
  expecting("<expression>");
  mismatch();
}

// ( expression ), ( a, b ), ( query ): the last may also begin with more parentheses of its own.
ExpressionPtr RecursiveParser::parenthesized() {
  const Position position = token().position;
  expect("(");
  if (is_query_ahead()) {
    auto subquery = query();
    expect(")");
    return make(position, Subquery{std::move(subquery)});
  }
  auto values = expression_list();
  if (values.size() == 1 && is_query_continued()) {
    if (auto* subquery = std::get_if<Subquery>(&values.front()->node)) {
      auto whole = query_without_with(std::move(subquery->query));
      expect(")");
      return make(position, Subquery{std::move(whole)});
    }
  }
  expect(")");
  if (values.size() == 1) return std::move(values.front());
  return make(position, RowConstructor{std::move(values)});
}

ExpressionPtr RecursiveParser::integer_literal(bool negative) {
  const Token digits = take();
  const std::string text = (negative ? "-" : "") + digits.value;
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) {
    fail(digits.position, "Invalid numeric literal: " + text, error_names::invalid_literal);
  }
  return make(digits.position, IntegerLiteral{value});
}

std::optional<ExpressionPtr> RecursiveParser::literal() {
  const Token& next = token();
  const Position position = next.position;
  switch (next.kind) {
    case TokenKind::integer:
      return integer_literal(false);
    case TokenKind::decimal:
    case TokenKind::floating:
      return make(position, DoubleLiteral{take().value});
    case TokenKind::string:
      return make(position, StringLiteral{take().value});
    case TokenKind::binary:
      return make(position, BinaryLiteral{take().value});
    case TokenKind::word:
      break;
    default:
      return std::nullopt;
  }
  if (accept("NULL")) return make(position, NullLiteral{});
  if (accept("TRUE")) return make(position, BooleanLiteral{true});
  if (accept("FALSE")) return make(position, BooleanLiteral{false});
  if (is("INTERVAL") &&
      (token(1).kind == TokenKind::string || ((is("-", 1) || is("+", 1)) && token(2).kind == TokenKind::string))) {
    return interval_literal();
  }
  // DATE '2024-01-15': any type's name may stand before a string.
  const bool precise = is("DOUBLE") && is("PRECISION", 1) && token(2).kind == TokenKind::string;
  if (precise || (!is_reserved(next.text) && token(1).kind == TokenKind::string)) {
    DataType type{.position = position, .name = to_lower(take().text)};
    if (precise) take();
    return make(position, TypedLiteral{std::move(type), take().value});
  }
  return std::nullopt;
}

ExpressionPtr RecursiveParser::interval_literal() {
  const Position position = token().position;
  expect("INTERVAL");
  const bool negative = is("-");
  if (negative || is("+")) take();
  const std::string text = string_literal();
  const auto field = [&] {
    for (const auto unit : {"YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"}) {
      if (accept(unit)) return to_lower(unit);
    }
    mismatch();
  };
  const std::string from = field();
  const std::string to = accept("TO") ? field() : std::string();
  const auto literal = parse_interval(text, from, to);
  if (!literal) fail(position, "Invalid INTERVAL literal: '" + text + "'", error_names::invalid_literal);
  return make(position, IntervalLiteral{literal->year_to_month, negative ? -literal->amount : literal->amount});
}

bool RecursiveParser::is_lambda_ahead() const {
  if (is_identifier()) return token(1).text == "->" && token(1).kind == TokenKind::symbol;
  const auto symbol = [&](std::size_t ahead, std::string_view text) {
    return token(ahead).kind == TokenKind::symbol && token(ahead).text == text;
  };
  if (!symbol(0, "(")) return false;
  std::size_t ahead = 1;
  if (is_identifier(ahead)) {
    ++ahead;
    while (symbol(ahead, ",") && is_identifier(ahead + 1)) ahead += 2;
  }
  return symbol(ahead, ")") && symbol(ahead + 1, "->");
}

ExpressionPtr RecursiveParser::lambda() {
  const Position position = token().position;
  Lambda result;
  if (is_identifier()) {
    result.parameters.push_back(identifier());
  } else {
    expect("(");
    while (!accept(")")) {
      if (!result.parameters.empty()) expect(",");
      result.parameters.push_back(identifier());
    }
  }
  expect("->");
  result.body = expression();
  return make(position, std::move(result));
}

}  // namespace tarn::sql
