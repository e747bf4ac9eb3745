// Queries: WITH, SELECT and its clauses, VALUES, TABLE, set operations, ORDER BY and the limits.
#include <algorithm>
#include <utility>

#include "query/sql/recursive_parser.h"

namespace tarn::sql {

bool RecursiveParser::is_query_ahead() {
  return is("SELECT") || is("WITH") || is("VALUES") || is("TABLE");
}

bool RecursiveParser::is_set_operator() {
  return is("UNION") || is("INTERSECT") || is("EXCEPT");
}

bool RecursiveParser::is_query_continued() {
  return is_set_operator() || is("ORDER") || is("LIMIT") || is("OFFSET") || is("FETCH");
}

QueryPtr RecursiveParser::query() {
  const Nesting nesting(*this);
  const std::uint32_t outer_tallest = std::exchange(tallest_, 0);
  const Position position = token().position;
  const std::size_t begin = token().begin;
  std::vector<WithQuery> with;
  bool recursive = false;
  if (accept("WITH")) {
    recursive = accept("RECURSIVE");
    do {
      WithQuery named{.name = identifier()};
      if (is("(")) named.columns = identifier_list();
      expect("AS");
      expect("(");
      named.query = query();
      bound_height(named.query->height, position);
      expect(")");
      with.push_back(std::move(named));
    } while (accept(","));
  }
  auto result = query_without_with(nullptr);
  result->position = position;
  result->begin = begin;
  result->recursive = recursive;
  result->with = std::move(with);
  result->height = tallest_ + 1;
  tallest_ = outer_tallest;
  bound_height(result->height, position);
  return result;
}

QueryPtr RecursiveParser::query_without_with(QueryPtr first) {
  auto body = query_term(std::move(first));
  const bool clauses = is("ORDER") || is("OFFSET") || is("LIMIT") || is("FETCH");
  if (clauses && (!body->order_by.empty() || body->limit || body->offset || !body->with.empty())) {
    // (SELECT … LIMIT 5) LIMIT 3: the one in parentheses keeps its own clauses.
    auto outer = std::make_unique<Query>();
    outer->position = body->position;
    outer->begin = body->begin;
    outer->height = body->height + 1;
    bound_height(outer->height, outer->position);
    outer->body = std::move(body);
    body = std::move(outer);
  }
  if (accept_sequence({"ORDER", "BY"})) body->order_by = sort_items();
  limits(*body);
  body->end = at_ > 0 ? tokens_[at_ - 1].end() : 0;
  return body;
}

void RecursiveParser::limits(Query& query) {
  if (accept("OFFSET")) {
    query.offset = row_count();
    if (!accept("ROW")) accept("ROWS");
  }
  if (accept("LIMIT")) {
    query.limit = Limit{.count = accept("ALL") ? nullptr : row_count()};
    if (!query.offset && is("OFFSET")) {
      fail(token().position, "mismatched input 'OFFSET'. Expecting: <EOF> (OFFSET stands before LIMIT)");
    }
  } else if (accept("FETCH")) {
    if (!accept("FIRST")) expect("NEXT");
    Limit limit;
    if (token().kind == TokenKind::integer || token().kind == TokenKind::question_mark) {
      limit.count = row_count();
    } else {
      limit.count = make(token().position, IntegerLiteral{1});
    }
    if (!accept("ROW")) expect("ROWS");
    limit.with_ties = !accept("ONLY");
    if (limit.with_ties) expect_sequence({"WITH", "TIES"});
    query.limit = std::move(limit);
  }
}

ExpressionPtr RecursiveParser::row_count() {
  const Position position = token().position;
  if (token().kind == TokenKind::question_mark) {
    take();
    return make(position, Parameter{parameters_++});
  }
  if (token().kind != TokenKind::integer) {
    expecting("<integer>");
    mismatch();
  }
  return integer_literal(false);
}

// Terms joined by UNION and EXCEPT, from the left; INTERSECT binds tighter.
QueryPtr RecursiveParser::query_term(QueryPtr first) {
  const auto join = [&](SetOperator op, QueryPtr left, bool all, QueryPtr right) {
    auto joined = std::make_unique<Query>();
    joined->position = left->position;
    joined->begin = left->begin;
    joined->end = right->end;
    joined->height = std::max(left->height, right->height) + 1;
    bound_height(joined->height, joined->position);
    joined->body = SetOperation{op, all, std::move(left), std::move(right)};
    return joined;
  };
  const auto all = [&] { return accept("ALL") || (accept("DISTINCT") && false); };
  const auto intersection = [&](QueryPtr term) {
    if (!term) term = query_primary();
    while (accept("INTERSECT")) {
      const bool keep_all = all();
      term = join(SetOperator::intersect, std::move(term), keep_all, query_primary());
    }
    return term;
  };
  auto result = intersection(std::move(first));
  while (is("UNION") || is("EXCEPT")) {
    const auto op = accept("UNION") ? SetOperator::union_ : SetOperator::except;
    if (op == SetOperator::except) expect("EXCEPT");
    const bool keep_all = all();
    result = join(op, std::move(result), keep_all, intersection(nullptr));
  }
  return result;
}

QueryPtr RecursiveParser::query_primary() {
  auto result = std::make_unique<Query>();
  result->position = token().position;
  result->begin = token().begin;
  if (is("SELECT")) {
    result->body = select();
  } else if (is("VALUES")) {
    result->body = values();
  } else if (accept("TABLE")) {
    result->body = TableQuery{qualified_name()};
  } else if (accept("(")) {
    result->body = query();
    result->height = std::get<QueryPtr>(result->body)->height + 1;
    bound_height(result->height, result->position);
    expect(")");
  } else {
    expected_.clear();
    expecting("<query>");
    mismatch();
  }
  result->end = tokens_[at_ - 1].end();
  return result;
}

Values RecursiveParser::values() {
  expect("VALUES");
  return {expression_list()};
}

Select RecursiveParser::select() {
  expect("SELECT");
  Select result;
  result.distinct = accept("DISTINCT");
  if (!result.distinct) accept("ALL");
  do result.items.push_back(select_item());
  while (accept(","));
  if (accept("FROM")) {
    do result.from.push_back(relation());
    while (accept(","));
  }
  if (accept("WHERE")) result.where = expression();
  if (accept_sequence({"GROUP", "BY"})) group_by(result);
  if (accept("HAVING")) result.having = expression();
  if (is("WINDOW") && is_identifier(1)) {
    take();
    do {
      NamedWindow named{.name = identifier()};
      expect("AS");
      named.window = window_specification();
      result.windows.push_back(std::move(named));
    } while (accept(","));
  }
  return result;
}

SelectItem RecursiveParser::select_item() {
  SelectItem item{.position = token().position};
  if (accept("*")) {
    item.star = true;
    return item;
  }
  item.expression = expression();
  if (is(".") && is("*", 1)) {
    at_ += 2;
    expected_.clear();
    item.star = true;
    if (is("AS") && is("(", 1)) {
      take();
      item.star_aliases = identifier_list();
    }
    return item;
  }
  if (accept("AS")) {
    item.alias = identifier();
  } else if (is_identifier() && is_alias_ahead()) {
    item.alias = identifier();
  }
  return item;
}

void RecursiveParser::group_by(Select& select) {
  select.group_by_distinct = accept("DISTINCT");
  if (!select.group_by_distinct && is("ALL")) take();
  do select.group_by.push_back(grouping_element());
  while (accept(","));
}

GroupingElement RecursiveParser::grouping_element() {
  GroupingElement element;
  if (accept_sequence({"GROUPING", "SETS"})) {
    element.kind = GroupingElement::Kind::sets;
  } else if (accept("ROLLUP")) {
    element.kind = GroupingElement::Kind::rollup;
  } else if (accept("CUBE")) {
    element.kind = GroupingElement::Kind::cube;
  } else {
    if (is("(")) {
      element.sets.push_back(grouping_set());
    } else {
      element.sets.push_back({.parenthesized = false, .columns = {}});
      element.sets.back().columns.push_back(expression());
    }
    return element;
  }
  expect("(");
  if (accept(")")) return element;
  do element.sets.push_back(grouping_set());
  while (accept(","));
  expect(")");
  return element;
}

GroupingElement::Set RecursiveParser::grouping_set() {
  GroupingElement::Set set;
  if (is("(") && is(")", 1)) {
    at_ += 2;
    set.parenthesized = true;
    return set;
  }
  auto columns = expression();
  if (auto* row = std::get_if<RowConstructor>(&columns->node)) {  // (a, b)
    set.parenthesized = true;
    set.columns = std::move(row->fields);
  } else {
    set.columns.push_back(std::move(columns));
  }
  return set;
}

}  // namespace tarn::sql
