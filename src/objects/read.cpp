// Finding versions and reading their bytes.
#include <algorithm>

#include "base/pack.h"

#include "objects/body.h"
#include "objects/core.h"

namespace tarn::objects {
namespace {

// "s3:GetObject" is asked as "s3:GetObjectVersion" where a version is named, "s3:PutObjectTagging" as
// "s3:PutObjectVersionTagging".
std::string version_action(std::string action) {
  // These have no form of their own for versions.
  if (action == "s3:RestoreObject" || action.ends_with("Retention") || action.ends_with("LegalHold")) return action;
  const std::size_t object = action.find("Object");
  if (object != std::string::npos && action.find("Version") == std::string::npos) action.insert(object + 6, "Version");
  return action;
}

// The bytes of a multipart object, blob after blob.
class PartsStream : public ByteStream {
 public:
  PartsStream(Objects::Core& core, const ObjectVersion& version, ByteRange range, blob::DataKey key)
      : core_(core), version_(version), key_(std::move(key)), at_(range.offset), end_(range.offset + range.length) {
    core_.pins.add({version_.sequence, version_.nonce});
  }
  ~PartsStream() override { core_.pins.release({version_.sequence, version_.nonce}); }

  Task<std::size_t> read(std::span<std::byte> buffer) override {
    while (at_ < end_) {
      if (!part_) co_await open_next();
      const std::size_t count = co_await part_->read(buffer);
      if (count > 0) {
        at_ += count;
        co_return count;
      }
      part_.reset();
      if (at_ < part_end_) throw blob::Corrupt("a part of an object is shorter than its row says");
    }
    co_return 0;
  }

  std::optional<FileSlice> next_slice() override {
    // Between two parts read() opens the next; then there are slices again.
    if (!part_) return std::nullopt;
    std::optional<FileSlice> slice = part_->next_slice();
    if (slice) {
      at_ += slice->length;
      if (at_ >= part_end_) part_.reset();
    }
    return slice;
  }

  Task<void> open_next() {
    if (rows_.empty()) co_await load_rows();
    if (co_await try_open()) co_return;
    // A move to another tier gave the part another blob since its row was read.
    co_await load_rows();
    if (!co_await try_open()) throw blob::NotFound("the parts of an object are gone");
  }

 private:
  Task<void> load_rows() {
    rows_ = co_await core_.scan(*version_.bucket, rows::part_key(version_.sequence, version_.nonce, at_ + 1),
                                meta::end_of_prefix(rows::parts_prefix(version_.sequence, version_.nonce)),
                                {.max_rows = rows_at_once_});
    std::ranges::reverse(rows_);
    rows_at_once_ = 64;  // A small range lies in one part or two; a large one goes on.
  }

  // The part at the front of the rows. False: its blob is gone.
  Task<bool> try_open() {
    if (rows_.empty()) co_return false;
    const rows::StoredPart part = rows::unpack_part(rows_.back().value);
    Unpacker key(std::string_view(rows_.back().key).substr(rows_.back().key.size() - 8));
    const std::uint64_t stored_end = key.fixed64();
    rows_.pop_back();
    const std::uint64_t start = stored_end - part.size;
    part_end_ = std::min(end_, stored_end);
    if (!part.blob || at_ < start || at_ >= part_end_) throw blob::Corrupt("the parts of an object do not join");
    try {
      part_ = co_await core_.d.blobs.open(*part.blob, {.offset = at_ - start, .length = part_end_ - at_}, key_);
    } catch (const blob::NotFound&) {
      co_return false;
    }
    co_return true;
  }

  Objects::Core& core_;
  ObjectVersion version_;
  blob::DataKey key_;
  std::uint64_t at_;
  std::uint64_t end_;
  std::uint64_t part_end_ = 0;
  std::unique_ptr<ByteStream> part_;
  std::vector<meta::Row> rows_;  // The next ones, last first.
  std::size_t rows_at_once_ = 2;
};

}  // namespace

Task<policy::Facts> Objects::Core::known_facts(std::optional<VersionId> named, const ObjectVersion* found) {
  policy::Facts facts;
  if (named) facts.emplace_back("s3:VersionId", std::vector{named->text()});
  if (!found) co_return facts;
  for (const auto& [name, value] : found->tags) {
    facts.emplace_back("s3:ExistingObjectTag/" + name, std::vector{value});
  }
  if (ownership_of(*found->bucket) != Ownership::bucket_owner_enforced) co_await add_owner_facts(*found, facts);
  co_return facts;
}

// Where lists of grants are in force, what is not there has none that could let it be read: who may see the bucket's
// list by its own grants learns that it is missing, unless a policy forbids the read.
Task<bool> Objects::Core::missing_in_open_list(const policy::Access& access, const Bucket& bucket, const ObjectKey& key,
                                               const std::string& action, const policy::Facts& facts) const {
  if (ownership_of(bucket) == Ownership::bucket_owner_enforced) co_return false;
  const policy::Decision read = co_await access.decide(action, bucket.arn_of(key.text()), facts);
  if (read.kind != policy::Decision::Kind::implicit_deny) co_return false;
  co_return co_await access.allows("s3:ListBucket", bucket.arn(), {{"s3:prefix", {key.text()}}});
}

Task<std::optional<ObjectVersion>> Objects::Core::look_up(const policy::Access& access, BucketPointer bucket,
                                                          ObjectKey key, std::optional<VersionId> version,
                                                          std::string action, policy::Facts facts) {
  std::optional<ObjectVersion> found;
  if (version) {
    found = co_await read_version(bucket, key, *version);
    action = version_action(std::move(action));
  } else {
    found = co_await read_current(bucket, key);
  }
  policy::Facts known = co_await known_facts(version, found ? &*found : nullptr);
  for (auto& fact : known) facts.push_back(std::move(fact));
  if (!found && co_await missing_in_open_list(access, *bucket, key, action, facts)) co_return found;
  co_await access.require(std::move(action), bucket->arn_of(key.text()), std::move(facts));
  if (!found) co_await require_list_to_miss(access, *bucket, key);
  co_return found;
}

namespace {

Task<std::optional<ObjectVersion>> find_in(Objects::Core& core, const policy::Access& access, BucketName bucket,
                                           ObjectKey key, std::optional<VersionId> version, std::string action) {
  co_return co_await core.look_up(access, co_await core.need_bucket(bucket), std::move(key), std::move(version),
                                  std::move(action));
}

}  // namespace

Task<std::optional<ObjectVersion>> Objects::find(const policy::Access& access, BucketName bucket, ObjectKey key,
                                                 std::optional<VersionId> version, std::string action) {
  // In a bucket that is known there is nothing to wait for first: every HEAD comes here.
  if (BucketPointer known = core_->buckets.find(bucket.text())) {
    return core_->look_up(access, std::move(known), std::move(key), std::move(version), std::move(action));
  }
  return find_in(*core_, access, std::move(bucket), std::move(key), std::move(version), std::move(action));
}

Task<std::optional<ObjectVersion>> Objects::find_to_read(const policy::Access& access, BucketName bucket, ObjectKey key,
                                                         std::optional<VersionId> version) {
  const BucketPointer known = co_await core_->need_bucket(bucket);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    auto found = co_await core_->look_up(access, known, key, version, "s3:GetObject");
    if (!found || !std::holds_alternative<InlineBytes>(found->location)) co_return found;
    auto row = co_await core_->get(*known, rows::bytes_key(found->sequence, found->nonce));
    if (row) {
      found->bytes = std::make_shared<const std::string>(std::move(row->value));
      co_return found;
    }
    // Overwritten between the two rows: what is there now is as good an answer.
  }
  throw Error(errors::service_unavailable, "The object changes faster than it can be read. Please try again.");
}

Task<std::optional<ObjectVersion>> Objects::hiding_marker(const policy::Access& access, BucketName name,
                                                          ObjectKey key) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  co_await core_->require_list_to_miss(access, *bucket, key);
  if (bucket->versioning == Versioning::never) co_return std::nullopt;
  // The newest comes first.
  const std::string prefix = rows::versions_prefix(key.text());
  const auto newest = co_await core_->scan(*bucket, prefix, meta::end_of_prefix(prefix), {.max_rows = 1});
  if (newest.empty()) co_return std::nullopt;
  ObjectVersion version = core_->version_of(bucket, key, newest.front(), true);
  if (!version.delete_marker) co_return std::nullopt;
  co_return version;
}

Task<std::unique_ptr<ByteStream>> Objects::open(const policy::Access& access, const ObjectVersion& version,
                                                ByteRange range, std::optional<CustomerKey> customer_key) {
  if (!version.bytes) {
    const std::optional<VersionId> id = version.latest ? std::nullopt : std::optional(version.id());
    co_await access.require(id ? "s3:GetObjectVersion" : "s3:GetObject", version.arn(),
                            co_await core_->known_facts(id, &version));
  }
  if (range.offset > version.size || range.length > version.size - range.offset) {
    throw Error(errors::invalid_range, "The requested range is not satisfiable", version.arn());
  }
  if (!version.readable(core_->now())) {
    throw Error(errors::invalid_object_state, "The operation is not valid for the object's storage class",
                "/" + version.bucket->name.text() + "/" + version.key.text())
        .with("StorageClass", std::string(name_of(version.storage_class)));
  }
  const blob::DataKey key = core_->key_of(version.seal, customer_key);
  if (version.bytes) {
    co_return std::make_unique<StringStream>(core_->open_small(key, version.bytes), range);
  }
  if (range.length == 0) co_return std::make_unique<StringStream>(std::string());
  if (std::holds_alternative<InlineBytes>(version.location)) {
    auto row = co_await core_->get(*version.bucket, rows::bytes_key(version.sequence, version.nonce));
    if (!row) co_return nullptr;
    auto bytes = std::make_shared<const std::string>(std::move(row->value));
    co_return std::make_unique<StringStream>(core_->open_small(key, std::move(bytes)), range);
  }
  const blob::BlobRef* blob = std::get_if<blob::BlobRef>(&version.location);
  if (version.restored) blob = &*version.restored;
  if (blob) {
    try {
      co_return co_await core_->d.blobs.open(*blob, range, key);
    } catch (const blob::NotFound&) {
      co_return nullptr;
    }
  }
  if (std::holds_alternative<PartBytes>(version.location)) {
    auto stream = std::make_unique<PartsStream>(*core_, version, range, key);
    try {
      co_await stream->open_next();
    } catch (const blob::NotFound&) {
      co_return nullptr;
    }
    co_return stream;
  }
  throw std::logic_error("a version with bytes has no place for them");
}

Task<std::optional<std::string>> Objects::read_all(const policy::Access& access, BucketName bucket, ObjectKey key,
                                                   std::size_t limit, std::optional<VersionId> version) {
  const auto found = co_await find_to_read(access, std::move(bucket), std::move(key), std::move(version));
  if (!found || found->delete_marker) co_return std::nullopt;
  if (found->size > limit) {
    throw Error(errors::invalid_argument, "The object is larger than the " + std::to_string(limit) + " bytes allowed",
                found->arn());
  }
  const auto stream = co_await open(access, *found, {.offset = 0, .length = found->size});
  if (!stream) co_return std::nullopt;
  std::string bytes(found->size, '\0');
  const std::size_t count = co_await read_fully(*stream, {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()});
  if (count != bytes.size()) throw blob::Corrupt("an object is shorter than its row says");
  co_return bytes;
}

Task<std::vector<ObjectPart>> Objects::parts_of(const policy::Access& access, const ObjectVersion& version,
                                                std::uint32_t after, std::size_t max) {
  const std::optional<VersionId> id = version.latest ? std::nullopt : std::optional(version.id());
  co_await access.require(id ? "s3:GetObjectVersion" : "s3:GetObject", version.arn(),
                          co_await core_->known_facts(id, &version));
  std::vector<ObjectPart> parts;
  if (version.parts == 0) co_return parts;
  const auto found = co_await core_->scan(*version.bucket, rows::parts_prefix(version.sequence, version.nonce),
                                          meta::end_of_prefix(rows::parts_prefix(version.sequence, version.nonce)),
                                          {.max_rows = 10'000, .max_bytes = 8 << 20});
  std::uint64_t offset = 0;
  for (const meta::Row& row : found) {
    const rows::StoredPart stored = rows::unpack_part(row.value);
    ObjectPart part{.number = stored.number, .range = {.offset = offset, .length = stored.size}};
    if (stored.checksum) part.checksum = stored.checksum->value;
    offset += stored.size;
    if (part.number > after && parts.size() < max) parts.push_back(std::move(part));
  }
  co_return parts;
}

}  // namespace tarn::objects
