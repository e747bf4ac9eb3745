// CatalogTables: what names in FROM stand for. Reads the catalog and lists files in the caller's name.
//
// For engine threads: it waits for tasks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/os/clock.h"
#include "catalog/catalog.h"
#include "duck/engine.h"
#include "policy/access.h"
#include "query/object_files.h"
#include "query/sql/printer.h"
#include "query/table_scan.h"

namespace tarn::query {

struct TableName {
  std::string database;
  std::string table;
};
// a.b.c, b.c or c, folded. Throws sql::SqlError for a catalog other than the data catalog.
TableName table_name(const sql::QualifiedName& name, const std::string& database);

// `awsdatacatalog.db.t`, as error messages name tables.
std::string qualified_text(const TableName& name);

class CatalogTables : public sql::TableResolver {
 public:
  // `connect`: a connection of the engine over `files` that runs nothing while names are resolved. `clock` tells what
  // NOW is for projected partitions.
  CatalogTables(catalog::Catalog& catalog, ObjectFiles& files, const policy::Access& access, const Clock& clock,
                std::function<duck::Connection&()> connect)
      : catalog_(catalog), files_(files), access_(access), clock_(clock), footers_(std::move(connect)) {}

  std::variant<sql::ResolvedSource, sql::ResolvedView> resolve(const sql::TableReference& table,
                                                               const std::string& database,
                                                               const sql::TableUse& use) override;

  // Throws sql::SqlError SCHEMA_NOT_FOUND, TABLE_NOT_FOUND.
  catalog::Table find(const TableName& name, sql::Position position);
  // All partitions of a table, in the order of their values.
  std::vector<catalog::Partition> partitions(const catalog::Table& table);

 private:
  sql::ResolvedView view(const catalog::Table& table, sql::Position position);
  // The files of a table's partitions that the use of it leaves. What the folders point at lies in `kept`.
  std::vector<ScanFolder> partition_folders(const catalog::Table& table, const sql::TableUse& use,
                                            std::vector<catalog::Partition>& kept, sql::Position position);
  std::vector<ScanFolder> projected_folders(const catalog::Table& table, const sql::TableUse& use);
  sql::ResolvedSource information_schema(const TableName& name, sql::Position position);

  // Asks the engine, once a file.
  class Footers : public ParquetFooters {
   public:
    explicit Footers(std::function<duck::Connection&()> connect) : connect_(std::move(connect)) {}
    std::optional<std::vector<duck::Column>> columns(const std::string& path) override;
    std::optional<std::uint64_t> rows(const std::string& path) override;

   private:
    std::function<duck::Connection&()> connect_;
    std::map<std::string, std::optional<std::vector<duck::Column>>> columns_;
    std::map<std::string, std::optional<std::uint64_t>> rows_;
  };

  catalog::Catalog& catalog_;
  ObjectFiles& files_;
  const policy::Access& access_;
  const Clock& clock_;
  Footers footers_;
};

// Athena keeps a view as base64 of JSON in the table's ViewOriginalText.
std::string encode_view(const std::string& query, const std::string& database,
                        const std::vector<std::pair<std::string, std::string>>& columns_and_types);
struct StoredView {
  std::string query;
  std::string database;
  std::vector<std::string> columns;
};
std::optional<StoredView> decode_view(std::string_view view_original_text);

}  // namespace tarn::query
