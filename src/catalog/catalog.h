// The Data Catalog: which tables there are, of which columns, and where their bytes lie.
//
// One catalog an account. Every call that a customer's request leads to takes the Access of who asks and checks Glue's
// permissions on catalog, database and table itself, because queries and crawlers call it without a Glue request.
// Names are folded to lower case, as Glue does. What was stored comes back unchanged.
//
// Promises: a table's head and its archived version change in one commit; UpdateTable with a stale version id fails
// (ConcurrentModificationException) and has changed nothing; a partition is there for every reader once its call
// returned. A deleted table's name goes first, then its partitions, which nobody can reach any more.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "base/task.h"
#include "catalog/errors.h"
#include "catalog/types.h"
#include "meta/store.h"
#include "policy/access.h"

namespace tarn::catalog {

// A page of a listing; `next` is empty on the last.
template <typename T>
struct Page {
  std::vector<T> items;
  std::string next;
};

// One of `total` parts of the partitions, so that an engine may read them in parallel. Disjoint and complete.
struct Segment {
  std::uint32_t number = 0;
  std::uint32_t total = 1;
};

// Which partitions are wanted, told by their values before any is read.
struct PartitionChoice {
  std::vector<std::string> leading;  // Values that the first keys have, letter by letter: no others are looked at.
  std::function<bool(const std::vector<std::string>& values)> keep;
};

// What became of one item of a batch call; none: it was done.
struct ItemError {
  std::size_t index = 0;
  ErrorCode code;
  std::string message;
};

class Catalog {
 public:
  Catalog(meta::Store& store, Clocks clocks, Random& random, std::string region);

  // Databases.
  Task<void> create_database(const policy::Access& access, DatabaseInput input, Parameters tags = {});
  Task<std::optional<Database>> find_database(const policy::Access& access, std::string name);
  // The same; throws EntityNotFoundException.
  Task<Database> get_database(const policy::Access& access, std::string name);
  Task<Page<Database>> list_databases(const policy::Access& access, std::string after, std::size_t max);
  Task<void> update_database(const policy::Access& access, std::string name, DatabaseInput input);
  // With all of its tables.
  Task<void> delete_database(const policy::Access& access, std::string name);
  // A database's tags, after `change` (if there is one) had them. The permission is the request's own.
  Task<Parameters> database_tags(AccountId account, std::string name, std::function<void(Parameters&)> change = {});

  // Tables.
  Task<Table> create_table(const policy::Access& access, std::string database, TableInput input);
  Task<std::optional<Table>> find_table(const policy::Access& access, std::string database, std::string name);
  Task<Table> get_table(const policy::Access& access, std::string database, std::string name);
  // `matches` filters by name; tables that the caller may not see are left out.
  Task<Page<Table>> list_tables(const policy::Access& access, std::string database,
                                std::function<bool(const std::string&)> matches, std::string after, std::size_t max);
  struct UpdateOptions {
    bool skip_archive = false;
    std::optional<std::string> expected_version;
  };
  Task<Table> update_table(const policy::Access& access, std::string database, TableInput input, UpdateOptions options);
  Task<void> delete_table(const policy::Access& access, std::string database, std::string name);

  // Newest first, the current one among them.
  Task<Page<Table>> list_table_versions(const policy::Access& access, std::string database, std::string name,
                                        std::string after, std::size_t max);
  Task<Table> get_table_version(const policy::Access& access, std::string database, std::string name,
                                std::optional<std::string> version);
  Task<void> delete_table_version(const policy::Access& access, std::string database, std::string name,
                                  std::string version);

  // Partitions. Batches answer item by item; the calls of one partition throw.
  Task<std::vector<ItemError>> create_partitions(const policy::Access& access, std::string database, std::string table,
                                                 std::vector<PartitionInput> inputs);
  // Creates or replaces: for crawlers and MSCK REPAIR, which may run twice.
  Task<void> put_partitions(const policy::Access& access, std::string database, std::string table,
                            std::vector<PartitionInput> inputs);
  struct PartitionUpdate {
    std::vector<std::string> values;
    PartitionInput input;  // May name other values: the partition moves.
  };
  Task<std::vector<ItemError>> update_partitions(const policy::Access& access, std::string database, std::string table,
                                                 std::vector<PartitionUpdate> updates);
  Task<std::vector<ItemError>> delete_partitions(const policy::Access& access, std::string database, std::string table,
                                                 std::vector<std::vector<std::string>> values);
  // In the order of `values`; what is not there is none.
  Task<std::vector<std::optional<Partition>>> get_partitions(const policy::Access& access, std::string database,
                                                             std::string table,
                                                             std::vector<std::vector<std::string>> values);
  Task<Page<Partition>> list_partitions(const policy::Access& access, std::string database, std::string table,
                                        std::string expression, Segment segment, std::string after, std::size_t max);
  // All that are chosen, in the order of their values.
  Task<std::vector<Partition>> choose_partitions(const policy::Access& access, std::string database, std::string table,
                                                 PartitionChoice choice);

  // Column statistics; of a table when `partition` is empty.
  Task<void> put_statistics(const policy::Access& access, std::string database, std::string table,
                            std::vector<std::string> partition, std::vector<ColumnStatistics> statistics);
  // Those that are there, of the columns asked for.
  Task<std::vector<ColumnStatistics>> get_statistics(const policy::Access& access, std::string database,
                                                     std::string table, std::vector<std::string> partition,
                                                     std::vector<std::string> columns);
  // Success also where there are none: engines delete statistics before they write them.
  Task<void> delete_statistics(const policy::Access& access, std::string database, std::string table,
                               std::vector<std::string> partition, std::string column);

  std::string catalog_arn(const AccountId& account) const;
  std::string database_arn(const AccountId& account, std::string_view database) const;
  std::string table_arn(const AccountId& account, std::string_view database, std::string_view table) const;

 private:
  struct Found;
  Task<void> require(const policy::Access& access, std::string action, std::string database,
                     std::string table = {}) const;
  Task<std::optional<Found>> read_table(AccountId account, std::string database, std::string name);
  Task<Found> table_or_throw(const policy::Access& access, std::string database, std::string name);

  meta::Store& store_;
  Clocks clocks_;
  Random& random_;
  std::string region_;
};

}  // namespace tarn::catalog
