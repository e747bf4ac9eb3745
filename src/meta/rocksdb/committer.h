// The committer: the only thread that writes to RocksDB.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/task.h"
#include "meta/rocksdb/caches.h"
#include "meta/store.h"
#include "meta/watchers.h"

namespace rocksdb {
class DB;
class Status;
class WriteBatch;
}  // namespace rocksdb

namespace tarn::meta {

// Batches of one caller that wait to be committed. Lives in the caller's coroutine.
struct PendingCommit {
  std::string prefix;        // The partition's, as in stored keys.
  std::string notes_prefix;  // Of the partition of its notes; empty where the batches have none.
  std::vector<Batch> batches;
  std::vector<std::uint64_t> seen;  // The version of the row of each check, batch after batch; 0 for none.
  std::uint64_t seen_at = 0;        // What was seen includes all changes up to this version.
  std::size_t bytes = 0;
  std::vector<Commit> results;
  OneShot<std::monostate> done;

  std::string partition() const { return prefix.substr(0, prefix.size() - 1); }
};

class Committer {
 public:
  Committer(rocksdb::DB& db, Watchers& watchers, Caches& caches);
  // Commits what waits, then ends.
  ~Committer();

  // Queues `pending`, whose `done` is set when it is durable or has failed. Throws Error(service_unavailable) when too
  // much waits already.
  void submit(PendingCommit& pending);

 private:
  // A row named by the group's batches, which outlive the group.
  struct RowName {
    std::string_view prefix;
    std::string_view key;
    std::size_t hash;
    friend bool operator==(const RowName& a, const RowName& b) { return a.key == b.key && a.prefix == b.prefix; }
  };
  struct RowNameHash {
    std::size_t operator()(const RowName& name) const { return name.hash; }
  };

  static RowName name_row(std::string_view prefix, std::string_view key);
  void put(std::string_view prefix, const Batch::Put& row);
  void remove(std::string_view prefix, const RowKey& key);
  void run();
  bool take_group();
  void commit_group();
  void evaluate_group();
  Commit evaluate(const PendingCommit& pending, const Batch& batch, const std::uint64_t* seen);
  std::uint64_t current_version(const RowName& row, std::uint64_t seen, std::uint64_t seen_at);
  std::uint64_t read_version(const RowName& row);
  enum class Attempt { first, last };
  bool write(Attempt attempt);
  bool write_changes(Attempt attempt);
  void notify_watchers();
  void keep_warm_rows();

  rocksdb::DB& db_;
  Watchers& watchers_;
  Caches& caches_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<PendingCommit*> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool idle_ = false;
  bool ending_ = false;

  // Below: the committer's thread only.
  std::vector<PendingCommit*> group_;
  std::unique_ptr<rocksdb::WriteBatch> changes_;
  std::uint64_t first_version_ = 0;  // The group's rows are numbered from the one after it.
  std::uint64_t last_version_ = 0;
  // Versions that the group's batches give their rows; 0 for a removed one.
  std::unordered_map<RowName, std::uint64_t, RowNameHash> overlay_;
  // The highest version that any row of a hash was changed to since the start: what was seen before it may be stale.
  std::vector<std::uint64_t> changed_;
  std::chrono::steady_clock::time_point failure_logged_{};
  std::thread thread_;
};

// Throws what a failed status means to a caller; returns if it is no failure.
void throw_if_failed(const rocksdb::Status& status);

}  // namespace tarn::meta
