// Statements of the query dialect: everything but definitions of tables and databases.
#include "query/sql/recursive_parser.h"

namespace tarn::sql {

StatementPtr RecursiveParser::make_statement(Position position, StatementNode node) {
  auto result = std::make_unique<Statement>();
  result->position = position;
  result->node = std::move(node);
  result->parameters = parameters_;
  return result;
}

StatementPtr RecursiveParser::query_statement() {
  auto result = statement_body();
  finish_statement();
  return result;
}

StatementPtr RecursiveParser::statement_body() {
  const Nesting nesting(*this);
  const Position position = token().position;
  if (is_query_ahead() || is("(")) {
    auto body = query();
    return make_statement(position, std::move(body));
  }
  if (accept("INSERT")) return insert_into(position);
  if (accept("UNLOAD")) return unload(position);
  if (accept("DELETE")) return delete_from(position);
  if (accept("UPDATE")) return update(position);
  if (accept("MERGE")) return merge(position);
  if (accept("PREPARE")) return prepare(position);
  if (accept("EXECUTE")) return execute(position);
  if (accept("EXPLAIN")) return explain(position);
  if (accept("DEALLOCATE")) {
    expect("PREPARE");
    return make_statement(position, Deallocate{identifier()});
  }
  if (is("DESCRIBE") && (is("INPUT", 1) || is("OUTPUT", 1))) {
    take();
    const bool input = accept("INPUT");
    if (!input) expect("OUTPUT");
    return make_statement(position, DescribePrepared{identifier(), input});
  }
  if (accept("OPTIMIZE")) {
    Optimize optimize{.table = qualified_name()};
    expect_sequence({"REWRITE", "DATA", "USING", "BIN_PACK"});
    if (accept("WHERE")) optimize.where = expression();
    return make_statement(position, std::move(optimize));
  }
  if (accept_sequence({"SHOW", "CREATE", "VIEW"})) {
    return make_statement(position, ShowCreate{.table = qualified_name(), .view = true});
  }
  if (accept("VACUUM")) return make_statement(position, Vacuum{qualified_name()});
  if (accept("CREATE")) {
    if (accept("TABLE")) return create_table_as(position);
    const bool or_replace = accept_sequence({"OR", "REPLACE"});
    if (accept("VIEW")) return create_view(position, or_replace);
    mismatch();
  }
  for (const auto word : {"ALTER", "DESCRIBE", "DROP", "MSCK", "SHOW"}) expecting(word);
  mismatch();
}

StatementPtr RecursiveParser::create_table_as(Position position) {
  CreateTableAs create;
  create.if_not_exists = accept_sequence({"IF", "NOT", "EXISTS"});
  create.table = qualified_name();
  if (is("(")) create.columns = identifier_list();
  if (accept("COMMENT")) create.comment = string_literal();
  if (accept("WITH")) create.properties = properties();
  expect("AS");
  create.query = query();
  if (accept("WITH")) {
    create.with_data = !accept("NO");
    expect("DATA");
  }
  return make_statement(position, std::move(create));
}

std::vector<Property> RecursiveParser::properties() {
  std::vector<Property> result;
  expect("(");
  do {
    Property property{.name = identifier()};
    expect("=");
    property.value = expression();
    result.push_back(std::move(property));
  } while (accept(","));
  expect(")");
  return result;
}

StatementPtr RecursiveParser::create_view(Position position, bool or_replace) {
  CreateView create{.or_replace = or_replace};
  create.if_not_exists = accept_sequence({"IF", "NOT", "EXISTS"});
  create.view = qualified_name();
  if (is("(")) create.columns = identifier_list();
  if (accept("COMMENT")) create.comment = string_literal();
  if (accept("SECURITY") && !accept("DEFINER")) expect("INVOKER");
  expect("AS");
  create.query = query();
  return make_statement(position, std::move(create));
}

StatementPtr RecursiveParser::insert_into(Position position) {
  expect("INTO");
  InsertInto insert{.table = qualified_name()};
  // (a, b) may be columns or the start of a query in parentheses.
  if (is("(") && is_identifier(1)) insert.columns = identifier_list();
  insert.query = query();
  return make_statement(position, std::move(insert));
}

StatementPtr RecursiveParser::unload(Position position) {
  Unload result;
  expect("(");
  result.query = query();
  expect(")");
  expect("TO");
  result.location = string_literal();
  if (accept("WITH")) result.properties = properties();
  return make_statement(position, std::move(result));
}

StatementPtr RecursiveParser::delete_from(Position position) {
  expect("FROM");
  Delete result{.table = qualified_name()};
  if (accept("WHERE")) result.where = expression();
  return make_statement(position, std::move(result));
}

std::vector<Assignment> RecursiveParser::assignments() {
  std::vector<Assignment> result;
  do {
    Assignment assignment{.column = identifier()};
    expect("=");
    assignment.value = expression();
    result.push_back(std::move(assignment));
  } while (accept(","));
  return result;
}

StatementPtr RecursiveParser::update(Position position) {
  Update result{.table = qualified_name()};
  expect("SET");
  result.assignments = assignments();
  if (accept("WHERE")) result.where = expression();
  return make_statement(position, std::move(result));
}

StatementPtr RecursiveParser::merge(Position position) {
  expect("INTO");
  Merge result{.table = qualified_name()};
  if (accept("AS") || is_identifier()) result.alias = identifier();
  expect("USING");
  result.source = relation();
  expect("ON");
  result.on = expression();
  do result.cases.push_back(merge_case());
  while (is("WHEN"));
  return make_statement(position, std::move(result));
}

MergeCase RecursiveParser::merge_case() {
  MergeCase result;
  expect("WHEN");
  result.matched = !accept("NOT");
  expect("MATCHED");
  if (accept("AND")) result.condition = expression();
  expect("THEN");
  if (!result.matched) {
    expect("INSERT");
    result.action = MergeCase::Action::insert;
    if (is("(")) result.columns = identifier_list();
    expect_sequence({"VALUES", "("});
    result.values = expression_list();
    expect(")");
  } else if (accept("DELETE")) {
    result.action = MergeCase::Action::remove;
  } else {
    expect_sequence({"UPDATE", "SET"});
    result.assignments = assignments();
  }
  return result;
}

StatementPtr RecursiveParser::prepare(Position position) {
  Prepare result{.name = identifier()};
  expect("FROM");
  const std::size_t begin = token().begin;
  result.statement = statement_body();
  result.text = text_.substr(begin, tokens_[at_ - 1].end() - begin);
  parameters_ = 0;  // They belong to the statement inside.
  return make_statement(position, std::move(result));
}

StatementPtr RecursiveParser::execute(Position position) {
  if (is("IMMEDIATE") && token(1).kind == TokenKind::string) {
    take();
    ExecuteImmediate result{.text = string_literal()};
    if (accept("USING")) result.parameters = expression_list();
    return make_statement(position, std::move(result));
  }
  Execute result{.name = identifier()};
  if (accept("USING")) result.parameters = expression_list();
  return make_statement(position, std::move(result));
}

StatementPtr RecursiveParser::explain(Position position) {
  Explain result;
  result.analyze = accept("ANALYZE");
  result.verbose = result.analyze && accept("VERBOSE");
  if (is("(") && (is("TYPE", 1) || is("FORMAT", 1))) {
    take();
    do {
      auto& option = accept("TYPE") ? result.type : (expect("FORMAT"), result.format);
      option = to_upper(identifier().text);
    } while (accept(","));
    expect(")");
  }
  result.statement = statement_body();
  return make_statement(position, std::move(result));
}

}  // namespace tarn::sql
