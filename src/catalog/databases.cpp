#include "base/encoding.h"
#include "catalog/catalog.h"
#include "catalog/codec.h"
#include "catalog/deletion.h"
#include "catalog/found.h"
#include "catalog/rows.h"

namespace tarn::catalog {

std::string folded(std::string_view name) {
  return to_lower(name);
}

Task<void> for_each_row(meta::Store& store, meta::Partition partition, std::string first, std::string end,
                        std::function<bool(const meta::Row&)> visit) {
  while (true) {
    const meta::ScanLimits limits;
    const auto rows = co_await store.scan(partition, first, end, limits);
    if (rows.empty()) co_return;
    for (const meta::Row& row : rows) {
      if (!visit(row)) co_return;
    }
    first = rows.back().key + '\0';
  }
}

Catalog::Catalog(meta::Store& store, Clocks clocks, Random& random, std::string region)
    : store_(store), clocks_(clocks), random_(random), region_(std::move(region)) {}

std::string Catalog::catalog_arn(const AccountId& account) const {
  return "arn:aws:glue:" + region_ + ":" + account.text() + ":catalog";
}
std::string Catalog::database_arn(const AccountId& account, std::string_view database) const {
  return "arn:aws:glue:" + region_ + ":" + account.text() + ":database/" + std::string(database);
}
std::string Catalog::table_arn(const AccountId& account, std::string_view database, std::string_view table) const {
  return "arn:aws:glue:" + region_ + ":" + account.text() + ":table/" + std::string(database) + "/" +
         std::string(table);
}

// Glue wants the permission on the object and on everything that holds it.
Task<void> Catalog::require(const policy::Access& access, std::string action, std::string database,
                            std::string table) const {
  const AccountId account = account_of(access);
  co_await access.require(action, catalog_arn(account));
  if (!database.empty()) co_await access.require(action, database_arn(account, database));
  if (!table.empty()) co_await access.require(action, table_arn(account, database, table));
}

Task<void> Catalog::create_database(const policy::Access& access, DatabaseInput input, Parameters tags) {
  input.name = folded(input.name);
  co_await require(access, "glue:CreateDatabase", input.name);
  Database database;
  static_cast<DatabaseInput&>(database) = std::move(input);
  database.created = clocks_.lake.now();
  database.tags = std::move(tags);
  const std::string key = rows::database_key(database.name);
  const auto partition = rows::catalog_partition(account_of(access));
  // Tables of an earlier database of the name are not to appear in this one.
  const std::string deleted = rows::deleted_database_key(database.name);
  if (co_await store_.get(partition, deleted)) {
    co_await finish_database_deletion(store_, partition, database.name);
  }
  meta::Batch batch;
  batch.require_absent(key).require_absent(deleted).put(key, encode(database));
  const auto commit = co_await store_.commit(partition, std::move(batch));
  if (!commit.applied) throw Error(errors::already_exists, "Database already exists.");
}

Task<std::optional<Database>> Catalog::find_database(const policy::Access& access, std::string name) {
  name = folded(name);
  co_await require(access, "glue:GetDatabase", name);
  const auto row = co_await store_.get(rows::catalog_partition(account_of(access)), rows::database_key(name));
  if (!row) co_return std::nullopt;
  co_return decode_database(row->value);
}

Task<Database> Catalog::get_database(const policy::Access& access, std::string name) {
  auto database = co_await find_database(access, name);
  if (!database) throw Error(errors::entity_not_found, "Database " + folded(name) + " not found.");
  co_return std::move(*database);
}

Task<Page<Database>> Catalog::list_databases(const policy::Access& access, std::string after, std::size_t max) {
  co_await require(access, "glue:GetDatabases", {});
  const AccountId account = account_of(access);
  const std::string first = after.empty() ? "d/" : rows::database_key(after) + '\0';
  const meta::ScanLimits limits{.max_rows = max + 1};
  const auto found = co_await store_.scan(rows::catalog_partition(account), first, meta::end_of_prefix("d/"), limits);
  Page<Database> page;
  for (const meta::Row& row : found) {
    if (page.items.size() == max) {
      page.next = page.items.back().name;
      break;
    }
    page.items.push_back(decode_database(row.value));
  }
  // The store may have stopped at its byte limit before it found max + 1.
  if (page.next.empty() && found.size() <= max && !found.empty()) {
    const auto more = co_await store_.scan(rows::catalog_partition(account), found.back().key + '\0',
                                           meta::end_of_prefix("d/"), meta::ScanLimits{.max_rows = 1});
    if (!more.empty()) page.next = page.items.back().name;
  }
  co_return page;
}

Task<void> Catalog::update_database(const policy::Access& access, std::string name, DatabaseInput input) {
  name = folded(name);
  co_await require(access, "glue:UpdateDatabase", name);
  const auto partition = rows::catalog_partition(account_of(access));
  const std::string key = rows::database_key(name);
  const auto row = co_await store_.get(partition, key);
  if (!row) throw Error(errors::entity_not_found, "Database " + name + " not found.");
  if (folded(input.name) != name) {
    throw Error(errors::invalid_input, "A database cannot be renamed: " + name + " to " + folded(input.name) + ".");
  }
  Database database = decode_database(row->value);
  const Timestamp created = database.created;
  static_cast<DatabaseInput&>(database) = std::move(input);
  database.name = name;
  database.created = created;
  meta::Batch batch;
  batch.require_version(key, row->version).put(key, encode(database));
  const auto commit = co_await store_.commit(partition, std::move(batch));
  if (!commit.applied) throw Error(errors::concurrent_modification, "The database was changed at the same time.");
}

Task<Parameters> Catalog::database_tags(AccountId account, std::string name, std::function<void(Parameters&)> change) {
  name = folded(name);
  const auto partition = rows::catalog_partition(account);
  const std::string key = rows::database_key(name);
  const auto row = co_await store_.get(partition, key);
  if (!row) throw Error(errors::entity_not_found, "Database " + name + " not found.");
  Database database = decode_database(row->value);
  if (!change) co_return database.tags;
  change(database.tags);
  meta::Batch batch;
  batch.require_version(key, row->version).put(key, encode(database));
  const auto commit = co_await store_.commit(partition, std::move(batch));
  if (!commit.applied) throw Error(errors::concurrent_modification, "The database was changed at the same time.");
  co_return database.tags;
}

Task<void> Catalog::delete_database(const policy::Access& access, std::string name) {
  name = folded(name);
  co_await require(access, "glue:DeleteDatabase", name);
  const auto partition = rows::catalog_partition(account_of(access));
  const std::string key = rows::database_key(name);
  const auto row = co_await store_.get(partition, key);
  if (!row) throw Error(errors::entity_not_found, "Database " + name + " not found.");
  // The name goes first: a table that is created meanwhile finds no database.
  meta::Batch batch;
  batch.require_version(key, row->version).remove(key);
  batch.put(rows::deleted_database_key(name), std::string(rows::deletion_row));
  const auto commit = co_await store_.commit(partition, std::move(batch));
  if (!commit.applied) throw Error(errors::concurrent_modification, "The database was changed at the same time.");
  co_await finish_database_deletion(store_, partition, name);
}

}  // namespace tarn::catalog
