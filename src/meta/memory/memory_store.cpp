#include "meta/memory/memory_store.h"

namespace tarn::meta {

Task<std::optional<Row>> MemoryStore::get(Partition partition, RowKey key) {
  check_partition(partition);
  const std::lock_guard lock(mutex_);
  const auto rows = partitions_.find(partition.name);
  if (rows == partitions_.end()) co_return std::nullopt;
  const auto found = rows->second.find(key);
  if (found == rows->second.end()) co_return std::nullopt;
  co_return Row{.key = std::move(key), .value = found->second.value, .version = found->second.version};
}

Task<std::vector<Row>> MemoryStore::scan(Partition partition, RowKey first, RowKey end, ScanLimits limits) {
  return leap_scan(std::move(partition), std::move(first), std::move(end), limits, {});
}

Task<std::vector<Row>> MemoryStore::leap_scan(Partition partition, RowKey first, RowKey end, ScanLimits limits,
                                              Leap leap) {
  check_partition(partition);
  const std::lock_guard lock(mutex_);
  std::vector<Row> found;
  const auto rows = partitions_.find(partition.name);
  if (rows == partitions_.end()) co_return found;
  std::size_t bytes = 0;
  for (auto at = rows->second.lower_bound(first); at != rows->second.end();) {
    if (!end.empty() && at->first >= end) break;
    bytes += at->first.size() + at->second.value.size();
    if (found.size() == limits.max_rows || (!found.empty() && bytes > limits.max_bytes)) break;
    found.push_back({.key = at->first, .value = at->second.value, .version = at->second.version});
    const RowKey target = leap ? leap(at->first) : RowKey();
    at = target > at->first ? rows->second.lower_bound(target) : std::next(at);
  }
  co_return found;
}

Commit MemoryStore::apply(const Partition& partition, const Batch& batch) {
  Rows& rows = partitions_[partition.name];
  for (const auto& check : batch.checks()) {
    const RowKey& key = std::visit([](const auto& one) -> const RowKey& { return one.key; }, check);
    const auto row = rows.find(key);
    const std::uint64_t version = row == rows.end() ? 0 : row->second.version;
    if (!holds(check, version)) return {.applied = false, .failed_check = key};
  }
  for (const auto& change : batch.changes()) {
    ++last_version_;
    if (const auto* put = std::get_if<Batch::Put>(&change)) {
      rows[put->key] = {.value = put->value, .version = last_version_};
    } else {
      rows.erase(std::get<Batch::Remove>(change).key);
    }
  }
  for (const auto& note : batch.notes()) {
    partitions_[notes_of(partition).name][note.key] = {.value = note.value, .version = ++last_version_};
  }
  return {.applied = true, .failed_check = {}};
}

Task<Commit> MemoryStore::commit(Partition partition, Batch batch) {
  std::vector<Batch> batches;
  batches.push_back(std::move(batch));
  auto commits = co_await commit_each(std::move(partition), std::move(batches));
  co_return std::move(commits.front());
}

Task<std::vector<Commit>> MemoryStore::commit_each(Partition partition, std::vector<Batch> batches) {
  check_partition(partition);
  for (const auto& batch : batches) check_batch(batch, limits());
  std::vector<Commit> commits;
  Watchers::Changes changes(watchers_, partition.name);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& batch : batches) {
      commits.push_back(apply(partition, batch));
      if (commits.back().applied) changes.add(batch);
    }
    if (partitions_[partition.name].empty()) partitions_.erase(partition.name);
  }
  changes.notify();
  co_return commits;
}

Task<std::vector<Partition>> MemoryStore::partitions(std::string prefix, std::string after, std::size_t max) {
  const std::lock_guard lock(mutex_);
  std::vector<Partition> found;
  for (auto at = partitions_.lower_bound(std::max(prefix, after)); at != partitions_.end() && found.size() < max;
       ++at) {
    if (!at->first.starts_with(prefix)) break;
    if (at->first != after) found.push_back({at->first});
  }
  co_return found;
}

std::unique_ptr<Watch> MemoryStore::watch(Partition partition, std::function<void()> changed) {
  return watchers_.add(std::move(partition.name), std::move(changed));
}

std::unique_ptr<Watch> MemoryStore::watch_rows(std::string partition_prefix, std::string key_prefix,
                                               std::function<void(const Partition&)> put) {
  return watchers_.add_rows(std::move(partition_prefix), std::move(key_prefix), std::move(put));
}

}  // namespace tarn::meta
