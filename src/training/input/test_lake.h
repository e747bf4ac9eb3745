// A Lake in memory, for unit tests of what reads it.
#pragma once

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>

#include "base/error.h"
#include "duck/memory_files.h"
#include "training/input/lake.h"

namespace tarn::training {

class TestLake : public Lake {
 public:
  void put(const std::string& bucket, const std::string& key, std::string bytes) {
    const std::scoped_lock lock(mutex_);
    objects_[bucket + "/" + key] = std::move(bytes);
  }
  std::optional<std::string> get(const std::string& bucket, const std::string& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(bucket + "/" + key);
    return found == objects_.end() ? std::nullopt : std::optional(found->second);
  }
  // Listed with this size from now on, whatever it has.
  void claim_size(const std::string& bucket, const std::string& key, std::uint64_t size) {
    const std::scoped_lock lock(mutex_);
    sizes_[bucket + "/" + key] = size;
  }
  // Called before each object is opened; may wait, or throw. Set while nobody opens.
  std::function<void(const LakeObject&)> before_open;
  std::atomic<int> opened = 0;

  std::vector<LakeObject> list(const std::string& bucket, const std::string& prefix) override {
    const std::scoped_lock lock(mutex_);
    std::vector<LakeObject> found;
    for (const auto& [name, bytes] : objects_) {
      if (name.starts_with(bucket + "/" + prefix))
        found.push_back(describe(bucket, name.substr(bucket.size() + 1), bytes));
    }
    return found;
  }
  std::optional<LakeObject> find(const std::string& bucket, const std::string& key) override {
    const auto bytes = get(bucket, key);
    return bytes ? std::optional(describe(bucket, key, *bytes)) : std::nullopt;
  }
  std::unique_ptr<LakeReader> open(const LakeObject& object) override {
    ++opened;
    if (before_open) before_open(object);
    const auto bytes = get(object.bucket, object.key);
    if (!bytes) throw Error({"NoSuchKey", 404}, "The specified key does not exist.", object.uri());
    return std::make_unique<Reader>(*bytes);
  }
  std::shared_ptr<duck::Files> files(const std::vector<LakeObject>& objects) override {
    auto files = std::make_shared<duck::MemoryFiles>();
    for (const auto& object : objects) files->put(object.uri(), get(object.bucket, object.key).value());
    return files;
  }
  void put_file(const std::string& bucket, const std::string& key, const std::filesystem::path& file) override {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    put(bucket, key, bytes.str());
  }
  void put_bytes(const std::string& bucket, const std::string& key, std::string bytes, const std::string&) override {
    put(bucket, key, std::move(bytes));
  }
  void remove(const std::string& bucket, const std::string& key) override {
    const std::scoped_lock lock(mutex_);
    objects_.erase(bucket + "/" + key);
  }

 private:
  class Reader : public LakeReader {
   public:
    explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}
    std::size_t read(std::span<std::byte> buffer) override {
      // Less than was asked for, as a reader may.
      const std::size_t count = std::min({buffer.size(), bytes_.size() - at_, std::size_t{70'000}});
      std::copy_n(reinterpret_cast<const std::byte*>(bytes_.data()) + at_, count, buffer.data());
      at_ += count;
      return count;
    }

   private:
    std::string bytes_;
    std::size_t at_ = 0;
  };
  LakeObject describe(const std::string& bucket, const std::string& key, const std::string& bytes) const {
    const auto claimed = sizes_.find(bucket + "/" + key);
    return {.bucket = bucket,
            .key = key,
            .version = "null",
            .e_tag = std::to_string(std::hash<std::string>{}(bytes)),
            .size = claimed == sizes_.end() ? bytes.size() : claimed->second};
  }

  std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  std::map<std::string, std::uint64_t> sizes_;
};

}  // namespace tarn::training
