#include "training/disk_watch.h"

#include <fts.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "base/executor.h"

namespace tarn::training {

namespace fs = std::filesystem;

DiskUse disk_use(const fs::path& folder) {
  DiskUse use;
  std::string top = folder.string();
  char* const tops[] = {top.data(), nullptr};
  FTS* const walk = ::fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, nullptr);
  if (!walk) return use;
  while (const FTSENT* const entry = ::fts_read(walk)) {
    // What cannot be looked at is gone, or is the program's to see.
    if (entry->fts_info == FTS_DP || entry->fts_info == FTS_NS || entry->fts_level == 0) continue;
    use.bytes += static_cast<std::uint64_t>(entry->fts_statp->st_blocks) * 512;
    if (entry->fts_info == FTS_F) use.file_bytes += static_cast<std::uint64_t>(entry->fts_statp->st_size);
    ++use.files;
  }
  ::fts_close(walk);
  return use;
}

DiskWatch::DiskWatch(fs::path folder, std::uint64_t limit_bytes, std::chrono::milliseconds pause)
    : folder_(std::move(folder)), limit_bytes_(limit_bytes), pause_(pause), thread_([this] { run(); }) {}

DiskWatch::~DiskWatch() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void DiskWatch::run() {
  set_thread_kind(ThreadKind::engine, "disk-watch");
  while (true) {
    const auto began = std::chrono::steady_clock::now();
    if (disk_use(folder_).bytes > limit_bytes_) {
      exceeded_ = true;
      return;
    }
    // A folder of many files is counted less often.
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, std::max(pause_, 20 * took), [this] { return stopped_; })) return;
  }
}

}  // namespace tarn::training
