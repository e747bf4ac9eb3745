// What the stores that run in this process share: who watches which partition, and whether a check holds.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "meta/store.h"

namespace tarn::meta {

// Does the check hold for a row of `version`? 0: there is no row.
inline bool holds(const Batch::Check& check, std::uint64_t version) {
  if (std::holds_alternative<Batch::RequireAbsent>(check)) return version == 0;
  if (std::holds_alternative<Batch::RequirePresent>(check)) return version != 0;
  return version == std::get<Batch::RequireVersion>(check).version;
}

// Thread-safe. Lives longer than the watches that it gave.
class Watchers {
 public:
  Watchers();
  ~Watchers();

  std::unique_ptr<Watch> add(std::string partition, std::function<void()> changed);
  std::unique_ptr<Watch> add_rows(std::string partition_prefix, std::string key_prefix,
                                  std::function<void(const Partition&)> put);
  bool any() const { return count_.load(std::memory_order_acquire) > 0; }

  // What batches of one partition have changed: gathered batch by batch, then told once.
  class Changes {
   public:
    Changes(Watchers& watchers, std::string partition) : watchers_(watchers), partition_(std::move(partition)) {}
    void add(const Batch& applied);
    void notify();

   private:
    Watchers& watchers_;
    std::string partition_;
    bool changed_ = false;
    std::vector<std::size_t> rows_;  // Which watches of rows are concerned, by their number.
  };

 private:
  struct Entry;
  struct RowsEntry;
  class Handle;
  class RowsHandle;

  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<std::shared_ptr<Entry>>> entries_;
  std::vector<std::shared_ptr<RowsEntry>> rows_entries_;
  std::size_t next_number_ = 0;
};

}  // namespace tarn::meta
