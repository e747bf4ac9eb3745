// Blobs that are open: their file, their checksums, and which of their chunks this process has verified.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/os/file.h"
#include "blob/local/format.h"

namespace tarn::blob {

// Does not change but for `verified`; shared by readers on any thread.
class OpenBlob {
 public:
  // Reads and checks the footer. Throws Corrupt unless the file is the blob that `ref` names, whole. None: memory has
  // not all of it, and `may_wait` is false.
  static std::shared_ptr<OpenBlob> load(std::unique_ptr<File> file, const BlobRef& ref, bool may_wait);

  const File& file() const { return *file_; }
  const Layout& layout() const { return layout_; }
  const Trailer& trailer() const { return trailer_; }
  const std::vector<std::uint32_t>& checksums() const { return checksums_; }

  bool verified(std::uint64_t chunk) const {
    return verified_[chunk / 64].load(std::memory_order_relaxed) >> (chunk % 64) & 1;
  }
  // Checks a chunk as it lies in the file, and remembers if it is good.
  bool verify(std::uint64_t chunk, std::span<const std::byte> stored) const;

  std::size_t memory_bytes() const { return sizeof(OpenBlob) + checksums_.size() * 4 + verified_.size() * 8; }

 private:
  OpenBlob(std::unique_ptr<File> file, Layout layout, Trailer trailer, std::vector<std::uint32_t> checksums);

  std::unique_ptr<File> file_;
  Layout layout_;
  Trailer trailer_;
  std::vector<std::uint32_t> checksums_;
  mutable std::vector<std::atomic<std::uint64_t>> verified_;
};

// The blobs opened last, up to a number of files and a sum of memory. Thread-safe.
class OpenBlobs {
 public:
  explicit OpenBlobs(std::size_t max_files) : max_files_(max_files) {}

  std::shared_ptr<OpenBlob> find(std::uint64_t id);
  void add(std::uint64_t id, std::shared_ptr<OpenBlob> blob);
  void forget(std::uint64_t id);

 private:
  struct Entry {
    std::uint64_t id;
    std::shared_ptr<OpenBlob> blob;
  };
  void drop_last();

  const std::size_t max_files_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // Last used first.
  std::unordered_map<std::uint64_t, std::list<Entry>::iterator> by_id_;
  std::size_t memory_bytes_ = 0;
};

}  // namespace tarn::blob
