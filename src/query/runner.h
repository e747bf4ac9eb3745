// Runner: one execution from its text to its result. Runs on an engine thread, and waits there for tasks.
//
// Its functions are spread over a file for each kind of statement. What it throws fails the execution: sql::SqlError
// and duck::SqlError with Trino's name, Error for what the caller may not do or the catalog refuses.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "duck/engine.h"
#include "query/catalog_tables.h"
#include "query/core.h"
#include "query/object_files.h"
#include "query/sql/statement.h"

namespace tarn::query {

class Runner {
 public:
  Runner(Queries::Core& core, AccountId account, std::shared_ptr<const policy::Access> access, const WorkGroup& group,
         Execution& execution, std::stop_token stop);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void run();
  // Removes what run() had half written; for when it has thrown.
  void discard();
  // Fills in what is known of bytes and skipped objects, however the run ended.
  void note_progress();

 private:
  // ---- run_query.cpp
  void run_statement(const sql::Statement& statement);
  void select(const sql::Query& query);
  void explain(const sql::Explain& explain);
  std::string print(const sql::Query& query);
  void execute(const sql::Execute& execute);
  void execute_immediate(const sql::ExecuteImmediate& execute);
  void run_prepared(const std::string& text, const std::vector<sql::ExpressionPtr>& parameters);
  std::unique_ptr<duck::Result> start(const std::string& sql);
  duck::Connection& connection();
  // `line 1:8: ` put before the message of an error that names something of the statement.
  [[noreturn]] void fail_at_name(const duck::SqlError& error) const;

  // ---- run_write.cpp
  struct WriteFormat {
    std::string format;  // PARQUET, TEXTFILE, JSON.
    std::string compression;
    std::string delimiter = "\x01";
    bool header = false;
    std::string copy_options() const;
    std::string extension() const;
  };
  struct WriteTarget {
    std::string location;  // With its slash.
    std::vector<std::string> partition_columns;
    WriteFormat format;
  };
  void create_table_as(const sql::CreateTableAs& create);
  void insert(const sql::InsertInto& insert);
  void unload(const sql::Unload& unload);
  // Writes the rows of `sql`, whose columns are `names` with the partition columns last.
  std::uint64_t copy(const std::string& sql, const std::vector<std::string>& names, const WriteTarget& target);
  std::vector<duck::Column> describe(const std::string& sql);
  // Refuses a folder that is not empty; until this execution ends it is nobody else's.
  void claim_empty(const std::string& location, const std::string& table);
  std::string files_of_this(const WriteTarget& target) const;
  void begin_partial(std::vector<std::string> partial);
  void write_manifest();
  // Partition values of the files that were written below the location.
  std::vector<std::vector<std::string>> written_partitions(const WriteTarget& target) const;
  void add_partitions(const catalog::Table& table, const WriteTarget& target);

  // ---- run_definition.cpp, run_alter.cpp
  void create_database(const sql::CreateDatabase& create);
  void drop_database(const sql::DropDatabase& drop);
  void alter_database(const sql::AlterDatabase& alter);
  void create_table(const sql::CreateTable& create);
  void drop_table(const sql::DropTable& drop);
  void create_view(const sql::CreateView& create);
  void repair(const sql::RepairTable& repair);
  void alter(const sql::AlterTable& alter);
  void alter(const catalog::Table& table, const sql::AddPartitions& action);
  void alter(const catalog::Table& table, const sql::DropPartitions& action);
  void alter(const catalog::Table& table, const sql::RenamePartition& action);
  void alter(const catalog::Table& table, const sql::AddColumns& action);
  void alter(const catalog::Table& table, const sql::SetLocation& action);
  void alter(const catalog::Table& table, const sql::SetTableProperties& action);
  void alter(const catalog::Table& table, const sql::UnsetTableProperties& action);
  void alter(const catalog::Table& table, const sql::RenameTable& action);
  void alter(const catalog::Table& table, const sql::ChangeColumn& action);
  void alter(const catalog::Table& table, const sql::DropColumn& action);
  void update_table(const catalog::Table& table, const std::function<void(catalog::TableInput&)>& change);

  // ---- run_show.cpp
  void show(const sql::ShowDatabases& show);
  void show(const sql::ShowTables& show);
  void show(const sql::ShowColumns& show);
  void show(const sql::ShowCreate& show);
  void show(const sql::ShowPartitions& show);
  void show(const sql::ShowTableProperties& show);
  void show(const sql::ShowFunctions& show);
  void describe(const sql::Describe& describe);

  // ---- results
  void write_text(const std::vector<std::string>& column_names, const std::vector<std::string>& lines);
  void write_metadata(std::string_view update_type);
  void write_file(const std::string& path, std::string_view bytes);
  catalog::Table find(const sql::QualifiedName& name);

  Queries::Core& core_;
  AccountId account_;
  std::shared_ptr<const policy::Access> access_;
  const WorkGroup& group_;
  Execution& execution_;
  std::stop_token stop_;
  std::shared_ptr<ObjectFiles> files_;
  CatalogTables tables_;
  std::unique_ptr<duck::Connection> connection_;
  std::vector<sql::ExpressionPtr> parameters_;
  std::string claimed_;                        // The folder that claim_empty() has taken.
  const sql::Statement* statement_ = nullptr;  // For the places of names in errors.
};

// Refuses with Trino's name for it, without a place in the text.
[[noreturn]] void refuse(std::string name, std::string message);

}  // namespace tarn::query
