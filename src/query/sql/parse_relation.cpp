// FROM: tables, subqueries, UNNEST, LATERAL, joins, samples.
#include <algorithm>

#include "query/sql/recursive_parser.h"

namespace tarn::sql {

RelationPtr RecursiveParser::relation() {
  const Nesting nesting(*this);
  return join_after(sampled_relation());
}

RelationPtr RecursiveParser::join_after(RelationPtr left) {
  for (;;) {
    const Position position = left->position;
    Join join{.kind = JoinKind::inner};
    bool conditional = true;
    if (accept_sequence({"CROSS", "JOIN"})) {
      join.kind = JoinKind::cross;
      conditional = false;
    } else if (is("NATURAL")) {
      fail(token().position, "Natural join not supported", error_names::not_supported);
    } else if (is("LEFT") || is("RIGHT") || is("FULL")) {
      join.kind = accept("LEFT") ? JoinKind::left : accept("RIGHT") ? JoinKind::right : JoinKind::full;
      if (join.kind == JoinKind::full) expect("FULL");
      accept("OUTER");
      expect("JOIN");
    } else if (accept("INNER")) {
      expect("JOIN");
    } else if (!accept("JOIN")) {
      return left;
    }
    join.left = std::move(left);
    // a JOIN b JOIN c ON … ON …: what is on the right may itself be joined before its ON comes.
    join.right = conditional ? relation() : sampled_relation();
    if (conditional) {
      if (accept("ON")) {
        join.on = expression();
      } else {
        expect("USING");
        join.using_columns = identifier_list();
      }
    }
    const std::uint32_t height = std::max(join.left->height, join.right->height) + 1;
    bound_height(height, position);
    left = std::make_unique<Relation>(Relation{.position = position, .node = std::move(join), .height = height});
  }
}

RelationPtr RecursiveParser::sampled_relation() {
  auto result = aliased_relation();
  if (is("TABLESAMPLE") && (is("BERNOULLI", 1) || is("SYSTEM", 1))) {
    take();
    Sample sample{.bernoulli = accept("BERNOULLI")};
    if (!sample.bernoulli) expect("SYSTEM");
    expect("(");
    sample.percentage = expression();
    expect(")");
    result->sample = std::move(sample);
  }
  return result;
}

// Words that may be names but here begin the next clause.
bool RecursiveParser::is_alias_ahead() {
  const auto number = [&] { return token(1).kind == TokenKind::integer || token(1).kind == TokenKind::question_mark; };
  if (is("LIMIT")) return !number() && !is("ALL", 1);
  if (is("OFFSET")) return !number();
  if (is("FETCH")) return !is("FIRST", 1) && !is("NEXT", 1);
  if (is("WINDOW")) return !(is_identifier(1) && is("AS", 2));
  if (is("TABLESAMPLE")) return !is("BERNOULLI", 1) && !is("SYSTEM", 1);
  if (is("MATCH_RECOGNIZE") && is("(", 1)) {
    fail(token().position, "MATCH_RECOGNIZE is not supported", error_names::not_supported);
  }
  return true;
}

RelationPtr RecursiveParser::aliased_relation() {
  auto result = relation_primary();
  if (accept("AS")) {
    result->alias = identifier();
  } else if (is_identifier() && is_alias_ahead()) {
    result->alias = identifier();
  }
  if (result->alias && is("(")) result->column_aliases = identifier_list();
  return result;
}

RelationPtr RecursiveParser::subquery_relation(Position position, QueryPtr subquery, bool lateral) {
  auto result = std::make_unique<Relation>();
  result->position = position;
  result->height = subquery->height + 1;
  bound_height(result->height, position);
  result->node = SubqueryRelation{std::move(subquery), lateral};
  return result;
}

RelationPtr RecursiveParser::relation_primary() {
  const Position position = token().position;
  auto result = std::make_unique<Relation>();
  result->position = position;
  if (is("(")) return parenthesized_relation(position);
  if (accept("UNNEST")) {
    UnnestRelation unnest;
    expect("(");
    unnest.expressions = expression_list();
    expect(")");
    unnest.with_ordinality = accept_sequence({"WITH", "ORDINALITY"});
    result->node = std::move(unnest);
    return result;
  }
  if (is("LATERAL") && is("(", 1)) {
    at_ += 2;
    auto subquery = query();
    expect(")");
    return subquery_relation(position, std::move(subquery), true);
  }
  if (is("TABLE") && is("(", 1)) fail(position, "Table functions are not supported", error_names::not_supported);
  if (!is_identifier()) {
    expected_.clear();
    expecting("(");
    expecting("LATERAL");
    expecting("UNNEST");
    expecting("<identifier>");
    mismatch();
  }
  TableReference table{.name = qualified_name()};
  if (is("FOR") && (is("TIMESTAMP", 1) || is("VERSION", 1) || is("SYSTEM_TIME", 1) || is("SYSTEM_VERSION", 1))) {
    take();
    const bool by_time = is("TIMESTAMP") || is("SYSTEM_TIME");
    table.time_travel = by_time ? TableReference::TimeTravel::timestamp : TableReference::TimeTravel::version;
    take();
    expect_sequence({"AS", "OF"});
    table.as_of = value_expression();
  }
  result->node = std::move(table);
  return result;
}

// (SELECT …), (a JOIN b), ((SELECT …) UNION …): only what follows the inner parenthesis tells.
RelationPtr RecursiveParser::parenthesized_relation(Position position) {
  auto result = std::make_unique<Relation>();
  result->position = position;
  expect("(");
  if (is_query_ahead()) {
    auto subquery = query();
    expect(")");
    return subquery_relation(position, std::move(subquery), false);
  }
  auto inner = relation();
  if (is_query_continued() && !inner->alias) {
    if (auto* subquery = std::get_if<SubqueryRelation>(&inner->node)) {
      auto whole = query_without_with(std::move(subquery->query));
      expect(")");
      return subquery_relation(position, std::move(whole), false);
    }
  }
  expect(")");
  result->height = inner->height + 1;
  bound_height(result->height, position);
  result->node = ParenthesizedRelation{std::move(inner)};
  return result;
}

}  // namespace tarn::sql
