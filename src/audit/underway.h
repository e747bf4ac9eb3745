// A call that is under way, whose record goes along with what it commits.
//
// It is the companion of the handler's task. The first batch that the call commits leaves the record as a note beside
// the change, in the same commit: a crash loses both or neither. Once the whole record (with what the call answered)
// is written, the notes are removed; those that a start finds are of calls that a crash cut off from their end.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/record.h"
#include "base/task.h"
#include "meta/store.h"

namespace tarn::audit {

class Trails;

class Underway : public TaskCompanion {
 public:
  // `record` has its id. The trails outlive the call.
  Underway(const Trails& trails, Record record) : trails_(trails), record_(std::move(record)) {}

  // Adds the note to a batch of the partition, unless an earlier commit carries it or nobody keeps such records.
  void leave_note(const meta::Partition& partition, meta::Batch& batch);
  // Whether the batch with the note was applied: if not, the next one takes it.
  void committed(bool applied) { carried_ = carried_ || applied; }
  bool needs_note() const { return !carried_; }

  const std::string& id() const { return record_.id; }
  Timestamp began() const { return record_.time; }
  // All places where a note may lie.
  std::vector<meta::Partition> take_places() { return std::move(places_); }

 private:
  const Trails& trails_;
  Record record_;
  std::string note_;
  bool carried_ = false;
  std::vector<meta::Partition> places_;
};

// The store as all domains see it: what a call under way commits carries its note.
class NotingStore : public meta::Store {
 public:
  explicit NotingStore(meta::Store& store) : store_(store) {}

  Task<std::optional<meta::Row>> get(meta::Partition partition, meta::RowKey key) override {
    return store_.get(std::move(partition), std::move(key));
  }
  Task<std::vector<meta::Row>> scan(meta::Partition partition, meta::RowKey first, meta::RowKey end,
                                    meta::ScanLimits limits) override {
    return store_.scan(std::move(partition), std::move(first), std::move(end), limits);
  }
  Task<std::vector<meta::Row>> leap_scan(meta::Partition partition, meta::RowKey first, meta::RowKey end,
                                         meta::ScanLimits limits, meta::Leap leap) override {
    return store_.leap_scan(std::move(partition), std::move(first), std::move(end), limits, std::move(leap));
  }
  Task<meta::Commit> commit(meta::Partition partition, meta::Batch batch) override;
  Task<std::vector<meta::Commit>> commit_each(meta::Partition partition, std::vector<meta::Batch> batches) override;
  Task<std::vector<meta::Partition>> partitions(std::string prefix, std::string after, std::size_t max) override {
    return store_.partitions(std::move(prefix), std::move(after), max);
  }
  std::unique_ptr<meta::Watch> watch(meta::Partition partition, std::function<void()> changed) override {
    return store_.watch(std::move(partition), std::move(changed));
  }
  std::unique_ptr<meta::Watch> watch_rows(std::string partition_prefix, std::string key_prefix,
                                          std::function<void(const meta::Partition&)> put) override {
    return store_.watch_rows(std::move(partition_prefix), std::move(key_prefix), std::move(put));
  }
  meta::Limits limits() const override { return store_.limits(); }

 private:
  meta::Store& store_;
};

}  // namespace tarn::audit
