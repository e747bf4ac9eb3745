// Statements: Trino's for data, Hive's for definitions, and what Athena adds to both.
#pragma once

#include <map>
#include <utility>

#include "query/sql/query.h"

namespace tarn::sql {

struct Statement;
using StatementPtr = std::unique_ptr<Statement>;

struct Property {  // WITH (format = 'PARQUET')
  Identifier name;
  ExpressionPtr value;
};
using StringPairs = std::vector<std::pair<std::string, std::string>>;  // TBLPROPERTIES ('k' = 'v')

// ---- Trino's ----

struct CreateTableAs {
  QualifiedName table;
  bool if_not_exists = false;
  std::vector<Identifier> columns;
  std::optional<std::string> comment;
  std::vector<Property> properties;
  QueryPtr query;
  bool with_data = true;
};
struct InsertInto {
  QualifiedName table;
  std::vector<Identifier> columns;
  QueryPtr query;
};
struct Unload {
  QueryPtr query;
  std::string location;
  std::vector<Property> properties;
};
struct Delete {
  QualifiedName table;
  ExpressionPtr where;
};
struct Assignment {
  Identifier column;
  ExpressionPtr value;
};
struct Update {
  QualifiedName table;
  std::vector<Assignment> assignments;
  ExpressionPtr where;
};
struct MergeCase {
  bool matched = false;
  ExpressionPtr condition;
  enum class Action { update, remove, insert };
  Action action = Action::update;
  std::vector<Assignment> assignments;  // update
  std::vector<Identifier> columns;      // insert
  std::vector<ExpressionPtr> values;
};
struct Merge {
  QualifiedName table;
  std::optional<Identifier> alias;
  RelationPtr source;
  ExpressionPtr on;
  std::vector<MergeCase> cases;
};
struct CreateView {
  QualifiedName view;
  bool or_replace = false;
  bool if_not_exists = false;
  std::vector<Identifier> columns;
  std::optional<std::string> comment;
  QueryPtr query;
};
struct Prepare {
  Identifier name;
  StatementPtr statement;
  std::string text;  // Of the statement inside.
};
struct Execute {
  Identifier name;
  std::vector<ExpressionPtr> parameters;
};
struct ExecuteImmediate {
  std::string text;
  std::vector<ExpressionPtr> parameters;
};
struct Deallocate {
  Identifier name;
};
struct Explain {
  bool analyze = false;
  bool verbose = false;
  std::string type;    // LOGICAL, DISTRIBUTED, VALIDATE, IO; empty by default.
  std::string format;  // TEXT, GRAPHVIZ, JSON; empty by default.
  StatementPtr statement;
};
struct Optimize {  // OPTIMIZE t REWRITE DATA USING BIN_PACK
  QualifiedName table;
  ExpressionPtr where;
};
struct Vacuum {
  QualifiedName table;
};

// ---- SHOW, DESCRIBE ----

struct ShowDatabases {
  std::optional<std::string> pattern;
};
struct ShowTables {
  std::optional<Identifier> database;
  std::optional<std::string> pattern;
  bool views = false;
};
struct ShowColumns {
  QualifiedName table;
};
struct ShowCreate {
  QualifiedName table;
  bool view = false;
};
struct ShowPartitions {
  QualifiedName table;
};
struct ShowTableProperties {
  QualifiedName table;
  std::optional<std::string> key;
};
struct ShowFunctions {
  std::optional<std::string> pattern;
};
struct Describe {
  enum class Detail { plain, extended, formatted };
  QualifiedName table;
  Detail detail = Detail::plain;
  std::optional<Identifier> column;
  bool view = false;
  StringPairs partition;
};
struct DescribePrepared {  // DESCRIBE INPUT | OUTPUT
  Identifier name;
  bool input = true;
};

// ---- Hive's definitions ----

// A type is kept as the catalog writes it: `array<struct<a:int,b:string>>`, without blanks, in lower case.
struct ColumnDefinition {
  std::string name;
  std::string type;
  std::string comment;
  // Iceberg: PARTITIONED BY (day(ts), bucket(16, id)).
  std::string transform;
};
struct RowFormat {
  std::string serde;  // Empty: DELIMITED.
  StringPairs serde_properties;
  std::optional<std::string> field_delimiter, escape, collection_delimiter, map_key_delimiter, line_delimiter,
      null_text;
};
struct Bucketing {
  std::vector<std::string> columns;
  std::vector<std::pair<std::string, bool>> sorted_by;  // Name, descending.
  std::uint64_t count = 0;
};
struct CreateTable {
  QualifiedName table;
  bool external = false;
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;
  std::string comment;
  std::vector<ColumnDefinition> partitioned_by;
  std::optional<Bucketing> bucketing;
  std::optional<RowFormat> row_format;
  std::string stored_as;  // PARQUET, TEXTFILE, …; or the two classes:
  std::string input_format, output_format;
  std::string location;
  StringPairs properties;
};
struct CreateDatabase {
  Identifier name;
  bool if_not_exists = false;
  std::string comment;
  std::string location;
  StringPairs properties;
};
struct DropDatabase {
  Identifier name;
  bool if_exists = false;
  bool cascade = false;
};
struct AlterDatabase {
  Identifier name;
  StringPairs properties;
};
struct DropTable {
  QualifiedName table;
  bool if_exists = false;
  bool view = false;
};

using PartitionSpec = StringPairs;  // (year = '2024', month = 1); values as text.
struct AddPartitions {
  bool if_not_exists = false;
  struct Partition {
    PartitionSpec values;
    std::string location;  // May be empty.
  };
  std::vector<Partition> partitions;
};
struct DropPartitions {
  bool if_exists = false;
  struct Condition {
    std::string column;
    ComparisonOperator op;
    std::string value;
  };
  std::vector<std::vector<Condition>> partitions;
};
struct RenamePartition {
  PartitionSpec from, to;
};
struct AddColumns {
  PartitionSpec partition;
  std::vector<ColumnDefinition> columns;
  bool replace = false;
};
struct SetLocation {
  PartitionSpec partition;
  std::string location;
};
struct SetTableProperties {
  StringPairs properties;
};
struct UnsetTableProperties {
  std::vector<std::string> keys;
};
struct RenameTable {
  QualifiedName to;
};
struct ChangeColumn {
  std::string from;
  ColumnDefinition to;
};
struct DropColumn {
  std::string name;
};
struct AlterTable {
  QualifiedName table;
  std::variant<AddPartitions, DropPartitions, RenamePartition, AddColumns, SetLocation, SetTableProperties,
               UnsetTableProperties, RenameTable, ChangeColumn, DropColumn>
      action;
};
struct RepairTable {  // MSCK REPAIR TABLE
  QualifiedName table;
};

using StatementNode =
    std::variant<QueryPtr, CreateTableAs, InsertInto, Unload, Delete, Update, Merge, CreateView, Prepare, Execute,
                 ExecuteImmediate, Deallocate, Explain, Optimize, Vacuum, ShowDatabases, ShowTables, ShowColumns,
                 ShowCreate, ShowPartitions, ShowTableProperties, ShowFunctions, Describe, DescribePrepared,
                 CreateTable, CreateDatabase, DropDatabase, AlterDatabase, DropTable, AlterTable, RepairTable>;

struct Statement {
  Position position;
  StatementNode node;
  std::uint32_t parameters = 0;  // How many ? it has.
};

template <typename Node>
const Node* as(const Statement& statement) {
  return std::get_if<Node>(&statement.node);
}

}  // namespace tarn::sql
