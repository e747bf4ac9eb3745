#include "training/objects_lake.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

namespace tarn::training {

namespace {

BucketName bucket_name(const std::string& text) {
  const auto name = BucketName::parse(text);
  if (!name) throw InputError("'" + text + "' is no bucket's name.");
  return *name;
}

ObjectKey object_key(const std::string& text) {
  const auto key = ObjectKey::parse(text);
  if (!key) throw InputError("'" + text + "' is no object's key.");
  return *key;
}

// The version that was listed, opened at `range`; none if it is gone.
Task<std::unique_ptr<ByteStream>> open_version(objects::Objects& objects, const policy::Access& access,
                                               LakeObject object, std::optional<ByteRange> range) {
  const BucketName bucket = bucket_name(object.bucket);
  const ObjectKey key = object_key(object.key);
  // A version that a listing found may have been overwritten since: each try looks again.
  for (int attempt = 0; attempt < 3; ++attempt) {
    auto version = co_await objects.find_to_read(access, bucket, key);
    if (!version || version->e_tag != object.e_tag || version->id().text() != object.version) {
      const bool named = object.version != "null";
      if (named) version = co_await objects.find_to_read(access, bucket, key, VersionId::trusted(object.version));
      if (!named || !version) break;
    }
    auto stream =
        co_await objects.open(access, *version, range.value_or(ByteRange{.offset = 0, .length = version->size}));
    if (stream) co_return stream;
  }
  throw InputError(object.uri() + " was replaced or deleted after it was listed.");
}

class StreamReader : public LakeReader {
 public:
  explicit StreamReader(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}
  std::size_t read(std::span<std::byte> buffer) override { return sync_wait(stream_->read(buffer)); }
  std::optional<FileSlice> next_slice() override { return stream_->next_slice(); }

 private:
  std::unique_ptr<ByteStream> stream_;
};

class EngineFile : public duck::File {
 public:
  EngineFile(objects::Objects& objects, std::shared_ptr<const policy::Access> access, LakeObject object)
      : objects_(objects), access_(std::move(access)), object_(std::move(object)) {
    info_ = {.path = object_.uri(), .size = object_.size, .etag = object_.e_tag, .modified = {}};
  }
  const duck::FileInfo& info() const override { return info_; }

  Task<void> read(std::uint64_t offset, std::span<std::byte> buffer) override {
    if (buffer.empty()) co_return;
    const auto stream =
        co_await open_version(objects_, *access_, object_, ByteRange{.offset = offset, .length = buffer.size()});
    while (!buffer.empty()) {
      const std::size_t got = co_await stream->read(buffer);
      if (got == 0) throw InputError(object_.uri() + " ended before its size.");
      buffer = buffer.subspan(got);
    }
  }

 private:
  objects::Objects& objects_;
  std::shared_ptr<const policy::Access> access_;
  LakeObject object_;
  duck::FileInfo info_;
};

// Only the objects that it was made of.
class EngineFiles : public duck::Files {
 public:
  EngineFiles(objects::Objects& objects, std::shared_ptr<const policy::Access> access,
              const std::vector<LakeObject>& allowed)
      : objects_(objects), access_(std::move(access)) {
    for (const auto& object : allowed) allowed_.emplace(object.uri(), object);
  }
  Task<std::unique_ptr<duck::File>> open(std::string path) override {
    const auto found = allowed_.find(path);
    if (found == allowed_.end()) throw InputError(path + " is none of the channel's objects.");
    co_return std::make_unique<EngineFile>(objects_, access_, found->second);
  }
  Task<std::vector<duck::FileInfo>> list(std::string) override { co_return std::vector<duck::FileInfo>{}; }
  Task<std::unique_ptr<duck::FileWriter>> create(std::string path) override {
    throw InputError(path + " cannot be written by a channel.");
    co_return nullptr;
  }

 private:
  objects::Objects& objects_;
  std::shared_ptr<const policy::Access> access_;
  std::map<std::string, LakeObject> allowed_;
};

// A local file as the body of a put.
class FileStream : public ByteStream {
 public:
  explicit FileStream(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) throw std::runtime_error("cannot read " + path.filename().string() + ": " + std::strerror(errno));
  }
  ~FileStream() override { ::close(fd_); }
  std::uint64_t size() const {
    struct stat status{};
    ::fstat(fd_, &status);
    return static_cast<std::uint64_t>(status.st_size);
  }
  Task<std::size_t> read(std::span<std::byte> buffer) override {
    // The thread is the job's own, which may wait.
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got < 0) throw std::runtime_error(std::string("cannot read a file: ") + std::strerror(errno));
    co_return static_cast<std::size_t>(got);
  }

 private:
  int fd_;
};

class ObjectsLake : public Lake {
 public:
  ObjectsLake(objects::Objects& objects, std::shared_ptr<const policy::Access> access)
      : objects_(objects), access_(std::move(access)) {}

  std::vector<LakeObject> list(const std::string& bucket, const std::string& prefix) override {
    std::vector<LakeObject> found;
    objects::ListRequest request{.bucket = bucket_name(bucket), .prefix = prefix};
    while (true) {
      const auto listing = sync_wait(objects_.list(*access_, request));
      for (const auto& one : listing.objects) {
        if (one.size == 0 && one.key.ends_with('/')) continue;
        found.push_back(
            {.bucket = bucket, .key = one.key, .version = one.id().text(), .e_tag = one.e_tag, .size = one.size});
      }
      if (!listing.truncated) return found;
      request.after = listing.next_after;
    }
  }

  std::optional<LakeObject> find(const std::string& bucket, const std::string& key) override {
    const auto version = sync_wait(objects_.find(*access_, bucket_name(bucket), object_key(key)));
    if (!version) return std::nullopt;
    return LakeObject{
        .bucket = bucket, .key = key, .version = version->id().text(), .e_tag = version->e_tag, .size = version->size};
  }

  std::unique_ptr<LakeReader> open(const LakeObject& object) override {
    return std::make_unique<StreamReader>(sync_wait(open_version(objects_, *access_, object, std::nullopt)));
  }

  std::shared_ptr<duck::Files> files(const std::vector<LakeObject>& objects) override {
    return std::make_shared<EngineFiles>(objects_, access_, objects);
  }

  void put_file(const std::string& bucket, const std::string& key, const std::filesystem::path& file) override {
    FileStream stream(file);
    objects::PutRequest request{.bucket = bucket_name(bucket), .key = object_key(key)};
    request.checks.length = stream.size();
    request.description.content_type = "application/octet-stream";
    sync_wait(objects_.put(*access_, std::move(request), stream));
  }

  void put_bytes(const std::string& bucket, const std::string& key, std::string bytes,
                 const std::string& content_type) override {
    objects::PutRequest request{.bucket = bucket_name(bucket), .key = object_key(key)};
    request.description.content_type = content_type;
    sync_wait(objects_.put(*access_, std::move(request), std::move(bytes)));
  }

  void remove(const std::string& bucket, const std::string& key) override {
    sync_wait(objects_.remove(*access_, {.bucket = bucket_name(bucket), .key = object_key(key)}));
  }

 private:
  objects::Objects& objects_;
  std::shared_ptr<const policy::Access> access_;
};

}  // namespace

std::shared_ptr<Lake> lake_of(objects::Objects& objects, std::shared_ptr<const policy::Access> access) {
  return std::make_shared<ObjectsLake>(objects, std::move(access));
}

}  // namespace tarn::training
