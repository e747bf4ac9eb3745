#include "meta/watchers.h"

#include <algorithm>

namespace tarn::meta {

struct Watchers::Entry {
  std::mutex mutex;  // Held during a call, so that the watch's end waits for it.
  std::function<void()> changed;
};

struct Watchers::RowsEntry {
  std::size_t number;
  std::string partition_prefix;
  std::string key_prefix;
  std::mutex mutex;
  std::function<void(const Partition&)> put;
};

class Watchers::Handle : public Watch {
 public:
  Handle(Watchers& watchers, std::string partition, std::shared_ptr<Entry> entry)
      : watchers_(watchers), partition_(std::move(partition)), entry_(std::move(entry)) {}
  ~Handle() override {
    {
      const std::lock_guard lock(watchers_.mutex_);
      const auto found = watchers_.entries_.find(partition_);
      std::erase(found->second, entry_);
      if (found->second.empty()) watchers_.entries_.erase(found);
    }
    watchers_.count_.fetch_sub(1, std::memory_order_release);
    const std::lock_guard lock(entry_->mutex);
    entry_->changed = nullptr;
  }
  bool alive() const override { return true; }

 private:
  Watchers& watchers_;
  std::string partition_;
  std::shared_ptr<Entry> entry_;
};

class Watchers::RowsHandle : public Watch {
 public:
  RowsHandle(Watchers& watchers, std::shared_ptr<RowsEntry> entry) : watchers_(watchers), entry_(std::move(entry)) {}
  ~RowsHandle() override {
    {
      const std::lock_guard lock(watchers_.mutex_);
      std::erase(watchers_.rows_entries_, entry_);
    }
    watchers_.count_.fetch_sub(1, std::memory_order_release);
    const std::lock_guard lock(entry_->mutex);
    entry_->put = nullptr;
  }
  bool alive() const override { return true; }

 private:
  Watchers& watchers_;
  std::shared_ptr<RowsEntry> entry_;
};

Watchers::Watchers() = default;
Watchers::~Watchers() = default;

std::unique_ptr<Watch> Watchers::add(std::string partition, std::function<void()> changed) {
  auto entry = std::make_shared<Entry>();
  entry->changed = std::move(changed);
  const std::lock_guard lock(mutex_);
  entries_[partition].push_back(entry);
  count_.fetch_add(1, std::memory_order_release);
  return std::make_unique<Handle>(*this, std::move(partition), std::move(entry));
}

std::unique_ptr<Watch> Watchers::add_rows(std::string partition_prefix, std::string key_prefix,
                                          std::function<void(const Partition&)> put) {
  auto entry = std::make_shared<RowsEntry>();
  entry->partition_prefix = std::move(partition_prefix);
  entry->key_prefix = std::move(key_prefix);
  entry->put = std::move(put);
  const std::lock_guard lock(mutex_);
  entry->number = next_number_++;
  rows_entries_.push_back(entry);
  count_.fetch_add(1, std::memory_order_release);
  return std::make_unique<RowsHandle>(*this, std::move(entry));
}

void Watchers::Changes::add(const Batch& applied) {
  if (applied.changes().empty()) return;
  changed_ = true;
  const std::lock_guard lock(watchers_.mutex_);
  for (const auto& entry : watchers_.rows_entries_) {
    if (!partition_.starts_with(entry->partition_prefix)) continue;
    if (std::ranges::find(rows_, entry->number) != rows_.end()) continue;
    const bool concerned = std::ranges::any_of(applied.changes(), [&](const Batch::Change& change) {
      const auto* const put = std::get_if<Batch::Put>(&change);
      return put && put->key.starts_with(entry->key_prefix);
    });
    if (concerned) rows_.push_back(entry->number);
  }
}

void Watchers::Changes::notify() {
  if (!changed_) return;
  std::vector<std::shared_ptr<Entry>> called;
  std::vector<std::shared_ptr<RowsEntry>> rows_called;
  {
    const std::lock_guard lock(watchers_.mutex_);
    const auto found = watchers_.entries_.find(partition_);
    if (found != watchers_.entries_.end()) called = found->second;
    for (const auto& entry : watchers_.rows_entries_) {
      if (std::ranges::find(rows_, entry->number) != rows_.end()) rows_called.push_back(entry);
    }
  }
  for (const auto& entry : called) {
    const std::lock_guard lock(entry->mutex);
    if (entry->changed) entry->changed();
  }
  for (const auto& entry : rows_called) {
    const std::lock_guard lock(entry->mutex);
    if (entry->put) entry->put({partition_});
  }
}

}  // namespace tarn::meta
