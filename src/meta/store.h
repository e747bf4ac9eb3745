// meta::Store keeps the lake's small facts: buckets, versions, tables, keys, jobs.
//
// Rows of bytes, ordered by key inside a partition. What a row means is its domain's business; that it survives a
// power cut is ours. store_contract_test.h holds every implementation to these words.
//
// There is no commit across partitions: what needs several is a work item that can be run twice. Callers rely on
// atomicity only for one S3 key with its outbox, garbage and inline rows, or within a partition declared small, so that
// an implementation may split a partition by key range. What has to be left beside any change at all is a note: a row
// that the change's commit writes into a partition that lies with the changed one, out of the way of its scans.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/task.h"

namespace tarn::meta {

// "bucket/9f2c…", "identity/123456789012": which rows belong together. At most 200 bytes, none of them 0.
struct Partition {
  std::string name;
  friend auto operator<=>(const Partition&, const Partition&) = default;
};

using RowKey = std::string;    // Ordered by its bytes (unsigned). Any bytes, at most 4 KiB.
using RowValue = std::string;  // Any bytes; see limits(). By convention its first byte is its format's version.

struct Row {
  RowKey key;
  RowValue value;
  // Counted by the store: never 0, higher after each change, never used again for this key with other bytes.
  std::uint64_t version = 0;
};

struct ScanLimits {
  std::size_t max_rows = 1000;
  std::size_t max_bytes = 4 << 20;  // Of keys and values; the first row is returned whatever its size.
};

// Where a scan goes on, given the key of the row that it has just returned: at the first row from the answer on,
// without reading what lies between. An answer that is empty or not behind the row means the next row. Quick, called
// from any thread until the scan returns, and does not call the store.
using Leap = std::function<RowKey(std::string_view key)>;

// What one commit() requires and changes. Nothing is read or locked while it is being filled.
class Batch {
 public:
  struct RequireAbsent {
    RowKey key;
  };
  struct RequirePresent {
    RowKey key;
  };
  struct RequireVersion {
    RowKey key;
    std::uint64_t version;
  };
  struct Put {
    RowKey key;
    RowValue value;
    bool warm = false;
  };
  struct Remove {
    RowKey key;
  };
  using Check = std::variant<RequireAbsent, RequirePresent, RequireVersion>;
  using Change = std::variant<Put, Remove>;

  Batch& require_absent(RowKey key) { return checks_.emplace_back(RequireAbsent{std::move(key)}), *this; }
  Batch& require_present(RowKey key) { return checks_.emplace_back(RequirePresent{std::move(key)}), *this; }
  Batch& require_version(RowKey key, std::uint64_t version) {
    return checks_.emplace_back(RequireVersion{std::move(key), version}), *this;
  }
  // Changes of one batch apply in the order they were added.
  Batch& put(RowKey key, RowValue value) { return changes_.emplace_back(Put{std::move(key), std::move(value)}), *this; }
  // Of a row that will soon be read, as far as anybody can tell: a store that remembers rows begins with what it was
  // given.
  Batch& put_warm(RowKey key, RowValue value) {
    return changes_.emplace_back(Put{std::move(key), std::move(value), true}), *this;
  }
  Batch& remove(RowKey key) { return changes_.emplace_back(Remove{std::move(key)}), *this; }

  // Leaves a row in notes_of(partition) where the batch is applied. It is no change: no watch hears of it.
  Batch& note(RowKey key, RowValue value) { return notes_.emplace_back(Put{std::move(key), std::move(value)}), *this; }

  const std::vector<Check>& checks() const { return checks_; }
  const std::vector<Change>& changes() const { return changes_; }
  const std::vector<Put>& notes() const { return notes_; }
  // For a store that has applied the batch and needs the row no more.
  static RowValue take_value(Batch& batch, std::size_t change) {
    return std::move(std::get<Put>(batch.changes_[change]).value);
  }
  bool empty() const { return checks_.empty() && changes_.empty() && notes_.empty(); }

 private:
  std::vector<Check> checks_;
  std::vector<Change> changes_;
  std::vector<Put> notes_;
};

// Callers branch on a lost race (retry, or 409), so it is a value and not an Error. The key is a hint.
struct [[nodiscard]] Commit {
  bool applied = false;
  std::optional<RowKey> failed_check;
};

// While it lives, its callback is called after changes in the partition become visible and before their commit()
// returns: from any thread, once for any number of changes. The callback is quick, does not throw and does not call the
// store. alive() turns false when the store can no longer promise that. No call is under way once it is destroyed.
class Watch {
 public:
  virtual ~Watch() = default;
  virtual bool alive() const = 0;
};

struct Limits {
  std::size_t max_value_bytes;
  std::size_t max_batch_bytes;
};

class Store {
 public:
  virtual ~Store() = default;

  // Sees every commit() that returned before this call began.
  virtual Task<std::optional<Row>> get(Partition partition, RowKey key) = 0;

  // Rows of [first, end) in key order, one consistent moment, until either bound is reached. An empty `end` is the
  // partition's end.
  virtual Task<std::vector<Row>> scan(Partition partition, RowKey first, RowKey end, ScanLimits limits) = 0;

  // All checks hold and all changes are durable on return, or nothing has changed. A batch beyond limits() is a
  // std::length_error; a full disk or too many waiting commits an Error (insufficient_storage, service_unavailable).
  // After any other exception the batch may or may not have been applied, but whole.
  virtual Task<Commit> commit(Partition partition, Batch batch) = 0;

  // Each batch stands for itself; all are durable together on return.
  virtual Task<std::vector<Commit>> commit_each(Partition partition, std::vector<Batch> batches) = 0;

  // Names of partitions that start with `prefix`, in order, from after `after`: for sweeps at start.
  virtual Task<std::vector<Partition>> partitions(std::string prefix, std::string after, std::size_t max) = 0;

  virtual std::unique_ptr<Watch> watch(Partition partition, std::function<void()> changed) = 0;

  // The same for every partition whose name begins with `partition_prefix`, and only for rows that are put under keys
  // that begin with `key_prefix`: told is which partition. Null where a store cannot: then look now and then.
  virtual std::unique_ptr<Watch> watch_rows([[maybe_unused]] std::string partition_prefix,
                                            [[maybe_unused]] std::string key_prefix,
                                            [[maybe_unused]] std::function<void(const Partition&)> put) {
    return nullptr;
  }

  virtual Limits limits() const = 0;

  // Of the rows that scan() gives those that `leap` leads to, for the cost of these: what lies between is not read.
  virtual Task<std::vector<Row>> leap_scan(Partition partition, RowKey first, RowKey end, ScanLimits limits,
                                           Leap leap) = 0;
};

// Throws std::invalid_argument for a partition's name, and std::length_error for a key or batch, that no store takes.
void check_partition(const Partition& partition);
void check_key(const RowKey& key);
void check_batch(const Batch& batch, const Limits& limits);
std::size_t bytes_of(const Batch& batch);

// Where the notes of commits in `partition` lie, to be read and removed like any rows; its name begins with
// notes_prefix.
inline constexpr std::string_view notes_prefix = "notes/";
Partition notes_of(const Partition& partition);

// The smallest key after all keys that start with `prefix` (empty: none, the partition's end). For scans of a prefix.
RowKey end_of_prefix(std::string_view prefix);

}  // namespace tarn::meta
