// A meta::Store in memory, for unit tests of what keeps rows.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>

#include "meta/store.h"

namespace tarn::logs {

class TestStore : public meta::Store {
 public:
  Task<std::optional<meta::Row>> get(meta::Partition partition, meta::RowKey key) override {
    const std::scoped_lock lock(mutex_);
    const auto& rows = partitions_[partition.name];
    const auto row = rows.find(key);
    co_return row == rows.end() ? std::nullopt : std::optional(row->second);
  }
  Task<std::vector<meta::Row>> scan(meta::Partition partition, meta::RowKey first, meta::RowKey end,
                                    meta::ScanLimits limits) override {
    const std::scoped_lock lock(mutex_);
    const auto& rows = partitions_[partition.name];
    std::vector<meta::Row> result;
    for (auto row = rows.lower_bound(first); row != rows.end() && (end.empty() || row->first < end); ++row) {
      if (result.size() == limits.max_rows) break;
      result.push_back(row->second);
    }
    co_return result;
  }
  Task<meta::Commit> commit(meta::Partition partition, meta::Batch batch) override {
    const std::scoped_lock lock(mutex_);
    co_return apply(partition, batch);
  }
  Task<std::vector<meta::Commit>> commit_each(meta::Partition partition, std::vector<meta::Batch> batches) override {
    const std::scoped_lock lock(mutex_);
    std::vector<meta::Commit> commits;
    for (const auto& batch : batches) commits.push_back(apply(partition, batch));
    co_return commits;
  }
  Task<std::vector<meta::Partition>> partitions(std::string prefix, std::string after, std::size_t max) override {
    const std::scoped_lock lock(mutex_);
    std::vector<meta::Partition> names;
    for (const auto& [name, rows] : partitions_) {
      if (name.starts_with(prefix) && name > after && names.size() < max) names.push_back({name});
    }
    co_return names;
  }
  std::unique_ptr<meta::Watch> watch(meta::Partition, std::function<void()>) override { return nullptr; }
  meta::Limits limits() const override { return {.max_value_bytes = 1 << 20, .max_batch_bytes = 4 << 20}; }

  std::size_t row_count(const std::string& partition) { return partitions_[partition].size(); }

 private:
  meta::Commit apply(const meta::Partition& partition, const meta::Batch& batch) {
    auto& rows = partitions_[partition.name];
    for (const auto& check : batch.checks()) {
      const auto key = std::visit([](const auto& one) { return one.key; }, check);
      const auto row = rows.find(key);
      bool holds = row != rows.end();
      if (std::holds_alternative<meta::Batch::RequireAbsent>(check)) holds = !holds;
      if (const auto* version = std::get_if<meta::Batch::RequireVersion>(&check)) {
        holds = holds && row->second.version == version->version;
      }
      if (!holds) return {.applied = false, .failed_check = key};
    }
    for (const auto& change : batch.changes()) {
      if (const auto* put = std::get_if<meta::Batch::Put>(&change)) {
        rows[put->key] = {put->key, put->value, ++version_};
      } else {
        rows.erase(std::get<meta::Batch::Remove>(change).key);
      }
    }
    return {.applied = true, .failed_check = {}};
  }

  std::mutex mutex_;
  std::map<std::string, std::map<std::string, meta::Row>> partitions_;
  std::uint64_t version_ = 0;
};

}  // namespace tarn::logs
