#include "catalog/catalog.h"
#include "catalog/codec.h"
#include "catalog/found.h"
#include "catalog/rows.h"

namespace tarn::catalog {
namespace {

std::string key_of(const std::vector<std::string>& partition, const std::string& column) {
  const std::string name = folded(column);
  return partition.empty() ? rows::table_statistics_key(name) : rows::partition_statistics_key(partition, name);
}

}  // namespace

Task<void> Catalog::put_statistics(const policy::Access& access, std::string database, std::string table,
                                   std::vector<std::string> partition, std::vector<ColumnStatistics> statistics) {
  database = folded(database), table = folded(table);
  co_await require(
      access, partition.empty() ? "glue:UpdateColumnStatisticsForTable" : "glue:UpdateColumnStatisticsForPartition",
      database, table);
  const Found found = co_await table_or_throw(access, database, table);
  meta::Batch batch;
  if (!partition.empty()) {
    const std::string key = rows::partition_key(partition);
    if (!co_await store_.get(rows::table_partition(found.table.id), key)) {
      throw Error(errors::entity_not_found, "Partition not found.");
    }
    batch.require_present(key);
  }
  for (const ColumnStatistics& column : statistics) batch.put(key_of(partition, column.column), encode(column));
  const auto commit = co_await store_.commit(rows::table_partition(found.table.id), std::move(batch));
  if (!commit.applied) throw Error(errors::entity_not_found, "Partition not found.");
}

Task<std::vector<ColumnStatistics>> Catalog::get_statistics(const policy::Access& access, std::string database,
                                                            std::string table, std::vector<std::string> partition,
                                                            std::vector<std::string> columns) {
  database = folded(database), table = folded(table);
  co_await require(access,
                   partition.empty() ? "glue:GetColumnStatisticsForTable" : "glue:GetColumnStatisticsForPartition",
                   database, table);
  const Found found = co_await table_or_throw(access, database, table);
  std::vector<ColumnStatistics> statistics;
  for (const std::string& column : columns) {
    const auto row = co_await store_.get(rows::table_partition(found.table.id), key_of(partition, column));
    if (row) statistics.push_back(decode_column_statistics(row->value));
  }
  co_return statistics;
}

Task<void> Catalog::delete_statistics(const policy::Access& access, std::string database, std::string table,
                                      std::vector<std::string> partition, std::string column) {
  database = folded(database), table = folded(table);
  co_await require(
      access, partition.empty() ? "glue:DeleteColumnStatisticsForTable" : "glue:DeleteColumnStatisticsForPartition",
      database, table);
  const Found found = co_await table_or_throw(access, database, table);
  meta::Batch batch;
  batch.remove(key_of(partition, column));
  (void)co_await store_.commit(rows::table_partition(found.table.id), std::move(batch));
}

}  // namespace tarn::catalog
