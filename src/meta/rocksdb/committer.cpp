#include "meta/rocksdb/committer.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <xxhash.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "meta/rocksdb/rows.h"

namespace tarn::meta {
namespace {

constexpr std::size_t max_group_bytes = 4 << 20;
constexpr std::size_t max_group_batches = 1000;
constexpr std::size_t max_waiting_bytes = 128 << 20;
constexpr std::size_t max_waiting_commits = 20'000;
constexpr std::size_t changed_slots = 1 << 16;

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

// A commit whose sync failed may come back at the next start, as RocksDB's and our own files word it.
bool sync_failed(const rocksdb::Status& status) {
  const std::string_view what = status.getState() ? status.getState() : "";
  return what.starts_with("While fsync") || what.starts_with("While fdatasync") || what.starts_with("sync ");
}

}  // namespace

void throw_if_failed(const rocksdb::Status& status) {
  if (status.ok()) return;
  if (status.IsNoSpace() && !sync_failed(status))
    throw Error(errors::insufficient_storage, "The disk of the lake's metadata is full.");
  throw std::runtime_error("metadata: " + status.ToString());
}

Committer::Committer(rocksdb::DB& db, Watchers& watchers, Caches& caches)
    : db_(db),
      watchers_(watchers),
      caches_(caches),
      changes_(std::make_unique<rocksdb::WriteBatch>()),
      last_version_(db.GetLatestSequenceNumber()),
      changed_(changed_slots),
      thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Committer::submit(PendingCommit& pending) {
  bool wake;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= max_waiting_commits || waiting_bytes_ + pending.bytes > max_waiting_bytes) {
      throw Error(errors::service_unavailable, "Please reduce your request rate.");
    }
    waiting_.push_back(&pending);
    waiting_bytes_ += pending.bytes;
    wake = std::exchange(idle_, false);
  }
  if (wake) wake_.notify_one();
}

void Committer::run() {
  set_thread_kind(ThreadKind::committer, "tarn-committer");
  while (take_group()) commit_group();
}

// False once it has to end and nothing waits.
bool Committer::take_group() {
  std::unique_lock lock(mutex_);
  while (waiting_.empty()) {
    if (ending_) return false;
    idle_ = true;
    wake_.wait(lock);
  }
  group_.clear();
  std::size_t bytes = 0, batches = 0, taken = 0;
  for (; taken < waiting_.size(); ++taken) {
    const PendingCommit& next = *waiting_[taken];
    if (taken > 0 && (bytes + next.bytes > max_group_bytes || batches + next.batches.size() > max_group_batches)) break;
    bytes += next.bytes;
    batches += next.batches.size();
    group_.push_back(waiting_[taken]);
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
  waiting_bytes_ -= bytes;
  return true;
}

void Committer::commit_group() {
  std::exception_ptr failure;
  try {
    // The second time only where RocksDB had closed itself, be it over this write or an earlier one, and is open again:
    // the first write after a full disk has room finds it so. What failed stayed out, so the checks are made anew.
    evaluate_group();
    if (!write(Attempt::first)) {
      evaluate_group();
      write(Attempt::last);
    }
    notify_watchers();
    keep_warm_rows();
  } catch (...) {
    failure = std::current_exception();
  }
  for (PendingCommit* const pending : group_) {
    // The waiter may be gone as soon as it is told.
    if (failure) {
      pending->done.fail(failure);
    } else {
      pending->done.set({});
    }
  }
}

// Fills `changes_` with what the group's batches change.
void Committer::evaluate_group() {
  changes_->Clear();
  overlay_.clear();
  first_version_ = last_version_ = db_.GetLatestSequenceNumber();
  for (PendingCommit* const pending : group_) {
    const std::uint64_t* seen = pending->seen.data();
    pending->results.clear();
    pending->results.reserve(pending->batches.size());
    for (const Batch& batch : pending->batches) {
      pending->results.push_back(evaluate(*pending, batch, seen));
      seen += batch.checks().size();
    }
  }
}

Committer::RowName Committer::name_row(std::string_view prefix, std::string_view key) {
  const std::uint64_t seed = XXH3_64bits(prefix.data(), prefix.size());
  return {.prefix = prefix, .key = key, .hash = XXH3_64bits_withSeed(key.data(), key.size(), seed)};
}

Commit Committer::evaluate(const PendingCommit& pending, const Batch& batch, const std::uint64_t* seen) {
  for (const auto& check : batch.checks()) {
    const RowKey& key = std::visit([](const auto& one) -> const RowKey& { return one.key; }, check);
    const std::uint64_t version = current_version(name_row(pending.prefix, key), *seen++, pending.seen_at);
    if (!holds(check, version)) return {.applied = false, .failed_check = key};
  }
  for (const auto& change : batch.changes()) {
    if (const auto* const row = std::get_if<Batch::Put>(&change)) {
      put(pending.prefix, *row);
    } else {
      remove(pending.prefix, std::get<Batch::Remove>(change).key);
    }
  }
  for (const auto& note : batch.notes()) put(pending.notes_prefix, note);
  return {.applied = true, .failed_check = {}};
}

// RocksDB numbers the changes of a write one by one, in the order in which they are added here.
void Committer::put(std::string_view prefix, const Batch::Put& row) {
  const std::uint64_t version = ++last_version_;
  const RowName name = name_row(prefix, row.key);
  const RowHeader header = make_header(version);
  const rocksdb::Slice key_parts[] = {slice(prefix), slice(row.key)};
  const rocksdb::Slice value_parts[] = {{header.data(), header.size()}, slice(row.value)};
  throw_if_failed(changes_->Put(rocksdb::SliceParts(key_parts, 2), rocksdb::SliceParts(value_parts, 2)));
  overlay_.insert_or_assign(name, version);
  changed_[name.hash % changed_slots] = version;
}

void Committer::remove(std::string_view prefix, const RowKey& key) {
  const std::uint64_t version = ++last_version_;
  const RowName name = name_row(prefix, key);
  const rocksdb::Slice key_parts[] = {slice(prefix), slice(key)};
  throw_if_failed(changes_->Delete(rocksdb::SliceParts(key_parts, 2)));
  overlay_.insert_or_assign(name, 0);
  changed_[name.hash % changed_slots] = version;
}

std::uint64_t Committer::current_version(const RowName& row, std::uint64_t seen, std::uint64_t seen_at) {
  if (const auto found = overlay_.find(row); found != overlay_.end()) return found->second;
  return changed_[row.hash % changed_slots] <= seen_at ? seen : read_version(row);
}

std::uint64_t Committer::read_version(const RowName& row) {
  std::string key(row.prefix);
  key.append(row.key);
  rocksdb::PinnableSlice value;
  const auto status = db_.Get(rocksdb::ReadOptions(), db_.DefaultColumnFamily(), key, &value);
  if (status.IsNotFound()) return 0;
  throw_if_failed(status);
  return version_of({value.data(), value.size()});
}

// False: nothing was written, but the next attempt may succeed.
bool Committer::write(Attempt attempt) {
  if (changes_->Count() == 0) return true;
  std::vector<ChangedKey> keys;
  keys.reserve(overlay_.size());
  for (const auto& [row, version] : overlay_) keys.push_back({.prefix = row.prefix, .key = row.key});
  caches_.will_change(keys);
  try {
    const bool written = write_changes(attempt);
    caches_.changed(keys);
    return written;
  } catch (...) {
    caches_.changed(keys);  // Whether they were written is not known.
    throw;
  }
}

bool Committer::write_changes(Attempt attempt) {
  rocksdb::WriteOptions options;
  options.sync = true;
  const auto status = db_.Write(options, changes_.get());
  if (status.ok()) return true;
  // RocksDB takes no more writes until it is told that the fault may be gone: it then begins a new log, so that what
  // failed stays out. Where the fault is still there, the next write says so again.
  const auto resumed = db_.Resume();
  if (resumed.ok() && attempt == Attempt::first) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now - failure_logged_ > std::chrono::seconds(5)) {
    failure_logged_ = now;
    log::error("metadata: a write failed", {{"status", status.ToString()}, {"resume", resumed.ToString()}});
  }
  throw_if_failed(status);
  return true;
}

void Committer::notify_watchers() {
  if (!watchers_.any()) return;
  std::vector<std::pair<std::string_view, Watchers::Changes>> partitions;
  for (const PendingCommit* const pending : group_) {
    auto found = std::ranges::find(partitions, pending->prefix, [](const auto& one) { return one.first; });
    if (found == partitions.end()) {
      partitions.emplace_back(pending->prefix, Watchers::Changes(watchers_, pending->partition()));
      found = partitions.end() - 1;
    }
    for (std::size_t i = 0; i < pending->batches.size(); ++i) {
      if (pending->results[i].applied) found->second.add(pending->batches[i]);
    }
  }
  for (auto& [prefix, changes] : partitions) changes.notify();
}

// Numbers the rows once more as evaluate() did: what the same group has changed again is not as it stands now.
void Committer::keep_warm_rows() {
  std::uint64_t version = first_version_;
  for (PendingCommit* const pending : group_) {
    for (std::size_t i = 0; i < pending->batches.size(); ++i) {
      Batch& batch = pending->batches[i];
      if (!pending->results[i].applied) continue;
      for (std::size_t change = 0; change < batch.changes().size(); ++change) {
        ++version;
        const auto* const row = std::get_if<Batch::Put>(&batch.changes()[change]);
        if (!row || !row->warm) continue;
        if (overlay_.find(name_row(pending->prefix, row->key))->second != version) continue;
        caches_.rows.keep_written({.prefix = pending->prefix, .key = row->key}, Batch::take_value(batch, change),
                                  version);
      }
      version += batch.notes().size();
    }
  }
}

}  // namespace tarn::meta
