// MemoryFiles: duck::Files in memory, for tests and benchmarks.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "base/error.h"
#include "duck/files.h"

namespace tarn::duck {

class MemoryFiles : public Files {
 public:
  void put(const std::string& path, std::string bytes) {
    const std::lock_guard lock(mutex_);
    files_[path] = std::make_shared<const std::string>(std::move(bytes));
  }
  void deny(const std::string& path) { denied_.insert(path); }
  std::map<std::string, std::shared_ptr<const std::string>> all() const {
    const std::lock_guard lock(mutex_);
    return files_;
  }

  Task<std::unique_ptr<File>> open(std::string path) override {
    if (denied_.contains(path)) throw Error(errors::access_denied, "may not read " + path, path);
    std::shared_ptr<const std::string> bytes;
    {
      const std::lock_guard lock(mutex_);
      const auto found = files_.find(path);
      if (found == files_.end()) throw Error({"NoSuchKey", 404}, "no such key " + path, path);
      bytes = found->second;
    }
    co_return std::make_unique<OpenFile>(path, std::move(bytes));
  }

  Task<std::vector<FileInfo>> list(std::string prefix) override {
    std::vector<FileInfo> found;
    for (const auto& [path, bytes] : all()) {
      if (path.starts_with(prefix)) found.push_back({.path = path, .size = bytes->size(), .etag = "", .modified = {}});
    }
    co_return found;
  }

  Task<std::unique_ptr<FileWriter>> create(std::string path) override {
    co_return std::make_unique<Writer>(*this, std::move(path));
  }

 private:
  class OpenFile : public File {
   public:
    OpenFile(std::string path, std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {
      info_.path = std::move(path);
      info_.size = bytes_->size();
    }
    const FileInfo& info() const override { return info_; }
    Task<void> read(std::uint64_t offset, std::span<std::byte> buffer) override {
      const std::string& bytes = *bytes_;
      std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()) + offset, buffer.size(), buffer.data());
      co_return;
    }

   private:
    FileInfo info_;
    std::shared_ptr<const std::string> bytes_;
  };

  class Writer : public FileWriter {
   public:
    Writer(MemoryFiles& files, std::string path) : files_(files), path_(std::move(path)) {}
    Task<void> append(std::span<const std::byte> bytes) override {
      bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      co_return;
    }
    Task<void> finish() override {
      files_.put(path_, std::move(bytes_));
      co_return;
    }

   private:
    MemoryFiles& files_;
    std::string path_;
    std::string bytes_;
  };

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const std::string>> files_;
  std::set<std::string> denied_;
};

}  // namespace tarn::duck
