// SELECT and what leads to one: EXPLAIN, EXECUTE; and how results are written.
#include "query/result_format.h"
#include "query/runner.h"
#include "query/sql/children.h"
#include "query/sql/parser.h"
#include "query/statement_kind.h"

namespace tarn::query {
namespace {

constexpr std::size_t write_bytes = 1 << 20;

std::int64_t milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
}

// Where the name stands in the statement, if it does.
std::optional<sql::Position> place_of(const sql::Query& query, std::string_view name);

std::optional<sql::Position> place_of(const sql::Expression& expression, std::string_view name) {
  const auto matches = [&](const sql::Identifier& identifier) { return equal_ignoring_case(identifier.text, name); };
  if (const auto* column = sql::as<sql::ColumnReference>(expression); column && matches(column->name)) {
    return expression.position;
  }
  if (const auto* field = sql::as<sql::FieldAccess>(expression); field && matches(field->name)) {
    return expression.position;
  }
  if (const auto* call = sql::as<sql::FunctionCall>(expression); call && matches(call->name.parts.back())) {
    return expression.position;
  }
  std::optional<sql::Position> found;
  sql::for_each_child(
      expression,
      [&](const sql::Expression& child) {
        if (!found) found = place_of(child, name);
      },
      [&](const sql::Query& child) {
        if (!found) found = place_of(child, name);
      });
  return found;
}

std::optional<sql::Position> place_of(const sql::Query& query, std::string_view name) {
  std::optional<sql::Position> found;
  sql::for_each_child(
      query,
      [&](const sql::Expression& child) {
        if (!found) found = place_of(child, name);
      },
      [&](const sql::Query& child) {
        if (!found) found = place_of(child, name);
      });
  return found;
}

const sql::Query* query_of(const sql::Statement& statement) {
  if (const auto* query = sql::as<sql::QueryPtr>(statement)) return query->get();
  if (const auto* create = sql::as<sql::CreateTableAs>(statement)) return create->query.get();
  if (const auto* insert = sql::as<sql::InsertInto>(statement)) return insert->query.get();
  if (const auto* unload = sql::as<sql::Unload>(statement)) return unload->query.get();
  if (const auto* view = sql::as<sql::CreateView>(statement)) return view->query.get();
  return nullptr;
}

}  // namespace

Runner::Runner(Queries::Core& core, AccountId account, std::shared_ptr<const policy::Access> access,
               const WorkGroup& group, Execution& execution, std::stop_token stop)
    : core_(core),
      account_(std::move(account)),
      access_(std::move(access)),
      group_(group),
      execution_(execution),
      stop_(std::move(stop)),
      files_(std::make_shared<ObjectFiles>(core.dependencies.objects, access_, group.scan_limit_bytes)),
      tables_(core.dependencies.catalog, *files_, *access_, core.dependencies.clocks.lake,
              [this]() -> duck::Connection& { return connection(); }) {}

Runner::~Runner() {
  if (claimed_.empty()) return;
  const std::lock_guard lock(core_.mutex);
  core_.filling.erase(claimed_);
}

void Runner::run() {
  const auto statement = sql::parse(execution_.query);
  for (const auto& text : execution_.parameters) parameters_.push_back(parameter_value(text));
  run_statement(*statement);
}

void Runner::run_statement(const sql::Statement& statement) {
  statement_ = &statement;
  const bool takes_parameters = !sql::as<sql::Execute>(statement) && !sql::as<sql::ExecuteImmediate>(statement);
  if (takes_parameters && statement.parameters != parameters_.size()) {
    throw sql::SqlError(sql::error_names::invalid_parameters, statement.position,
                        "Incorrect number of parameters: expected " + std::to_string(statement.parameters) +
                            " but found " + std::to_string(parameters_.size()));
  }
  struct Dispatch {
    Runner& runner;
    void operator()(const sql::QueryPtr& query) const { runner.select(*query); }
    void operator()(const sql::CreateTableAs& node) const { runner.create_table_as(node); }
    void operator()(const sql::InsertInto& node) const { runner.insert(node); }
    void operator()(const sql::Unload& node) const { runner.unload(node); }
    void operator()(const sql::CreateView& node) const { runner.create_view(node); }
    void operator()(const sql::Explain& node) const { runner.explain(node); }
    void operator()(const sql::Execute& node) const { runner.execute(node); }
    void operator()(const sql::ExecuteImmediate& node) const { runner.execute_immediate(node); }
    void operator()(const sql::Prepare& node) const {
      sync_wait(runner.core_.save_prepared(runner.account_, {.name = node.name.text,
                                                             .workgroup = runner.execution_.workgroup,
                                                             .query = node.text,
                                                             .description = {},
                                                             .modified = {}}));
      runner.write_text({}, {});
    }
    void operator()(const sql::Deallocate& node) const {
      if (!sync_wait(runner.core_.remove_prepared(runner.account_, runner.execution_.workgroup, node.name.text))) {
        refuse("NOT_FOUND", "Prepared statement not found: " + node.name.text);
      }
      runner.write_text({}, {});
    }
    void operator()(const sql::ShowDatabases& node) const { runner.show(node); }
    void operator()(const sql::ShowTables& node) const { runner.show(node); }
    void operator()(const sql::ShowColumns& node) const { runner.show(node); }
    void operator()(const sql::ShowCreate& node) const { runner.show(node); }
    void operator()(const sql::ShowPartitions& node) const { runner.show(node); }
    void operator()(const sql::ShowTableProperties& node) const { runner.show(node); }
    void operator()(const sql::ShowFunctions& node) const { runner.show(node); }
    void operator()(const sql::Describe& node) const { runner.describe(node); }
    void operator()(const sql::CreateDatabase& node) const { runner.create_database(node); }
    void operator()(const sql::DropDatabase& node) const { runner.drop_database(node); }
    void operator()(const sql::AlterDatabase& node) const { runner.alter_database(node); }
    void operator()(const sql::CreateTable& node) const { runner.create_table(node); }
    void operator()(const sql::DropTable& node) const { runner.drop_table(node); }
    void operator()(const sql::AlterTable& node) const { runner.alter(node); }
    void operator()(const sql::RepairTable& node) const { runner.repair(node); }
    void operator()(const sql::DescribePrepared&) const {
      refuse("NOT_SUPPORTED", "DESCRIBE INPUT and OUTPUT are not supported");
    }
    void operator()(const sql::Delete&) const { needs_iceberg("Modifying Hive table rows is not supported"); }
    void operator()(const sql::Update&) const { needs_iceberg("Modifying Hive table rows is not supported"); }
    void operator()(const sql::Merge&) const { needs_iceberg("Modifying Hive table rows is not supported"); }
    void operator()(const sql::Optimize&) const { needs_iceberg("OPTIMIZE is only supported for Iceberg tables"); }
    void operator()(const sql::Vacuum&) const { needs_iceberg("VACUUM is only supported for Iceberg tables"); }
    [[noreturn]] static void needs_iceberg(std::string message) { refuse("NOT_SUPPORTED", std::move(message)); }
  };
  try {
    std::visit(Dispatch{*this}, statement.node);
  } catch (const duck::SqlError& error) {
    fail_at_name(error);
  }
}

void Runner::fail_at_name(const duck::SqlError& error) const {
  const sql::Query* query = query_of(*statement_);
  std::string message = error.message();
  std::string name = error.name();
  if (message.starts_with("line ") || !query) throw error;
  // The name is what stands in quotes: "Column 'x' cannot be resolved", `Referenced column "x" not found`.
  const auto open = message.find_first_of("'\"");
  if (open == message.npos) throw error;
  std::string culprit = message.substr(open + 1, message.find(message[open], open + 1) - open - 1);
  if (const auto dot = culprit.rfind('.'); dot != culprit.npos) culprit = culprit.substr(dot + 1);
  // SELECT x AS x, where there is no x: the engine finds the alias and says that it comes too late.
  if (message.find("referenced that exists in the SELECT clause") != message.npos) name = "COLUMN_NOT_FOUND";
  if (name == "COLUMN_NOT_FOUND") message = "Column '" + culprit + "' cannot be resolved";
  const auto place = place_of(*query, culprit);
  for (const std::string_view kind : {"COLUMN_NOT_FOUND", "FUNCTION_NOT_FOUND", "AMBIGUOUS_NAME"}) {
    if (place && name == kind) throw sql::SqlError(kind, *place, message);
  }
  throw error;
}

std::string Runner::print(const sql::Query& query) {
  const auto started = std::chrono::steady_clock::now();
  std::string sql = sql::print_query(
      query, tables_, {.database = execution_.database, .user = access_->principal().arn, .parameters = parameters_});
  execution_.statistics.planning_ms += milliseconds_since(started);
  return sql;
}

duck::Connection& Runner::connection() {
  if (!connection_) connection_ = core_.dependencies.engine.connect(files_, duck::Rules::trino);
  return *connection_;
}

std::unique_ptr<duck::Result> Runner::start(const std::string& sql) {
  return connection().run(sql, stop_);
}

void Runner::select(const sql::Query& query) {
  const std::string sql = print(query);
  const auto started = std::chrono::steady_clock::now();
  const auto result = start(sql);
  std::string text;
  for (std::size_t i = 0; i < result->columns().size(); ++i) {
    const auto& column = result->columns()[i];
    execution_.columns.push_back(result_column(sql::output_name(column.name, i), column.type));
    if (i > 0) text += ',';
    append_csv_field(execution_.columns.back().name, text);
  }
  text += '\n';
  const auto file = sync_wait(files_->create(execution_.location));
  std::string value;
  while (const auto chunk = result->next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      for (std::size_t column = 0; column < execution_.columns.size(); ++column) {
        if (column > 0) text += ',';
        value.clear();
        if (chunk->append_text(column, row, value)) append_csv_field(value, text);
      }
      text += '\n';
    }
    execution_.statistics.output_rows += chunk->rows();
    if (text.size() >= write_bytes) {
      sync_wait(file->append(as_bytes(text)));
      text.clear();
    }
  }
  sync_wait(file->append(as_bytes(text)));
  execution_.statistics.engine_ms = milliseconds_since(started);
  sync_wait(file->finish());
  write_metadata("");
  execution_.statistics.service_ms = milliseconds_since(started) - execution_.statistics.engine_ms;
}

void Runner::explain(const sql::Explain& explain) {
  const auto* query = sql::as<sql::QueryPtr>(*explain.statement);
  if (!query) refuse("NOT_SUPPORTED", "EXPLAIN is only supported for queries");
  if (explain.type == "VALIDATE") {
    describe(print(**query));
    write_text({"Valid"}, {"Valid", "true"});
    return;
  }
  if (!explain.format.empty() && explain.format != "TEXT") {
    refuse("NOT_SUPPORTED", "EXPLAIN with FORMAT " + explain.format + " is not supported");
  }
  const auto result = start((explain.analyze ? "EXPLAIN ANALYZE " : "EXPLAIN ") + print(**query));
  std::vector<std::string> lines = {"Query Plan"};  // EXPLAIN's result has a header row, unlike SHOW's.
  while (const auto chunk = result->next()) {
    for (std::size_t row = 0; row < chunk->rows(); ++row) {
      std::string text = chunk->text(result->columns().size() - 1, row).value_or("");
      std::size_t at = 0;
      for (std::size_t end; (end = text.find('\n', at)) != text.npos; at = end + 1)
        lines.push_back(text.substr(at, end - at));
      if (at < text.size()) lines.push_back(text.substr(at));
    }
  }
  write_text({"Query Plan"}, lines);
}

void Runner::execute(const sql::Execute& execute) {
  const auto prepared = sync_wait(core_.find_prepared(account_, execution_.workgroup, execute.name.text));
  if (!prepared) {
    throw sql::SqlError("NOT_FOUND", execute.name.position, "Prepared statement not found: " + execute.name.text);
  }
  run_prepared(prepared->query, execute.parameters);
}

void Runner::execute_immediate(const sql::ExecuteImmediate& execute) {
  run_prepared(execute.text, execute.parameters);
}

void Runner::run_prepared(const std::string& text, const std::vector<sql::ExpressionPtr>& parameters) {
  const auto statement = sql::parse(text);
  if (sql::as<sql::Execute>(*statement) || sql::as<sql::ExecuteImmediate>(*statement)) {
    refuse("NOT_SUPPORTED", "A prepared statement cannot execute another");
  }
  if (!parameters.empty()) {
    if (!parameters_.empty())
      refuse("INVALID_PARAMETER_USAGE", "Parameters were given twice, by USING and with the request");
    // The expressions belong to the outer statement; their text is parsed again so that this run owns them.
    const auto outer = sql::parse(execution_.query);
    auto& node = outer->node;
    auto* named = std::get_if<sql::Execute>(&node);
    auto* immediate = std::get_if<sql::ExecuteImmediate>(&node);
    parameters_ = std::move(named ? named->parameters : immediate->parameters);
  }
  run_statement(*statement);
}

void Runner::write_file(const std::string& path, std::string_view bytes) {
  const auto file = sync_wait(files_->create(path));
  sync_wait(file->append(as_bytes(bytes)));
  sync_wait(file->finish());
}

void Runner::write_text(const std::vector<std::string>& column_names, const std::vector<std::string>& lines) {
  for (const auto& name : column_names) execution_.columns.push_back({.name = name, .type = "string"});
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  write_file(execution_.location, text);
  write_metadata("");
}

void Runner::write_metadata(std::string_view update_type) {
  write_file(execution_.location + ".metadata",
             metadata_file(execution_.id, update_type, execution_.update_count, execution_.columns));
}

void Runner::note_progress() {
  if (connection_) execution_.statistics.scanned_bytes = connection_->progress().bytes_read;
  execution_.statistics.output_bytes = files_->bytes_written();
  const auto skipped = files_->skipped();
  if (skipped.empty() || execution_.state != State::succeeded) return;
  execution_.reason = "Skipped " + std::to_string(skipped.size()) +
                      " archived object(s), whose storage class cannot be read: " + skipped.front() +
                      (skipped.size() > 1 ? ", …" : "");
}

void Runner::discard() {
  std::vector<std::string> leftovers = execution_.partial;
  leftovers.push_back(execution_.location);
  leftovers.push_back(execution_.location + ".metadata");
  for (const auto& path : leftovers) {
    try {
      sync_wait(core_.remove_partial(account_, *files_, *access_, path));
    } catch (const std::exception&) {
      // They may write but not delete: what is left then is theirs to see.
    }
  }
  execution_.partial.clear();
}

catalog::Table Runner::find(const sql::QualifiedName& name) {
  return tables_.find(table_name(name, execution_.database), name.position());
}

}  // namespace tarn::query
