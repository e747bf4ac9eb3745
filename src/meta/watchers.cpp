#include "meta/watchers.h"

namespace tarn::meta {

struct Watchers::Entry {
  std::mutex mutex;  // Held during a call, so that the watch's end waits for it.
  std::function<void()> changed;
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

void Watchers::notify(const std::string& partition) {
  if (!any()) return;
  std::vector<std::shared_ptr<Entry>> called;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(partition);
    if (found == entries_.end()) return;
    called = found->second;
  }
  for (const auto& entry : called) {
    const std::lock_guard lock(entry->mutex);
    if (entry->changed) entry->changed();
  }
}

}  // namespace tarn::meta
