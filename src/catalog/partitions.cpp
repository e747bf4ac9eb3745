#include "base/encoding.h"
#include "catalog/catalog.h"
#include "catalog/codec.h"
#include "catalog/found.h"
#include "catalog/partition_filter.h"
#include "catalog/rows.h"

namespace tarn::catalog {
namespace {

void check_values(const Table& table, const std::vector<std::string>& values) {
  if (values.size() != table.partition_keys.size()) {
    throw Error(errors::invalid_input,
                "The number of partition keys do not match the number of partition values: table " + table.name +
                    " has " + std::to_string(table.partition_keys.size()) + " and " + std::to_string(values.size()) +
                    " were given.");
  }
}

// Which segment a partition is in must not hang on what else is there: FNV-1a of its key.
std::uint32_t segment_of(std::string_view key, std::uint32_t total) {
  std::uint64_t hash = 14695981039346656037ull;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return static_cast<std::uint32_t>((hash >> 32) % total);
}

Partition partition_from(PartitionInput input, Timestamp created) {
  Partition partition;
  static_cast<PartitionInput&>(partition) = std::move(input);
  partition.created = created;
  return partition;
}

// A write a partition: each stands for itself.
std::vector<meta::Batch> writes_of(const Table& table, std::vector<PartitionInput> inputs, Timestamp now,
                                   bool only_new) {
  std::vector<meta::Batch> batches;
  for (PartitionInput& input : inputs) {
    check_values(table, input.values);
    const std::string key = rows::partition_key(input.values);
    meta::Batch& batch = batches.emplace_back();
    if (only_new) batch.require_absent(key);
    batch.put(key, encode(partition_from(std::move(input), now)));
  }
  return batches;
}

void collect(std::vector<ItemError>& errors, const std::vector<meta::Commit>& commits, const ErrorCode& code,
             const char* message) {
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (!commits[i].applied) errors.push_back({.index = i, .code = code, .message = message});
  }
}

}  // namespace

Task<std::vector<ItemError>> Catalog::create_partitions(const policy::Access& access, std::string database,
                                                        std::string table, std::vector<PartitionInput> inputs) {
  database = folded(database), table = folded(table);
  co_await require(access, "glue:BatchCreatePartition", database, table);
  const Found found = co_await table_or_throw(access, database, table);
  auto batches = writes_of(found.table, std::move(inputs), clocks_.lake.now(), /*only_new=*/true);
  std::vector<ItemError> errors;
  const auto commits = co_await store_.commit_each(rows::table_partition(found.table.id), std::move(batches));
  collect(errors, commits, errors::already_exists, "Partition already exists.");
  co_return errors;
}

Task<void> Catalog::put_partitions(const policy::Access& access, std::string database, std::string table,
                                   std::vector<PartitionInput> inputs) {
  database = folded(database), table = folded(table);
  co_await require(access, "glue:BatchCreatePartition", database, table);
  const Found found = co_await table_or_throw(access, database, table);
  auto batches = writes_of(found.table, std::move(inputs), clocks_.lake.now(), /*only_new=*/false);
  (void)co_await store_.commit_each(rows::table_partition(found.table.id), std::move(batches));
}

Task<std::vector<ItemError>> Catalog::update_partitions(const policy::Access& access, std::string database,
                                                        std::string table, std::vector<PartitionUpdate> updates) {
  database = folded(database), table = folded(table);
  co_await require(access, "glue:BatchUpdatePartition", database, table);
  const Found found = co_await table_or_throw(access, database, table);
  const auto partition = rows::table_partition(found.table.id);
  std::vector<ItemError> errors;
  for (std::size_t i = 0; i < updates.size(); ++i) {
    PartitionUpdate& update = updates[i];
    check_values(found.table, update.values);
    if (update.input.values.empty()) update.input.values = update.values;
    check_values(found.table, update.input.values);
    const std::string from = rows::partition_key(update.values), to = rows::partition_key(update.input.values);
    const auto row = co_await store_.get(partition, from);
    if (!row) {
      errors.push_back({.index = i, .code = errors::entity_not_found, .message = "Partition not found."});
      continue;
    }
    meta::Batch batch;
    batch.require_version(from, row->version);
    if (from != to) batch.require_absent(to).remove(from);
    batch.put(to, encode(partition_from(std::move(update.input), decode_partition(row->value).created)));
    const auto commit = co_await store_.commit(partition, std::move(batch));
    if (!commit.applied) {
      const bool taken = commit.failed_check == to && from != to;
      errors.push_back(
          {.index = i,
           .code = taken ? errors::already_exists : errors::concurrent_modification,
           .message = taken ? "Partition already exists." : "The partition was changed at the same time."});
    }
  }
  co_return errors;
}

Task<std::vector<ItemError>> Catalog::delete_partitions(const policy::Access& access, std::string database,
                                                        std::string table,
                                                        std::vector<std::vector<std::string>> values) {
  database = folded(database), table = folded(table);
  co_await require(access, "glue:BatchDeletePartition", database, table);
  const Found found = co_await table_or_throw(access, database, table);
  const auto partition = rows::table_partition(found.table.id);
  std::vector<meta::Batch> batches;
  for (const auto& item : values) {
    check_values(found.table, item);
    const std::string key = rows::partition_key(item);
    meta::Batch batch;
    batch.require_present(key).remove(key);
    const std::string statistics = rows::partition_statistics_key(item, "");
    co_await for_each_row(store_, partition, statistics, meta::end_of_prefix(statistics), [&](const meta::Row& row) {
      batch.remove(row.key);
      return true;
    });
    batches.push_back(std::move(batch));
  }
  std::vector<ItemError> errors;
  const auto commits = co_await store_.commit_each(partition, std::move(batches));
  collect(errors, commits, errors::entity_not_found, "Partition not found.");
  co_return errors;
}

Task<std::vector<std::optional<Partition>>> Catalog::get_partitions(const policy::Access& access, std::string database,
                                                                    std::string table,
                                                                    std::vector<std::vector<std::string>> values) {
  database = folded(database), table = folded(table);
  co_await require(access, "glue:GetPartition", database, table);
  const Found found = co_await table_or_throw(access, database, table);
  std::vector<std::optional<Partition>> partitions;
  for (const auto& item : values) {
    check_values(found.table, item);
    const auto row = co_await store_.get(rows::table_partition(found.table.id), rows::partition_key(item));
    partitions.push_back(row ? std::optional(decode_partition(row->value)) : std::nullopt);
  }
  co_return partitions;
}

Task<Page<Partition>> Catalog::list_partitions(const policy::Access& access, std::string database, std::string table,
                                               std::string expression, Segment segment, std::string after,
                                               std::size_t max) {
  database = folded(database), table = folded(table);
  co_await require(access, "glue:GetPartitions", database, table);
  if (segment.total == 0 || segment.total > 10 || segment.number >= segment.total) {
    throw Error(errors::invalid_input, "SegmentNumber must be below TotalSegments, which is 1 to 10.");
  }
  const Found found = co_await table_or_throw(access, database, table);
  const PartitionFilter filter(expression, found.table.partition_keys);
  std::string prefix = "p/";
  if (const auto pinned = filter.pinned_first_value()) prefix += rows::values_text({*pinned});
  const auto after_key = from_base64(after);
  if (!after.empty() && !after_key) throw Error(errors::invalid_input, "The NextToken is not one that was given out.");
  Page<Partition> page;
  std::string last_key;
  co_await for_each_row(store_, rows::table_partition(found.table.id), after.empty() ? prefix : *after_key + '\0',
                        meta::end_of_prefix(prefix), [&](const meta::Row& row) {
                          if (segment_of(row.key, segment.total) != segment.number) return true;
                          Partition partition = decode_partition(row.value);
                          if (!filter.matches(partition.values)) return true;
                          if (page.items.size() == max) {
                            page.next = to_base64(as_bytes(last_key));
                            return false;
                          }
                          last_key = row.key;
                          page.items.push_back(std::move(partition));
                          return true;
                        });
  co_return page;
}

Task<std::vector<Partition>> Catalog::choose_partitions(const policy::Access& access, std::string database,
                                                        std::string table, PartitionChoice choice) {
  database = folded(database), table = folded(table);
  co_await require(access, "glue:GetPartitions", database, table);
  const Found found = co_await table_or_throw(access, database, table);
  const std::string prefix = "p/" + rows::values_text(choice.leading);
  std::vector<Partition> chosen;
  co_await for_each_row(store_, rows::table_partition(found.table.id), prefix, meta::end_of_prefix(prefix),
                        [&](const meta::Row& row) {
                          if (choice.keep(rows::values_of_key(row.key))) chosen.push_back(decode_partition(row.value));
                          return true;
                        });
  co_return chosen;
}

}  // namespace tarn::catalog
