#include "meta/rocksdb/rocksdb_store.h"

#include <rocksdb/db.h>

#include "base/blocking.h"
#include "meta/rocksdb/caches.h"
#include "meta/rocksdb/committer.h"
#include "meta/rocksdb/log_check.h"
#include "meta/rocksdb/options.h"
#include "meta/rocksdb/rows.h"

namespace tarn::meta {
namespace {

// Scans of at most as many rows may take them from the operating system's memory on the caller's thread.
constexpr std::size_t few_rows = 16;

rocksdb::ReadOptions from_memory_only() {
  rocksdb::ReadOptions options;
  options.read_tier = rocksdb::kBlockCacheTier;
  return options;
}

std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// The stored keys between which a scan moves.
struct Bounds {
  Bounds(const Partition& partition, const RowKey& first, const RowKey& end)
      : from(stored_key(partition, first)),
        until(end.empty() ? partition_end(partition) : stored_key(partition, end)),
        upper(until) {}
  Bounds(const Bounds&) = delete;
  Bounds& operator=(const Bounds&) = delete;
  bool empty() const { return from >= until; }

  std::string from;
  std::string until;
  rocksdb::Slice upper;
};

std::size_t row_bytes(const rocksdb::Iterator& at, const Partition& partition) {
  return at.key().size() + at.value().size() - partition.name.size() - 1 - row_header_bytes;
}

Row row_at(const rocksdb::Iterator& at, const Partition& partition) {
  const std::string_view key = view(at.key()).substr(partition.name.size() + 1), value = view(at.value());
  const std::uint64_t version = version_of(value);
  return {.key = RowKey(key), .value = RowValue(value.substr(row_header_bytes)), .version = version};
}

class RocksStore : public Store {
 public:
  RocksStore(std::unique_ptr<RocksFiles> files, std::unique_ptr<rocksdb::DB> db, const RocksOptions& options)
      : files_(std::move(files)),
        db_(std::move(db)),
        caches_{.leaps = LeapCache(options.leap_cache_bytes), .rows = RowCache(options.row_cache_bytes)},
        committer_(std::in_place, *db_, watchers_, caches_) {}

  ~RocksStore() override {
    committer_.reset();
    // What is in tables need not be read from the log at the next start. If it fails, the log still has it.
    db_->Flush(rocksdb::FlushOptions()).PermitUncheckedError();
    db_->Close().PermitUncheckedError();
  }

  Task<std::optional<Row>> get(Partition partition, RowKey key) override {
    check_partition(partition);
    check_key(key);
    const std::string stored = stored_key(partition, key);
    if (auto known = caches_.rows.find(stored)) {
      co_return Row{.key = std::move(key), .value = std::move(known->value), .version = known->version};
    }
    const std::uint64_t state = caches_.rows.state_of(stored);
    rocksdb::PinnableSlice value;
    auto status = without_waiting([&] { return read(rocksdb::ReadOptions(), stored, value); });
    if (status.IsIncomplete()) {
      status = co_await blocking([&] { return read(rocksdb::ReadOptions(), stored, value); });
    }
    if (status.IsNotFound()) co_return std::nullopt;
    throw_if_failed(status);
    const auto version = version_of(view(value));
    const std::string_view bytes = view(value).substr(row_header_bytes);
    caches_.rows.keep(stored, state, bytes, version);
    co_return Row{.key = std::move(key), .value = RowValue(bytes), .version = version};
  }

  Task<std::vector<Row>> scan(Partition partition, RowKey first, RowKey end, ScanLimits limits) override {
    check_partition(partition);
    std::vector<Row> rows;
    const auto go = [&](const rocksdb::ReadOptions& options) {
      return scan_into(rows, options, partition, first, end, limits);
    };
    auto status = limits.max_rows <= few_rows ? without_waiting([&] { return go({}); }) : go(from_memory_only());
    if (status.IsIncomplete()) status = co_await blocking([&] { return go({}); });
    throw_if_failed(status);
    co_return rows;
  }

  Task<std::vector<Row>> leap_scan(Partition partition, RowKey first, RowKey end, ScanLimits limits,
                                   Leap leap) override {
    if (!leap) co_return co_await scan(std::move(partition), std::move(first), std::move(end), limits);
    check_partition(partition);
    std::vector<Row> rows;
    auto status = leap_into(rows, from_memory_only(), partition, first, end, limits, leap);
    if (status.IsIncomplete()) {
      status = co_await blocking(
          [&] { return leap_into(rows, rocksdb::ReadOptions(), partition, first, end, limits, leap); });
    }
    throw_if_failed(status);
    co_return rows;
  }

  Task<Commit> commit(Partition partition, Batch batch) override {
    std::vector<Batch> batches;
    batches.push_back(std::move(batch));
    auto commits = co_await commit_each(std::move(partition), std::move(batches));
    co_return std::move(commits.front());
  }

  Task<std::vector<Commit>> commit_each(Partition partition, std::vector<Batch> batches) override {
    check_partition(partition);
    PendingCommit pending;
    pending.prefix = prefix_of(partition);
    for (const Batch& batch : batches) {
      check_batch(batch, limits());
      pending.bytes += bytes_of(batch);
      if (pending.notes_prefix.empty() && !batch.notes().empty()) pending.notes_prefix = prefix_of(notes_of(partition));
    }
    pending.batches = std::move(batches);
    // Read after the number: what was changed later is read again by the committer.
    pending.seen_at = db_->GetLatestSequenceNumber();
    if (!without_waiting([&] { return see_rows(pending); })) {
      co_await blocking([&] { see_rows(pending); });
    }
    committer_->submit(pending);
    co_await pending.done;
    co_return std::move(pending.results);
  }

  Task<std::vector<Partition>> partitions(std::string prefix, std::string after, std::size_t max) override {
    std::vector<Partition> found;
    auto status = list_partitions(found, from_memory_only(), prefix, after, max);
    if (status.IsIncomplete()) {
      status = co_await blocking([&] { return list_partitions(found, rocksdb::ReadOptions(), prefix, after, max); });
    }
    throw_if_failed(status);
    co_return found;
  }

  std::unique_ptr<Watch> watch(Partition partition, std::function<void()> changed) override {
    check_partition(partition);
    return watchers_.add(std::move(partition.name), std::move(changed));
  }

  std::unique_ptr<Watch> watch_rows(std::string partition_prefix, std::string key_prefix,
                                    std::function<void(const Partition&)> put) override {
    return watchers_.add_rows(std::move(partition_prefix), std::move(key_prefix), std::move(put));
  }

  Limits limits() const override { return {.max_value_bytes = 1 << 20, .max_batch_bytes = 8 << 20}; }

 private:
  rocksdb::Status read(const rocksdb::ReadOptions& options, const std::string& key, rocksdb::PinnableSlice& value) {
    value.Reset();
    return db_->Get(options, db_->DefaultColumnFamily(), key, &value);
  }

  // Notes the version of each check's row. False where memory does not have them all.
  bool see_rows(PendingCommit& pending) {
    pending.seen.clear();
    rocksdb::PinnableSlice value;
    std::string stored;
    for (const Batch& batch : pending.batches) {
      for (const auto& check : batch.checks()) {
        stored = pending.prefix;
        std::visit([&](const auto& one) { stored += one.key; }, check);
        if (const auto known = caches_.rows.find_version(stored)) {
          pending.seen.push_back(*known);
          continue;
        }
        const auto status = read(rocksdb::ReadOptions(), stored, value);
        if (status.IsIncomplete()) return false;
        if (!status.IsNotFound()) throw_if_failed(status);
        pending.seen.push_back(status.ok() ? version_of(view(value)) : 0);
      }
    }
    return true;
  }

  rocksdb::Status scan_into(std::vector<Row>& rows, rocksdb::ReadOptions options, const Partition& partition,
                            const RowKey& first, const RowKey& end, const ScanLimits& limits) {
    rows.clear();
    const Bounds bounds(partition, first, end);
    if (limits.max_rows == 0 || bounds.empty()) return rocksdb::Status::OK();
    options.iterate_upper_bound = &bounds.upper;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
    Gathered gathered{.rows = rows, .limits = limits};
    for (at->Seek(bounds.from); at->Valid(); at->Next()) {
      if (!gathered.fits(row_bytes(*at, partition))) break;
      rows.push_back(row_at(*at, partition));
      if (gathered.full()) break;
    }
    return at->status();
  }

  // Goes from leap to leap: through the cache as far as it knows, and with an iterator where it does not.
  rocksdb::Status leap_into(std::vector<Row>& rows, rocksdb::ReadOptions options, const Partition& partition,
                            const RowKey& first, const RowKey& end, const ScanLimits& limits, const Leap& leap) {
    rows.clear();
    const Bounds bounds(partition, first, end);
    if (limits.max_rows == 0 || bounds.empty()) return rocksdb::Status::OK();
    options.iterate_upper_bound = &bounds.upper;
    const LeapCache::Reader reader = caches_.leaps.begin(prefix_of(partition));
    Gathered gathered{.rows = rows, .limits = limits};
    std::vector<LeapCache::Landing> found;
    std::unique_ptr<rocksdb::Iterator> at;
    RowKey target = first;
    while (caches_.leaps.follow(reader, target, end, leap, gathered) == LeapCache::Outcome::unknown) {
      if (!at) {
        // What was followed so far was true of a moment before the iterator's: once more, now that it stands.
        at.reset(db_->NewIterator(options));
        if (!rows.empty()) {
          rows.clear();
          gathered.bytes = 0;
          target = first;
          continue;
        }
      }
      leap_to(*at, stored_key(partition, target));
      bool leaped = true;
      while (at->Valid() && gathered.fits(row_bytes(*at, partition))) {
        rows.push_back(row_at(*at, partition));
        if (leaped) found.push_back({.target = target, .row = rows.back()});
        if (gathered.full()) break;
        target = leap(rows.back().key);
        leaped = target > rows.back().key;
        if (leaped) break;
        at->Next();
      }
      if (!leaped || !at->Valid() || gathered.full()) break;
      if (gathered.bytes > limits.max_bytes) break;
    }
    if (at && !at->status().ok()) return at->status();
    caches_.leaps.keep(reader, std::move(found));
    return rocksdb::Status::OK();
  }

  // A step costs less than a seek, and suffices where what is leaped over is one row or two.
  static void leap_to(rocksdb::Iterator& at, const std::string& target) {
    if (at.Valid() && view(at.key()) < target) at.Next();
    if (!at.Valid() || view(at.key()) < target) at.Seek(target);
  }

  rocksdb::Status list_partitions(std::vector<Partition>& found, rocksdb::ReadOptions options,
                                  const std::string& prefix, const std::string& after, std::size_t max) {
    found.clear();
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
    // Seeks from one partition past the end of it to the next, whatever it holds.
    const std::string past_after = after.empty() ? std::string() : partition_end({after});
    at->Seek(std::max(prefix, past_after));
    while (found.size() < max && at->Valid()) {
      const std::string_view key = view(at->key());
      const std::string name(key.substr(0, key.find('\0')));
      if (!name.starts_with(prefix)) break;
      found.push_back({name});
      at->Seek(partition_end({name}));
    }
    return at->status();
  }

  std::unique_ptr<RocksFiles> files_;  // Outlives the database that writes to them.
  std::unique_ptr<rocksdb::DB> db_;
  Watchers watchers_;
  Caches caches_;
  std::optional<Committer> committer_;
};

// Throws if RocksDB, opening the store, would leave out changes that were durable.
void refuse_loss(const Suspicion& suspicion, const rocksdb::Options& options, const std::string& folder) {
  rocksdb::DB* opened = nullptr;
  throw_if_failed(rocksdb::DB::OpenForReadOnly(options, folder, &opened));
  const std::unique_ptr<rocksdb::DB> db(opened);
  if (db->GetLatestSequenceNumber() >= suspicion.durable_sequence) return;
  throw std::runtime_error("the metadata's log " + suspicion.what +
                           " is damaged, and records that were durable follow: restore it from a copy");
}

}  // namespace

std::unique_ptr<Store> open_rocksdb(const std::string& folder, RocksOptions options) {
  FileSystem& files = options.files ? *options.files : system_files();
  files.make_folders(folder);
  auto rocks_files = rocks_files_for(files);
  const rocksdb::Options rocks = rocks_options(options, *rocks_files);
  if (const auto suspicion = check_logs(files, folder)) refuse_loss(*suspicion, rocks, folder);
  rocksdb::DB* db = nullptr;
  throw_if_failed(rocksdb::DB::Open(rocks, folder, &db));
  return std::make_unique<RocksStore>(std::move(rocks_files), std::unique_ptr<rocksdb::DB>(db), options);
}

}  // namespace tarn::meta
