#include <charconv>

#include "catalog/catalog.h"
#include "catalog/codec.h"
#include "catalog/deletion.h"
#include "catalog/found.h"
#include "catalog/rows.h"

namespace tarn::catalog {
namespace {

// What a commit of a table's head may lose against, as often as a busy writer may be unlucky.
constexpr int max_attempts = 20;

std::uint64_t version_number(const std::string& text) {
  std::uint64_t number;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) {
    throw Error(errors::invalid_input, "version id " + text + " is not a number.");
  }
  return number;
}

void fold_columns(TableInput& input) {
  input.name = folded(input.name);
  if (input.storage) {
    for (Column& column : input.storage->columns) column.name = folded(column.name);
  }
  for (Column& key : input.partition_keys) key.name = folded(key.name);
}

[[noreturn]] void table_not_found(const std::string& name) {
  throw Error(errors::entity_not_found, "Table " + name + " not found.");
}

}  // namespace

Task<std::optional<Catalog::Found>> Catalog::read_table(AccountId account, std::string database, std::string name) {
  const auto row = co_await store_.get(rows::catalog_partition(account), rows::table_key(database, name));
  if (!row) co_return std::nullopt;
  co_return Found{.table = decode_table(row->value), .account = account, .row_version = row->version};
}

Task<Catalog::Found> Catalog::table_or_throw(const policy::Access& access, std::string database, std::string name) {
  const AccountId account = account_of(access);
  auto found = co_await read_table(account, database, name);
  if (found) co_return std::move(*found);
  const auto holder = co_await store_.get(rows::catalog_partition(account), rows::database_key(database));
  if (!holder) throw Error(errors::entity_not_found, "Database " + database + " not found.");
  table_not_found(name);
}

Task<Table> Catalog::create_table(const policy::Access& access, std::string database, TableInput input) {
  database = folded(database);
  fold_columns(input);
  co_await require(access, "glue:CreateTable", database, input.name);
  Table table;
  static_cast<TableInput&>(table) = std::move(input);
  table.database = database;
  table.id = random_.uuid();
  table.created = table.updated = clocks_.lake.now();
  table.created_by = access.principal().arn;
  const std::string key = rows::table_key(database, table.name);
  const std::string database_key = rows::database_key(database);
  meta::Batch batch;
  batch.require_present(database_key).require_absent(key).put(key, encode(table));
  const auto partition = rows::catalog_partition(account_of(access));
  const auto commit = co_await store_.commit(partition, std::move(batch));
  if (!commit.applied) {
    if (!co_await store_.get(partition, database_key)) {
      throw Error(errors::entity_not_found, "Database " + database + " not found.");
    }
    throw Error(errors::already_exists, "Table already exists.");
  }
  co_return table;
}

Task<std::optional<Table>> Catalog::find_table(const policy::Access& access, std::string database, std::string name) {
  database = folded(database), name = folded(name);
  co_await require(access, "glue:GetTable", database, name);
  auto found = co_await read_table(account_of(access), database, name);
  if (!found) co_return std::nullopt;
  co_return std::move(found->table);
}

Task<Table> Catalog::get_table(const policy::Access& access, std::string database, std::string name) {
  database = folded(database), name = folded(name);
  co_await require(access, "glue:GetTable", database, name);
  Found found = co_await table_or_throw(access, database, name);
  co_return std::move(found.table);
}

Task<Page<Table>> Catalog::list_tables(const policy::Access& access, std::string database,
                                       std::function<bool(const std::string&)> matches, std::string after,
                                       std::size_t max) {
  database = folded(database);
  co_await require(access, "glue:GetTables", database);
  const AccountId account = account_of(access);
  const auto partition = rows::catalog_partition(account);
  if (!co_await store_.get(partition, rows::database_key(database))) {
    throw Error(errors::entity_not_found, "Database " + database + " not found.");
  }
  const std::string prefix = rows::table_prefix(database);
  std::string first = after.empty() ? prefix : prefix + after + '\0';
  Page<Table> page;
  while (true) {
    const auto found = co_await store_.scan(partition, first, meta::end_of_prefix(prefix), meta::ScanLimits{});
    if (found.empty()) co_return page;
    for (const meta::Row& row : found) {
      const std::string name = row.key.substr(prefix.size());
      if (matches && !matches(name)) continue;
      if (!co_await access.allows("glue:GetTables", table_arn(account, database, name))) continue;
      if (page.items.size() == max) {
        page.next = page.items.back().name;
        co_return page;
      }
      page.items.push_back(decode_table(row.value));
    }
    first = found.back().key + '\0';
  }
}

Task<Table> Catalog::update_table(const policy::Access& access, std::string database, TableInput input,
                                  UpdateOptions options) {
  database = folded(database);
  fold_columns(input);
  co_await require(access, "glue:UpdateTable", database, input.name);
  const auto partition = rows::catalog_partition(account_of(access));
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const Found found = co_await table_or_throw(access, database, input.name);
    const Table& before = found.table;
    if (options.expected_version && *options.expected_version != std::to_string(before.version)) {
      throw Error(errors::concurrent_modification, "Update table failed due to concurrent modifications: version " +
                                                       *options.expected_version + " was expected and " +
                                                       std::to_string(before.version) + " is current.");
    }
    Table after;
    static_cast<TableInput&>(after) = input;
    after.database = database;
    after.id = before.id;
    after.version = before.version + 1;
    after.created = before.created;
    after.created_by = before.created_by;
    after.updated = clocks_.lake.now();
    // The archive lies in another partition, so it is written first: a version that is there twice does no harm.
    if (!options.skip_archive) {
      meta::Batch archive;
      archive.put(rows::version_key(before.version), encode(before));
      (void)co_await store_.commit(rows::table_partition(before.id), std::move(archive));
    }
    const std::string key = rows::table_key(database, input.name);
    meta::Batch batch;
    batch.require_version(key, found.row_version).put(key, encode(after));
    const auto commit = co_await store_.commit(partition, std::move(batch));
    if (commit.applied) co_return after;
  }
  throw Error(errors::concurrent_modification, "Update table failed due to concurrent modifications.");
}

Task<void> Catalog::delete_table(const policy::Access& access, std::string database, std::string name) {
  database = folded(database), name = folded(name);
  co_await require(access, "glue:DeleteTable", database, name);
  const Found found = co_await table_or_throw(access, database, name);
  const auto partition = rows::catalog_partition(found.account);
  const std::string key = rows::table_key(database, name);
  meta::Batch batch;
  batch.remove(key);
  batch.put(rows::deleted_table_key(found.table.id), std::string(rows::deletion_row));
  (void)co_await store_.commit(partition, std::move(batch));
  co_await finish_table_deletion(store_, partition, found.table.id);
}

Task<Page<Table>> Catalog::list_table_versions(const policy::Access& access, std::string database, std::string name,
                                               std::string after, std::size_t max) {
  database = folded(database), name = folded(name);
  co_await require(access, "glue:GetTableVersions", database, name);
  const Found found = co_await table_or_throw(access, database, name);
  Page<Table> page;
  if (after.empty()) page.items.push_back(found.table);
  const std::string first = after.empty() ? "v/" : rows::version_key(version_number(after)) + '\0';
  co_await for_each_row(store_, rows::table_partition(found.table.id), first, meta::end_of_prefix("v/"),
                        [&](const meta::Row& row) {
                          Table version = decode_table(row.value);
                          // An archive whose head was not committed is that head itself.
                          if (version.version >= found.table.version) return true;
                          if (page.items.size() == max) {
                            page.next = std::to_string(page.items.back().version);
                            return false;
                          }
                          page.items.push_back(std::move(version));
                          return true;
                        });
  co_return page;
}

Task<Table> Catalog::get_table_version(const policy::Access& access, std::string database, std::string name,
                                       std::optional<std::string> version) {
  database = folded(database), name = folded(name);
  co_await require(access, "glue:GetTableVersion", database, name);
  Found found = co_await table_or_throw(access, database, name);
  if (!version || version_number(*version) == found.table.version) co_return std::move(found.table);
  const auto row =
      co_await store_.get(rows::table_partition(found.table.id), rows::version_key(version_number(*version)));
  if (!row) throw Error(errors::entity_not_found, "Version " + *version + " of table " + name + " not found.");
  co_return decode_table(row->value);
}

Task<void> Catalog::delete_table_version(const policy::Access& access, std::string database, std::string name,
                                         std::string version) {
  database = folded(database), name = folded(name);
  co_await require(access, "glue:DeleteTableVersion", database, name);
  const Found found = co_await table_or_throw(access, database, name);
  if (version_number(version) == found.table.version) {
    throw Error(errors::invalid_input, "The current version of a table cannot be deleted.");
  }
  const std::string key = rows::version_key(version_number(version));
  meta::Batch batch;
  batch.require_present(key).remove(key);
  const auto commit = co_await store_.commit(rows::table_partition(found.table.id), std::move(batch));
  if (!commit.applied)
    throw Error(errors::entity_not_found, "Version " + version + " of table " + name + " not found.");
}

}  // namespace tarn::catalog
