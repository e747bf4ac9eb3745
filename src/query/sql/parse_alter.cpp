// ALTER, and what it says of partitions.
#include "query/sql/recursive_parser.h"

namespace tarn::sql {

StatementPtr RecursiveParser::alter(Position position) {
  if (accept("DATABASE") || accept("SCHEMA")) {
    AlterDatabase result{.name = identifier()};
    expect_sequence({"SET", "DBPROPERTIES"});
    result.properties = string_pairs();
    return make_statement(position, std::move(result));
  }
  expect("TABLE");
  return make_statement(position, alter_table());
}

AlterTable RecursiveParser::alter_table() {
  AlterTable result{.table = qualified_name()};
  if (is("ADD") && (is("PARTITION", 1) || is("IF", 1))) {
    result.action = add_partitions();
    return result;
  }
  if (is("DROP") && (is("PARTITION", 1) || is("IF", 1))) {
    result.action = drop_partitions();
    return result;
  }
  PartitionSpec partition;
  if (accept("PARTITION")) partition = partition_spec();
  if (accept("RENAME")) {
    expect("TO");
    if (accept("PARTITION")) {
      result.action = RenamePartition{std::move(partition), partition_spec()};
    } else {
      result.action = RenameTable{qualified_name()};
    }
  } else if (is("ADD") || is("REPLACE")) {
    const bool replace = accept("REPLACE");
    if (!replace) take();
    expect("COLUMNS");
    result.action = AddColumns{std::move(partition), column_definitions(), replace};
  } else if (accept_sequence({"SET", "LOCATION"})) {
    result.action = SetLocation{std::move(partition), string_literal()};
  } else if (accept_sequence({"SET", "TBLPROPERTIES"})) {
    result.action = SetTableProperties{string_pairs()};
  } else if (accept_sequence({"UNSET", "TBLPROPERTIES"})) {
    UnsetTableProperties unset;
    expect("(");
    do unset.keys.push_back(string_literal());
    while (accept(","));
    expect(")");
    result.action = std::move(unset);
  } else if (accept("CHANGE")) {
    accept("COLUMN");
    auto from = name_text();
    result.action = ChangeColumn{std::move(from), column_definition()};
  } else if (accept("DROP")) {
    expect("COLUMN");
    result.action = DropColumn{name_text()};
  } else {
    mismatch();
  }
  return result;
}

AddPartitions RecursiveParser::add_partitions() {
  AddPartitions result;
  expect("ADD");
  result.if_not_exists = accept_sequence({"IF", "NOT", "EXISTS"});
  do {
    expect("PARTITION");
    AddPartitions::Partition partition{.values = partition_spec()};
    if (accept("LOCATION")) partition.location = string_literal();
    result.partitions.push_back(std::move(partition));
    accept(",");
  } while (is("PARTITION"));
  return result;
}

DropPartitions RecursiveParser::drop_partitions() {
  DropPartitions result;
  expect("DROP");
  result.if_exists = accept_sequence({"IF", "EXISTS"});
  do {
    expect("PARTITION");
    expect("(");
    std::vector<DropPartitions::Condition> conditions;
    do {
      auto column = name_text();
      const auto op = comparison_operator();
      if (!op) mismatch();
      conditions.push_back({std::move(column), *op, partition_value()});
    } while (accept(","));
    expect(")");
    result.partitions.push_back(std::move(conditions));
  } while (accept(","));
  return result;
}

PartitionSpec RecursiveParser::partition_spec() {
  PartitionSpec spec;
  expect("(");
  do {
    auto column = name_text();
    expect("=");
    spec.emplace_back(std::move(column), partition_value());
  } while (accept(","));
  expect(")");
  return spec;
}

std::string RecursiveParser::partition_value() {
  const bool typed = is("DATE") || is("TIMESTAMP");
  if (typed && token(1).kind == TokenKind::string) take();
  const bool negative = accept("-");
  switch (token().kind) {
    case TokenKind::string:
      if (negative) break;
      return take().value;
    case TokenKind::integer:
    case TokenKind::decimal:
      return (negative ? "-" : "") + take().value;
    default:
      break;
  }
  expecting("<value>");
  mismatch();
}

}  // namespace tarn::sql
