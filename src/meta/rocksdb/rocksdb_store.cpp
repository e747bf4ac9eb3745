#include "meta/rocksdb/rocksdb_store.h"

#include <rocksdb/db.h>

#include "base/blocking.h"
#include "meta/rocksdb/committer.h"
#include "meta/rocksdb/log_check.h"
#include "meta/rocksdb/options.h"
#include "meta/rocksdb/rows.h"

namespace tarn::meta {
namespace {

rocksdb::ReadOptions from_memory_only() {
  rocksdb::ReadOptions options;
  options.read_tier = rocksdb::kBlockCacheTier;
  return options;
}

std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

class RocksStore : public Store {
 public:
  RocksStore(std::unique_ptr<RocksFiles> files, std::unique_ptr<rocksdb::DB> db)
      : files_(std::move(files)), db_(std::move(db)), committer_(std::in_place, *db_, watchers_) {}

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
    rocksdb::PinnableSlice value;
    auto status = read(from_memory_only(), stored, value);
    if (status.IsIncomplete()) {
      status = co_await blocking([&] { return read(rocksdb::ReadOptions(), stored, value); });
    }
    if (status.IsNotFound()) co_return std::nullopt;
    throw_if_failed(status);
    const auto version = version_of(view(value));
    co_return Row{.key = std::move(key), .value = RowValue(view(value).substr(row_header_bytes)), .version = version};
  }

  Task<std::vector<Row>> scan(Partition partition, RowKey first, RowKey end, ScanLimits limits) override {
    return leap_scan(std::move(partition), std::move(first), std::move(end), limits, {});
  }

  Task<std::vector<Row>> leap_scan(Partition partition, RowKey first, RowKey end, ScanLimits limits,
                                   Leap leap) override {
    check_partition(partition);
    std::vector<Row> rows;
    auto status = scan_into(rows, from_memory_only(), partition, first, end, limits, leap);
    if (status.IsIncomplete()) {
      status = co_await blocking(
          [&] { return scan_into(rows, rocksdb::ReadOptions(), partition, first, end, limits, leap); });
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
    if (!see_rows(from_memory_only(), pending)) {
      co_await blocking([&] { see_rows(rocksdb::ReadOptions(), pending); });
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
  bool see_rows(const rocksdb::ReadOptions& options, PendingCommit& pending) {
    pending.seen.clear();
    rocksdb::PinnableSlice value;
    std::string stored;
    for (const Batch& batch : pending.batches) {
      for (const auto& check : batch.checks()) {
        stored = pending.prefix;
        std::visit([&](const auto& one) { stored += one.key; }, check);
        const auto status = read(options, stored, value);
        if (status.IsIncomplete()) return false;
        if (!status.IsNotFound()) throw_if_failed(status);
        pending.seen.push_back(status.ok() ? version_of(view(value)) : 0);
      }
    }
    return true;
  }

  rocksdb::Status scan_into(std::vector<Row>& rows, rocksdb::ReadOptions options, const Partition& partition,
                            const RowKey& first, const RowKey& end, const ScanLimits& limits, const Leap& leap) {
    rows.clear();
    const std::string from = stored_key(partition, first);
    const std::string until = end.empty() ? partition_end(partition) : stored_key(partition, end);
    if (limits.max_rows == 0 || from >= until) return rocksdb::Status::OK();
    const rocksdb::Slice bound(until);
    options.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
    const std::size_t prefix_bytes = partition.name.size() + 1;
    std::size_t bytes = 0;
    at->Seek(from);
    while (at->Valid()) {
      const std::string_view key = view(at->key()).substr(prefix_bytes), value = view(at->value());
      const std::uint64_t version = version_of(value);
      bytes += key.size() + value.size() - row_header_bytes;
      if (!rows.empty() && bytes > limits.max_bytes) break;
      rows.push_back({.key = RowKey(key), .value = RowValue(value.substr(row_header_bytes)), .version = version});
      if (rows.size() == limits.max_rows) break;
      const RowKey target = leap ? leap(rows.back().key) : RowKey();
      at->Next();
      if (target > rows.back().key) leap_to(*at, stored_key(partition, target));
    }
    return at->status();
  }

  // A step costs less than a seek, and suffices where what is leaped over is one row or two.
  static void leap_to(rocksdb::Iterator& at, const std::string& target) {
    if (at.Valid() && view(at.key()) < target) at.Next();
    if (at.Valid() && view(at.key()) < target) at.Seek(target);
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
  return std::make_unique<RocksStore>(std::move(rocks_files), std::unique_ptr<rocksdb::DB>(db));
}

}  // namespace tarn::meta
