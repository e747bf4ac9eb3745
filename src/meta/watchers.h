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
  void notify(const std::string& partition);
  bool any() const { return count_.load(std::memory_order_acquire) > 0; }

 private:
  struct Entry;
  class Handle;

  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<std::shared_ptr<Entry>>> entries_;
};

}  // namespace tarn::meta
