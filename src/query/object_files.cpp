#include "query/object_files.h"

#include <algorithm>
#include <unordered_map>

#include "duck/engine.h"
#include "query/storage.h"

namespace tarn::query {
namespace {

// Parts of a written object: large enough for 10,000 of them to be 80 GiB.
constexpr std::size_t part_bytes = 8 << 20;
// Held files of more bytes than this wait as an upload: a statement may write a hundred of them.
constexpr std::size_t held_bytes = 256 << 10;

bool is_hidden(std::string_view key, std::size_t prefix_length) {
  std::string_view rest = key.substr(prefix_length);
  while (!rest.empty()) {
    if (rest.front() == '_' || rest.front() == '.') return true;
    const auto slash = rest.find('/');
    if (slash == rest.npos) return false;
    rest.remove_prefix(slash + 1);
  }
  return key.ends_with('/');
}

// Bytes at hand as a stream.
class TextStream : public ByteStream {
 public:
  explicit TextStream(std::string_view text) : text_(text) {}
  Task<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min(buffer.size(), text_.size());
    std::copy_n(as_bytes(text_).data(), count, buffer.data());
    text_.remove_prefix(count);
    co_return count;
  }

 private:
  std::string_view text_;
};

class ObjectFile : public duck::File {
 public:
  ObjectFile(objects::Objects& objects, std::shared_ptr<const policy::Access> access, objects::ObjectVersion version,
             std::string path, std::shared_ptr<std::atomic<std::uint64_t>> budget)
      : objects_(objects), access_(std::move(access)), version_(std::move(version)), budget_(std::move(budget)) {
    info_ = {.path = std::move(path), .size = version_.size, .etag = version_.e_tag, .modified = version_.modified};
  }

  const duck::FileInfo& info() const override { return info_; }

  Task<void> read(std::uint64_t offset, std::span<std::byte> buffer) override {
    if (buffer.empty()) co_return;
    spend(buffer.size());
    const auto stream = co_await objects_.open(*access_, version_, {.offset = offset, .length = buffer.size()});
    if (!stream) throw duck::SqlError("HIVE_CANNOT_OPEN_SPLIT", "the object was replaced while it was read");
    while (!buffer.empty()) {
      const std::size_t count = co_await stream->read(buffer);
      if (count == 0) throw duck::SqlError("HIVE_CURSOR_ERROR", "the object ended early");
      buffer = buffer.subspan(count);
    }
  }

 private:
  void spend(std::uint64_t bytes) {
    if (!budget_) return;
    auto left = budget_->load();
    while (!budget_->compare_exchange_weak(left, left - std::min(left, bytes))) {
    }
    if (left < bytes) throw duck::SqlError(std::string(scan_limit_exceeded), "Bytes scanned limit was exceeded");
  }

  objects::Objects& objects_;
  std::shared_ptr<const policy::Access> access_;
  objects::ObjectVersion version_;
  std::shared_ptr<std::atomic<std::uint64_t>> budget_;
  duck::FileInfo info_;
};

}  // namespace

std::optional<ObjectPath> parse_object_path(std::string_view path) {
  for (const std::string_view scheme : {"s3://", "s3a://", "s3n://"}) {
    if (!path.starts_with(scheme)) continue;
    path.remove_prefix(scheme.size());
    const auto slash = path.find('/');
    const auto bucket = BucketName::parse(path.substr(0, slash));
    if (!bucket) return std::nullopt;
    return ObjectPath{*bucket, std::string(slash == path.npos ? std::string_view() : path.substr(slash + 1))};
  }
  return std::nullopt;
}

std::string object_path(const BucketName& bucket, std::string_view key) {
  return "s3://" + bucket.text() + "/" + std::string(key);
}

namespace {

constexpr std::size_t few_locations = 64;

// The folder above them all, if one listing of it tells what a listing of each would. Empty where they have none, or
// where a name between it and them would hide their files.
std::string shared_folder(const std::vector<std::string>& locations) {
  std::string shared = locations.front();
  for (const std::string& location : locations) {
    shared.erase(std::ranges::mismatch(shared, location).in1, shared.end());
  }
  shared.erase(shared.rfind('/') + 1);
  if (!shared.starts_with("s3://") || !parse_object_path(shared)) return {};
  for (const std::string& location : locations) {
    if (is_hidden(std::string_view(location).substr(0, location.size() - 1), shared.size())) return {};
  }
  return shared;
}

}  // namespace

// An object being written: one PUT while it is small, else a multipart upload.
class ObjectWriter : public duck::FileWriter {
 public:
  ObjectWriter(ObjectFiles& files, BucketName bucket, ObjectKey key, std::string path)
      : files_(files), pending_{.bucket = std::move(bucket), .key = std::move(key)}, path_(std::move(path)) {}

  ~ObjectWriter() override {
    if (!finished_) files_.forget(pending_);
  }

  Task<void> append(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const std::size_t count = std::min(bytes.size(), part_bytes - pending_.buffer.size());
      pending_.buffer.append(as_text(bytes.first(count)));
      bytes = bytes.subspan(count);
      if (pending_.buffer.size() == part_bytes) co_await files_.send_part(pending_);
    }
  }

  Task<void> finish() override {
    if (files_.holding_) {
      const bool large = pending_.upload.has_value() || pending_.buffer.size() > held_bytes;
      if (large && !pending_.buffer.empty()) co_await files_.send_part(pending_);
      const std::lock_guard lock(files_.mutex_);
      files_.held_.push_back(std::move(pending_));
      files_.written_.push_back(path_);
    } else {
      co_await files_.put_in_place(pending_);
      const std::lock_guard lock(files_.mutex_);
      files_.written_.push_back(path_);
    }
    finished_ = true;
  }

 private:
  ObjectFiles& files_;
  ObjectFiles::Pending pending_;
  std::string path_;
  bool finished_ = false;
};

Task<void> ObjectFiles::send_part(Pending& pending) {
  if (!pending.upload) {
    objects::CreateUploadRequest request{.bucket = pending.bucket, .key = pending.key};
    const auto upload = co_await objects_.create_upload(*access_, std::move(request));
    pending.upload = upload.id;
  }
  objects::PutPartRequest request{.bucket = pending.bucket,
                                  .key = pending.key,
                                  .upload = *pending.upload,
                                  .number = static_cast<std::uint32_t>(pending.parts.size() + 1),
                                  .checks = {.length = pending.buffer.size()}};
  const std::uint32_t number = request.number;
  TextStream body(pending.buffer);
  const auto part = co_await objects_.put_part(*access_, std::move(request), body);
  pending.parts.push_back({.number = number, .e_tag = part.e_tag});
  pending.size += pending.buffer.size();
  pending.buffer.clear();
}

Task<void> ObjectFiles::put_in_place(Pending& pending) {
  if (!pending.upload) {
    pending.size += pending.buffer.size();
    co_await objects_.put(*access_, objects::PutRequest{.bucket = pending.bucket, .key = pending.key},
                          std::move(pending.buffer));
  } else {
    if (!pending.buffer.empty()) co_await send_part(pending);
    objects::CompleteRequest request{
        .bucket = pending.bucket, .key = pending.key, .upload = *pending.upload, .parts = pending.parts};
    co_await objects_.complete_upload(*access_, std::move(request));
    pending.upload.reset();
  }
  bytes_written_ += pending.size;
}

void ObjectFiles::forget(const Pending& pending) const {
  if (!pending.upload) return;
  try {
    sync_wait(objects_.abort_upload(*access_, pending.bucket, pending.key, *pending.upload));
  } catch (const std::exception&) {
    // What cannot be aborted stays an upload that nobody sees, for the bucket's lifecycle to remove.
  }
}

Task<void> ObjectFiles::publish() {
  std::vector<Pending> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(held_);
    holding_ = false;
  }
  std::size_t done = 0;
  std::exception_ptr failure;
  try {
    for (; done < all.size(); ++done) co_await put_in_place(all[done]);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  for (; done < all.size(); ++done) forget(all[done]);
  std::rethrow_exception(failure);
}

ObjectFiles::~ObjectFiles() {
  for (const auto& pending : held_) forget(pending);
}

ObjectFiles::ObjectFiles(objects::Objects& objects, std::shared_ptr<const policy::Access> access,
                         std::optional<std::uint64_t> scan_limit)
    : objects_(objects), access_(std::move(access)) {
  if (scan_limit) budget_ = std::make_shared<std::atomic<std::uint64_t>>(*scan_limit);
}

Task<std::unique_ptr<duck::File>> ObjectFiles::open(std::string path) {
  const auto parsed = parse_object_path(path);
  const auto key = parsed ? ObjectKey::parse(parsed->key) : std::nullopt;
  if (!key) throw duck::SqlError("HIVE_CANNOT_OPEN_SPLIT", "not the path of an object: " + path);
  auto version = co_await objects_.find_to_read(*access_, parsed->bucket, *key);
  if (!version) throw duck::SqlError("HIVE_CANNOT_OPEN_SPLIT", "The object does not exist: " + path);
  co_return std::make_unique<ObjectFile>(objects_, access_, std::move(*version), std::move(path), budget_);
}

std::optional<duck::FileInfo> ObjectFiles::file_info(const BucketName& bucket, const objects::ListedObject& object) {
  std::string path = object_path(bucket, object.key);
  if (objects::is_archive(object.storage_class) && !object.restored_until) {
    const std::lock_guard lock(mutex_);
    skipped_.push_back(std::move(path));
    return std::nullopt;
  }
  return duck::FileInfo{
      .path = std::move(path), .size = object.size, .etag = object.e_tag, .modified = object.modified};
}

Task<std::vector<duck::FileInfo>> ObjectFiles::list_location(std::string location) {
  if (location.ends_with('/')) co_return co_await list(std::move(location));
  auto found = co_await list(location + "/");
  const auto parsed = parse_object_path(location);
  if (!found.empty() || !parsed || parsed->key.empty()) co_return found;
  // The first of all keys that begin so is the file itself.
  const objects::Listing listing =
      co_await objects_.list(*access_, objects::ListRequest{.bucket = parsed->bucket, .prefix = parsed->key, .max = 1});
  if (listing.objects.empty() || listing.objects[0].key != parsed->key || listing.objects[0].size == 0) co_return found;
  if (auto file = file_info(parsed->bucket, listing.objects[0])) found.push_back(std::move(*file));
  co_return found;
}

Task<std::vector<duck::FileInfo>> ObjectFiles::list(std::string prefix) {
  const auto parsed = parse_object_path(prefix);
  if (!parsed) throw duck::SqlError("HIVE_FILESYSTEM_ERROR", "not a location in S3: " + prefix);
  std::vector<duck::FileInfo> found;
  objects::ListRequest request{.bucket = parsed->bucket, .prefix = parsed->key};
  for (;;) {
    const objects::Listing listing = co_await objects_.list(*access_, request);
    for (const auto& object : listing.objects) {
      if (object.size == 0 || is_hidden(object.key, parsed->key.size())) continue;
      if (auto file = file_info(parsed->bucket, object)) found.push_back(std::move(*file));
    }
    if (!listing.truncated) break;
    request.after = listing.next_after;
  }
  co_return found;
}

Task<std::vector<std::vector<duck::FileInfo>>> ObjectFiles::list_locations(std::vector<std::string> locations) {
  std::vector<std::vector<duck::FileInfo>> files(locations.size());
  const std::string shared = locations.size() > few_locations ? shared_folder(locations) : "";
  std::optional<std::vector<duck::FileInfo>> all;
  try {
    if (!shared.empty()) all = co_await list(shared);
  } catch (const Error& error) {
    // Who may list the folders only, one by one.
    if (error.code().status != 403) throw;
  }
  if (!all) {
    for (std::size_t i = 0; i < locations.size(); ++i) files[i] = co_await list(locations[i]);
    co_return files;
  }
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < locations.size(); ++i) places.emplace(locations[i], i);
  for (auto& file : *all) {
    // The nearest folder above the file that is one of them.
    const std::string_view path = file.path;
    for (auto slash = path.rfind('/'); slash + 1 > shared.size(); slash = path.rfind('/', slash - 1)) {
      const auto place = places.find(path.substr(0, slash + 1));
      if (place == places.end()) continue;
      files[place->second].push_back(std::move(file));
      break;
    }
  }
  co_return files;
}

void ObjectFiles::name_partitions(std::string location, std::vector<std::string> columns) {
  const std::lock_guard lock(mutex_);
  partitioned_location_ = std::move(location);
  partition_columns_ = std::move(columns);
}

std::string ObjectFiles::hive_path(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (partition_columns_.empty() || !path.starts_with(partitioned_location_)) return path;
  const auto values =
      partition_values_in(std::string_view(path).substr(partitioned_location_.size()), partition_columns_);
  if (!values) return path;
  std::vector<catalog::Column> keys;
  for (const std::string& name : partition_columns_) keys.push_back({.name = name});
  const std::string folder = partitioned_location_ + partition_path(keys, *values) + "/";
  const std::string name = path.substr(path.rfind('/') + 1);
  // Hive has one folder for '' and for NULL, the engine two.
  std::string found = folder + name;
  const std::size_t dot = std::min(name.find('.'), name.size());
  for (int i = 1; !hive_paths_.insert(found).second; ++i) {
    found = folder + name.substr(0, dot) + "_" + std::to_string(i) + name.substr(dot);
  }
  return found;
}

Task<std::unique_ptr<duck::FileWriter>> ObjectFiles::create(std::string path) {
  path = hive_path(path);
  const auto parsed = parse_object_path(path);
  auto key = parsed ? ObjectKey::parse(parsed->key) : std::nullopt;
  if (!key) throw duck::SqlError("HIVE_WRITER_OPEN_ERROR", "not the path of an object: " + path);
  co_return std::make_unique<ObjectWriter>(*this, parsed->bucket, std::move(*key), std::move(path));
}

Task<void> ObjectFiles::remove(std::string path) {
  const auto parsed = parse_object_path(path);
  if (!parsed || parsed->key.empty()) co_return;
  if (!path.ends_with('/')) {
    const auto key = ObjectKey::parse(parsed->key);
    if (key) co_await objects_.remove(*access_, objects::RemoveRequest{.bucket = parsed->bucket, .key = *key});
    co_return;
  }
  for (;;) {
    const objects::Listing listing =
        co_await objects_.list(*access_, objects::ListRequest{.bucket = parsed->bucket, .prefix = parsed->key});
    if (listing.objects.empty()) co_return;
    std::vector<objects::RemoveRequest> requests;
    for (const auto& object : listing.objects) {
      requests.push_back({.bucket = parsed->bucket, .key = ObjectKey::trusted(object.key)});
    }
    const auto results = co_await objects_.remove_all(*access_, std::move(requests));
    for (const auto& result : results) {
      if (result.refusal) throw Error(*result.refusal);
    }
  }
}

Task<void> ObjectFiles::remove_named(std::string folder, std::string name) {
  const auto parsed = parse_object_path(folder);
  if (!parsed || name.empty()) co_return;
  objects::ListRequest request{.bucket = parsed->bucket, .prefix = parsed->key};
  for (;;) {
    const objects::Listing listing = co_await objects_.list(*access_, request);
    for (const auto& object : listing.objects) {
      if (object.key.find(name, parsed->key.size()) == std::string::npos) continue;
      co_await objects_.remove(*access_,
                               objects::RemoveRequest{.bucket = parsed->bucket, .key = ObjectKey::trusted(object.key)});
    }
    if (!listing.truncated) co_return;
    request.after = listing.next_after;
  }
}

std::vector<std::string> ObjectFiles::skipped() const {
  const std::lock_guard lock(mutex_);
  return skipped_;
}

std::vector<std::string> ObjectFiles::written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

}  // namespace tarn::query
