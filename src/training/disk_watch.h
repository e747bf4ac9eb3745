// DiskWatch: how much of the disk a job's folder takes while its program runs.
//
// A job has the volume that its ResourceConfig asks for. Folders have no quotas that every file system and every user
// could set, so the files are counted again and again; between two counts a program can go beyond.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <thread>

namespace tarn::training {

// Bytes that the files below `folder` take on the disk (which for a file with holes is less than its size), and bytes
// that they would have in an archive. Links are not followed; what goes away meanwhile is passed over.
struct DiskUse {
  std::uint64_t bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t files = 0;
};
DiskUse disk_use(const std::filesystem::path& folder);

class DiskWatch {
 public:
  // Looks until it is destroyed or the limit is broken.
  DiskWatch(std::filesystem::path folder, std::uint64_t limit_bytes,
            std::chrono::milliseconds pause = std::chrono::milliseconds(500));
  ~DiskWatch();
  DiskWatch(const DiskWatch&) = delete;
  DiskWatch& operator=(const DiskWatch&) = delete;

  bool exceeded() const { return exceeded_; }

 private:
  void run();

  const std::filesystem::path folder_;
  const std::uint64_t limit_bytes_;
  const std::chrono::milliseconds pause_;
  std::atomic<bool> exceeded_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace tarn::training
