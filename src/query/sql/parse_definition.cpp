// Definitions in Hive's dialect: databases, tables, SHOW, DESCRIBE, DROP.
#include "query/sql/recursive_parser.h"

namespace tarn::sql {

StatementPtr RecursiveParser::definition_statement() {
  auto result = definition_body();
  finish_statement();
  return result;
}

StatementPtr RecursiveParser::definition_body() {
  const Position position = token().position;
  if (accept("CREATE")) {
    if (accept("DATABASE") || accept("SCHEMA")) return create_database(position);
    const bool external = accept("EXTERNAL");
    expect("TABLE");
    return create_table(position, external);
  }
  if (accept("DROP")) return drop(position);
  if (accept("ALTER")) return alter(position);
  if (accept("SHOW")) return show(position);
  if (accept("DESCRIBE") || accept("DESC")) return describe(position);
  if (accept("MSCK")) {
    expect_sequence({"REPAIR", "TABLE"});
    return make_statement(position, RepairTable{qualified_name()});
  }
  mismatch();
}

std::string RecursiveParser::name_text() {
  return to_lower(identifier().text);
}

StatementPtr RecursiveParser::create_database(Position position) {
  CreateDatabase result;
  result.if_not_exists = accept_sequence({"IF", "NOT", "EXISTS"});
  result.name = identifier();
  for (;;) {
    if (accept("COMMENT")) {
      result.comment = string_literal();
    } else if (accept("LOCATION")) {
      result.location = string_literal();
    } else if (accept_sequence({"WITH", "DBPROPERTIES"})) {
      result.properties = string_pairs();
    } else {
      return make_statement(position, std::move(result));
    }
  }
}

StringPairs RecursiveParser::string_pairs() {
  StringPairs result;
  expect("(");
  do {
    auto key = string_literal();
    expect("=");
    result.emplace_back(std::move(key), string_literal());
  } while (accept(","));
  expect(")");
  return result;
}

StatementPtr RecursiveParser::create_table(Position position, bool external) {
  CreateTable result{.external = external};
  result.if_not_exists = accept_sequence({"IF", "NOT", "EXISTS"});
  result.table = qualified_name();
  if (is("(")) result.columns = column_definitions();
  while (!at_end() && !is(";")) create_table_clause(result);
  return make_statement(position, std::move(result));
}

// Hive gives the clauses an order, but Athena's own examples do not keep it.
void RecursiveParser::create_table_clause(CreateTable& table) {
  if (accept("COMMENT")) {
    table.comment = string_literal();
  } else if (accept_sequence({"PARTITIONED", "BY"})) {
    table.partitioned_by = partition_columns();
  } else if (accept_sequence({"CLUSTERED", "BY"})) {
    table.bucketing = bucketing();
  } else if (accept_sequence({"ROW", "FORMAT"})) {
    table.row_format = row_format();
  } else if (accept_sequence({"WITH", "SERDEPROPERTIES"})) {
    if (!table.row_format) table.row_format.emplace();
    table.row_format->serde_properties = string_pairs();
  } else if (accept_sequence({"STORED", "AS"})) {
    if (accept("INPUTFORMAT")) {
      table.input_format = string_literal();
      expect("OUTPUTFORMAT");
      table.output_format = string_literal();
    } else {
      table.stored_as = to_upper(identifier().text);
    }
  } else if (accept("LOCATION")) {
    table.location = string_literal();
  } else if (accept("TBLPROPERTIES")) {
    table.properties = string_pairs();
  } else {
    mismatch();
  }
}

std::vector<ColumnDefinition> RecursiveParser::column_definitions() {
  std::vector<ColumnDefinition> columns;
  expect("(");
  do columns.push_back(column_definition());
  while (accept(","));
  expect(")");
  return columns;
}

ColumnDefinition RecursiveParser::column_definition() {
  ColumnDefinition column{.name = name_text()};
  column.type = catalog_type_text();
  if (accept("COMMENT")) column.comment = string_literal();
  return column;
}

// Parsed to be checked, then written the one way in which the catalog keeps it.
std::string RecursiveParser::catalog_type_text() {
  return catalog_type(catalog_data_type());
}

// (year int, month int) makes new columns; Iceberg's (day(ts), bucket(16, id), category) names those there are.
std::vector<ColumnDefinition> RecursiveParser::partition_columns() {
  std::vector<ColumnDefinition> columns;
  expect("(");
  do {
    if (is("(", 1)) {
      columns.push_back({.transform = partition_transform()});
    } else if (is(",", 1) || is(")", 1)) {
      columns.push_back({.name = name_text()});
      columns.back().transform = columns.back().name;
    } else {
      columns.push_back(column_definition());
    }
  } while (accept(","));
  expect(")");
  return columns;
}

std::string RecursiveParser::partition_transform() {
  std::string text = name_text() + "(";
  expect("(");
  if (token().kind == TokenKind::integer) {
    text += std::to_string(unsigned_number()) + ", ";
    expect(",");
  }
  text += name_text() + ")";
  expect(")");
  return text;
}

RowFormat RecursiveParser::row_format() {
  RowFormat format;
  if (accept("SERDE")) {
    format.serde = string_literal();
    if (accept_sequence({"WITH", "SERDEPROPERTIES"})) format.serde_properties = string_pairs();
    return format;
  }
  expect("DELIMITED");
  for (;;) {
    if (accept_sequence({"FIELDS", "TERMINATED", "BY"})) {
      format.field_delimiter = string_literal();
      if (accept_sequence({"ESCAPED", "BY"})) format.escape = string_literal();
    } else if (accept_sequence({"ESCAPED", "BY"})) {
      format.escape = string_literal();
    } else if (accept_sequence({"COLLECTION", "ITEMS", "TERMINATED", "BY"})) {
      format.collection_delimiter = string_literal();
    } else if (accept_sequence({"MAP", "KEYS", "TERMINATED", "BY"})) {
      format.map_key_delimiter = string_literal();
    } else if (accept_sequence({"LINES", "TERMINATED", "BY"})) {
      format.line_delimiter = string_literal();
    } else if (accept_sequence({"NULL", "DEFINED", "AS"})) {
      format.null_text = string_literal();
    } else {
      return format;
    }
  }
}

Bucketing RecursiveParser::bucketing() {
  Bucketing result;
  for (const auto& column : identifier_list()) result.columns.push_back(to_lower(column.text));
  if (accept_sequence({"SORTED", "BY"})) {
    expect("(");
    do {
      auto name = name_text();
      const bool descending = !accept("ASC") && accept("DESC");
      result.sorted_by.emplace_back(std::move(name), descending);
    } while (accept(","));
    expect(")");
  }
  expect("INTO");
  result.count = unsigned_number();
  expect("BUCKETS");
  return result;
}

StatementPtr RecursiveParser::drop(Position position) {
  if (accept("DATABASE") || accept("SCHEMA")) {
    DropDatabase result;
    result.if_exists = accept_sequence({"IF", "EXISTS"});
    result.name = identifier();
    result.cascade = accept("CASCADE");
    if (!result.cascade) accept("RESTRICT");
    return make_statement(position, std::move(result));
  }
  DropTable result;
  result.view = accept("VIEW");
  if (!result.view) expect("TABLE");
  result.if_exists = accept_sequence({"IF", "EXISTS"});
  result.table = qualified_name();
  accept("PURGE");
  return make_statement(position, std::move(result));
}

std::optional<std::string> RecursiveParser::like_pattern() {
  accept("LIKE");
  if (token().kind == TokenKind::string) return take().value;
  return std::nullopt;
}

StatementPtr RecursiveParser::show(Position position) {
  if (accept("DATABASES") || accept("SCHEMAS")) {
    return make_statement(position, ShowDatabases{like_pattern()});
  }
  if (is("TABLES") || is("VIEWS")) {
    ShowTables result{.views = accept("VIEWS")};
    if (!result.views) take();
    if (accept("IN") || accept("FROM")) result.database = identifier();
    result.pattern = like_pattern();
    return make_statement(position, std::move(result));
  }
  if (accept("COLUMNS")) {
    if (!accept("IN")) expect("FROM");
    ShowColumns result{qualified_name()};
    if (accept("IN") || accept("FROM")) {  // SHOW COLUMNS IN table IN database
      result.table.parts.insert(result.table.parts.begin(), identifier());
    }
    return make_statement(position, std::move(result));
  }
  if (accept("CREATE")) {
    const bool view = accept("VIEW");
    if (!view) expect("TABLE");
    return make_statement(position, ShowCreate{qualified_name(), view});
  }
  if (accept("PARTITIONS")) return make_statement(position, ShowPartitions{qualified_name()});
  if (accept("TBLPROPERTIES")) {
    ShowTableProperties result{.table = qualified_name()};
    if (accept("(")) {
      result.key = string_literal();
      expect(")");
    }
    return make_statement(position, std::move(result));
  }
  if (accept("FUNCTIONS")) return make_statement(position, ShowFunctions{like_pattern()});
  mismatch();
}

StatementPtr RecursiveParser::describe(Position position) {
  Describe result;
  if (accept("EXTENDED")) {
    result.detail = Describe::Detail::extended;
  } else if (accept("FORMATTED")) {
    result.detail = Describe::Detail::formatted;
  }
  if (is("VIEW") && is_identifier(1)) {
    take();
    result.view = true;
  }
  result.table = qualified_name();
  if (accept("PARTITION")) result.partition = partition_spec();
  if (is_identifier()) result.column = identifier();
  return make_statement(position, std::move(result));
}

}  // namespace tarn::sql
