// meta::Store in memory: for the tests of what stands on it. Keeps all of the interface's words but durability.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "meta/store.h"
#include "meta/watchers.h"

namespace tarn::meta {

class MemoryStore : public Store {
 public:
  Task<std::optional<Row>> get(Partition partition, RowKey key) override;
  Task<std::vector<Row>> scan(Partition partition, RowKey first, RowKey end, ScanLimits limits) override;
  Task<std::vector<Row>> leap_scan(Partition partition, RowKey first, RowKey end, ScanLimits limits,
                                   Leap leap) override;
  Task<Commit> commit(Partition partition, Batch batch) override;
  Task<std::vector<Commit>> commit_each(Partition partition, std::vector<Batch> batches) override;
  Task<std::vector<Partition>> partitions(std::string prefix, std::string after, std::size_t max) override;
  std::unique_ptr<Watch> watch(Partition partition, std::function<void()> changed) override;
  std::unique_ptr<Watch> watch_rows(std::string partition_prefix, std::string key_prefix,
                                    std::function<void(const Partition&)> put) override;
  Limits limits() const override { return {.max_value_bytes = 1 << 20, .max_batch_bytes = 8 << 20}; }

 private:
  struct Kept {
    RowValue value;
    std::uint64_t version;
  };
  using Rows = std::map<RowKey, Kept>;

  Commit apply(const Partition& partition, const Batch& batch);

  std::mutex mutex_;
  std::map<std::string, Rows> partitions_;
  std::uint64_t last_version_ = 0;
  Watchers watchers_;
};

}  // namespace tarn::meta
