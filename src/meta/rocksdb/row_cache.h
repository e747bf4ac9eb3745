// Rows that were read one by one, found again without a search in RocksDB's tables.
//
// A row stays until its key is changed or its room is needed. The committer tells of its changes before they become
// visible and again after; in between no row under such a key is taken in, so that a row from here is one that a read
// might find now.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "meta/rocksdb/leap_cache.h"
#include "meta/store.h"

namespace tarn::meta {

// Thread-safe. Keys are stored ones: the partition's prefix, then the row's.
class RowCache {
 public:
  explicit RowCache(std::size_t max_bytes);

  struct Value {
    std::string value;
    std::uint64_t version = 0;
  };
  std::optional<Value> find(std::string_view key);
  std::optional<std::uint64_t> find_version(std::string_view key);

  // To be taken before the row is read, and given back with what was read.
  std::uint64_t state_of(std::string_view key) const;
  void keep(std::string_view key, std::uint64_t state, std::string_view value, std::uint64_t version);

  // The committer's: before it writes, and after it, whether that succeeded or not.
  void will_change(std::span<const ChangedKey> changes);
  void changed();
  // The committer's, once a write has succeeded: a row as it stands now.
  void keep_written(const ChangedKey& place, std::string value, std::uint64_t version);

  std::size_t bytes() const;

 private:
  struct Entry {
    std::string key;
    Value value;
  };
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> entries;  // Used last first.
    std::unordered_map<std::string_view, std::list<Entry>::iterator, KeyHash> by_key;
    std::size_t bytes = 0;
  };
  static constexpr std::size_t shard_count = 16;
  static constexpr std::size_t slot_count = 1 << 16;

  Shard& shard_of(std::size_t hash) { return shards_[hash >> 60]; }
  static const Entry* use(Shard& shard, std::string_view key);
  static std::size_t bytes_of(const Entry& entry);
  void insert(Shard& shard, std::list<Entry> made);
  static void erase(Shard& shard, std::list<Entry>::iterator at);

  const std::size_t max_shard_bytes_;
  std::array<Shard, shard_count> shards_;
  // Of the keys of a hash: the number of their last change, or that one is under way.
  std::vector<std::atomic<std::uint64_t>> slots_;
  // The committer's.
  std::uint64_t changes_ = 0;
  std::vector<std::size_t> changing_;  // The slots of what is under way.
};

}  // namespace tarn::meta
