#include "query/statement_kind.h"

#include "query/sql/children.h"
#include "query/sql/parser.h"

namespace tarn::query {
namespace {

using Output = StatementKind::Output;

struct Kind {
  StatementKind ddl(std::string subtype) const { return {StatementType::ddl, std::move(subtype), Output::text}; }
  StatementKind utility(std::string subtype) const {
    return {StatementType::utility, std::move(subtype), Output::text};
  }

  StatementKind operator()(const sql::QueryPtr&) const { return {StatementType::dml, "SELECT", Output::csv}; }
  StatementKind operator()(const sql::CreateTableAs&) const {
    return {StatementType::ddl, "CREATE_TABLE_AS_SELECT", Output::table};
  }
  StatementKind operator()(const sql::InsertInto&) const { return {StatementType::dml, "INSERT", Output::bare}; }
  StatementKind operator()(const sql::Unload&) const { return {StatementType::dml, "UNLOAD", Output::bare}; }
  StatementKind operator()(const sql::Delete&) const { return {StatementType::dml, "DELETE", Output::csv}; }
  StatementKind operator()(const sql::Update&) const { return {StatementType::dml, "UPDATE", Output::csv}; }
  StatementKind operator()(const sql::Merge&) const { return {StatementType::dml, "MERGE", Output::csv}; }
  StatementKind operator()(const sql::CreateView&) const { return ddl("CREATE_VIEW"); }
  StatementKind operator()(const sql::Prepare&) const { return ddl("PREPARE"); }
  // What it runs is known when it runs; most often it is a SELECT.
  StatementKind operator()(const sql::Execute&) const { return {StatementType::dml, "EXECUTE", Output::csv}; }
  StatementKind operator()(const sql::ExecuteImmediate& execute) const { return kind_of(*sql::parse(execute.text)); }
  StatementKind operator()(const sql::Deallocate&) const { return ddl("DEALLOCATE"); }
  StatementKind operator()(const sql::Explain&) const { return {StatementType::dml, "EXPLAIN", Output::text}; }
  StatementKind operator()(const sql::Optimize&) const { return {StatementType::dml, "OPTIMIZE", Output::csv}; }
  StatementKind operator()(const sql::Vacuum&) const { return {StatementType::dml, "VACUUM", Output::csv}; }
  StatementKind operator()(const sql::ShowDatabases&) const { return utility("SHOW_DATABASES"); }
  StatementKind operator()(const sql::ShowTables& show) const {
    return utility(show.views ? "SHOW_VIEWS" : "SHOW_TABLES");
  }
  StatementKind operator()(const sql::ShowColumns&) const { return utility("SHOW_COLUMNS"); }
  StatementKind operator()(const sql::ShowCreate& show) const {
    return utility(show.view ? "SHOW_CREATE_VIEW" : "SHOW_CREATE_TABLE");
  }
  StatementKind operator()(const sql::ShowPartitions&) const { return utility("SHOW_PARTITIONS"); }
  StatementKind operator()(const sql::ShowTableProperties&) const { return utility("SHOW_TBLPROPERTIES"); }
  StatementKind operator()(const sql::ShowFunctions&) const { return utility("SHOW_FUNCTIONS"); }
  StatementKind operator()(const sql::Describe&) const { return utility("DESCRIBE_TABLE"); }
  StatementKind operator()(const sql::DescribePrepared&) const { return utility("DESCRIBE_STATEMENT"); }
  StatementKind operator()(const sql::CreateTable&) const { return ddl("CREATE_TABLE"); }
  StatementKind operator()(const sql::CreateDatabase&) const { return ddl("CREATE_DATABASE"); }
  StatementKind operator()(const sql::DropDatabase&) const { return ddl("DROP_DATABASE"); }
  StatementKind operator()(const sql::AlterDatabase&) const { return ddl("ALTER_DATABASE"); }
  StatementKind operator()(const sql::DropTable& drop) const { return ddl(drop.view ? "DROP_VIEW" : "DROP_TABLE"); }
  StatementKind operator()(const sql::AlterTable& alter) const {
    if (std::holds_alternative<sql::AddPartitions>(alter.action)) return ddl("ALTER_TABLE_ADD_PARTITION");
    if (std::holds_alternative<sql::DropPartitions>(alter.action)) return ddl("ALTER_TABLE_DROP_PARTITION");
    return ddl("ALTER_TABLE");
  }
  StatementKind operator()(const sql::RepairTable&) const { return ddl("MSCK_REPAIR_TABLE"); }
};

bool has_column(const sql::Expression& expression) {
  if (sql::as<sql::ColumnReference>(expression) || sql::as<sql::Parameter>(expression)) return true;
  bool found = false;
  sql::for_each_child(
      expression, [&](const sql::Expression& child) { found = found || has_column(child); },
      [&](const sql::Query&) { found = true; });
  return found;
}

}  // namespace

std::string StatementKind::file_name(const std::string& id) const {
  switch (output) {
    case Output::csv:
      return id + ".csv";
    case Output::text:
      return id + ".txt";
    case Output::bare:
      return id;
    case Output::table:
      return "tables/" + id;
  }
  return id;
}

StatementKind kind_of(const sql::Statement& statement) {
  return std::visit(Kind{}, statement.node);
}

sql::ExpressionPtr parameter_value(const std::string& text) {
  try {
    auto expression = sql::parse_expression(text);
    if (!has_column(*expression)) return expression;
  } catch (const sql::SqlError&) {
    // Then it is text.
  }
  return std::make_unique<sql::Expression>(sql::Position{}, sql::StringLiteral{text});
}

void check_parameter(const std::string& text) {
  if (text.empty() || text.size() > 1024) {
    throw sql::SqlError(sql::error_names::invalid_parameters, {},
                        "an execution parameter has between 1 and 1024 characters");
  }
}

}  // namespace tarn::query
