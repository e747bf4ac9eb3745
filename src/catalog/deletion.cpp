#include "catalog/deletion.h"

#include "catalog/codec.h"
#include "catalog/rows.h"

namespace tarn::catalog {
namespace {

// Few enough that a commit of their heads' removal fits any store.
constexpr std::size_t tables_at_once = 100;

Task<void> remove_all_rows(meta::Store& store, meta::Partition partition) {
  while (true) {
    const auto found = co_await store.scan(partition, {}, {}, meta::ScanLimits{});
    if (found.empty()) co_return;
    meta::Batch batch;
    for (const meta::Row& row : found) batch.remove(row.key);
    (void)co_await store.commit(partition, std::move(batch));
  }
}

Task<std::size_t> finish_catalog(meta::Store& store, meta::Partition catalog) {
  std::size_t finished = 0;
  for (const std::string_view kind : {rows::deleted_databases, rows::deleted_tables}) {
    std::string from(kind);
    while (true) {
      const auto found = co_await store.scan(catalog, from, meta::end_of_prefix(kind), meta::ScanLimits{});
      if (found.empty()) break;
      from = found.back().key + '\0';
      for (const meta::Row& row : found) {
        std::string name = row.key.substr(kind.size());
        if (kind == rows::deleted_databases) {
          co_await finish_database_deletion(store, catalog, std::move(name));
        } else {
          co_await finish_table_deletion(store, catalog, std::move(name));
        }
        ++finished;
      }
    }
  }
  co_return finished;
}

}  // namespace

Task<void> finish_database_deletion(meta::Store& store, meta::Partition catalog, std::string database) {
  const std::string prefix = rows::table_prefix(database);
  while (true) {
    const auto heads = co_await store.scan(catalog, prefix, meta::end_of_prefix(prefix), {.max_rows = tables_at_once});
    if (heads.empty()) break;
    meta::Batch batch;
    std::vector<std::string> ids;
    for (const meta::Row& head : heads) {
      ids.push_back(decode_table(head.value).id);
      batch.remove(head.key);
      batch.put(rows::deleted_table_key(ids.back()), std::string(rows::deletion_row));
    }
    (void)co_await store.commit(catalog, std::move(batch));
    for (std::string& id : ids) co_await finish_table_deletion(store, catalog, std::move(id));
  }
  meta::Batch done;
  done.remove(rows::deleted_database_key(database));
  (void)co_await store.commit(catalog, std::move(done));
}

Task<void> finish_table_deletion(meta::Store& store, meta::Partition catalog, std::string table_id) {
  co_await remove_all_rows(store, rows::table_partition(table_id));
  meta::Batch done;
  done.remove(rows::deleted_table_key(table_id));
  (void)co_await store.commit(catalog, std::move(done));
}

Task<std::size_t> finish_deletions(meta::Store& store) {
  std::size_t finished = 0;
  std::string after;
  while (true) {
    const auto catalogs = co_await store.partitions("catalog/", after, 100);
    if (catalogs.empty()) co_return finished;
    after = catalogs.back().name;
    for (const meta::Partition& catalog : catalogs) finished += co_await finish_catalog(store, catalog);
  }
}

}  // namespace tarn::catalog
