// What tests of this folder stand on: rows and blobs in memory, a clock that stands still, callers by their rights.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "keys/keyring.h"
#include "meta/memory/memory_store.h"
#include "objects/body.h"
#include "objects/errors.h"
#include "objects/objects.h"

namespace tarn::objects::testing {

// Blobs as strings. Counts what is there, so that tests see what was left behind.
class MemoryBlobs : public blob::Store {
 public:
  Task<std::unique_ptr<blob::Writer>> create(blob::CreateOptions options) override {
    const std::lock_guard lock(mutex_);
    co_return std::make_unique<MemoryWriter>(
        *this, blob::BlobRef{.tier = options.tier, .format = options.format, .id = ++last_id_}, options.key,
        options.owner);
  }
  Task<std::unique_ptr<ByteStream>> open(blob::BlobRef blob, ByteRange range, blob::DataKey key) override {
    const std::lock_guard lock(mutex_);
    const auto found = blobs.find(blob.id);
    if (found == blobs.end()) throw blob::NotFound("no such blob");
    if (found->second.key != key.bytes) throw blob::Corrupt("another key");
    co_return std::make_unique<StringStream>(found->second.bytes, range);
  }
  Task<void> remove(blob::BlobRef blob) override {
    const std::lock_guard lock(mutex_);
    blobs.erase(blob.id);
    co_return;
  }
  Task<blob::BlobRef> copy(blob::BlobRef blob, blob::Tier tier) override {
    const std::lock_guard lock(mutex_);
    const auto found = blobs.find(blob.id);
    if (found == blobs.end()) throw blob::NotFound("no such blob");
    blob.id = ++last_id_;
    blob.tier = tier;
    const auto bytes = found->second.bytes;
    blobs[blob.id] = {bytes, tier, found->second.key};
    ++copies;
    co_return blob;
  }
  Task<bool> verify(blob::BlobRef blob) override {
    ++verified;
    if (!blobs.contains(blob.id)) throw blob::NotFound("no such blob");
    co_return !damaged.contains(blob.id);
  }
  Task<std::vector<blob::Unsettled>> unsettled(std::size_t) override { co_return std::exchange(left_by_the_dead, {}); }

  struct Kept {
    std::shared_ptr<const std::string> bytes;
    blob::Tier tier;
    std::string key = {};    // What it is sealed under; empty: it is plain.
    std::string owner = {};  // Empty: a copy.
  };
  // As if this process had died, and the next one did not know which are named.
  void forget_settled() {
    for (const auto& [id, kept] : blobs) {
      left_by_the_dead.push_back({.ref = {.tier = kept.tier, .id = id}, .owner = kept.owner});
    }
  }
  std::map<std::uint64_t, Kept> blobs;
  std::size_t copies = 0;
  std::size_t verified = 0;
  std::set<std::uint64_t> damaged;
  std::vector<blob::Unsettled> left_by_the_dead;

 private:
  class MemoryWriter : public blob::Writer {
   public:
    MemoryWriter(MemoryBlobs& store, blob::BlobRef ref, blob::DataKey key, std::string owner)
        : store_(store), ref_(ref), key_(std::move(key)), owner_(std::move(owner)) {}
    Task<void> append(std::span<const std::byte> chunk) override {
      bytes_ += as_text(chunk);
      co_return;
    }
    blob::BlobRef ref() const override { return ref_; }
    Task<blob::BlobRef> finish(std::span<const std::byte> last) override {
      bytes_ += as_text(last);
      ref_.size = bytes_.size();
      const std::lock_guard lock(store_.mutex_);
      store_.blobs[ref_.id] = {std::make_shared<const std::string>(std::move(bytes_)), ref_.tier, key_.bytes, owner_};
      co_return ref_;
    }

   private:
    MemoryBlobs& store_;
    blob::BlobRef ref_;
    blob::DataKey key_;
    std::string owner_;
    std::string bytes_;
  };
  std::uint64_t last_id_ = 0;
  std::mutex mutex_;
};

// A caller who may do everything but what is on the list of refusals ("s3:GetObject arn:aws:s3:::lake/secret").
class ListedAccess : public policy::Access {
 public:
  explicit ListedAccess(std::string account = "111122223333") {
    principal_.kind = policy::Principal::Kind::user;
    principal_.account = AccountId::trusted(account);
    principal_.arn = "arn:aws:iam::" + account + ":user/tester";
    principal_.user_id = "AIDATESTER";
  }
  const policy::Principal& principal() const override { return principal_; }
  const policy::Facts& request_facts() const override { return facts_; }
  Task<policy::Decision> decide(std::string action, std::string resource, policy::Facts facts) const override {
    const std::lock_guard lock(mutex_);  // Work items ask while the test does.
    asked.push_back(action + " " + resource);
    last_facts = std::move(facts);
    policy::Decision decision;
    const bool refused = refusals.contains(action) || refusals.contains(action + " " + resource);
    decision.kind = refused ? policy::Decision::Kind::implicit_deny : policy::Decision::Kind::allow;
    co_return decision;
  }

  std::set<std::string> refusals;
  mutable std::vector<std::string> asked;
  mutable policy::Facts last_facts;
  mutable std::mutex mutex_;
  policy::Principal principal_;
  policy::Facts facts_{{"aws:SourceIp", {"192.0.2.7"}}, {"tarn:RequestId", {"REQUEST"}}};
};

// Objects over all of these, with one bucket, and short ways to use it.
class Bench {
 public:
  static constexpr blob::Tier cold{1};
  static constexpr blob::Tier frozen{2};

  explicit Bench(Options options = default_options())
      : objects(Dependencies{
            .meta = meta, .blobs = blobs, .clock = clock, .random = random, .keys = &keyring, .options = options}) {
    sync_wait(objects.create_bucket(access, {.name = bucket}));
  }
  static Options default_options() {
    Options options;
    options.tiers[static_cast<std::size_t>(StorageClass::standard_ia)] = cold;
    options.tiers[static_cast<std::size_t>(StorageClass::glacier)] = frozen;
    options.tiers[static_cast<std::size_t>(StorageClass::deep_archive)] = frozen;
    return options;
  }

  static ObjectKey key(std::string text) { return ObjectKey::trusted(std::move(text)); }
  ObjectVersion put(const std::string& name, std::string bytes, WriteConditions conditions = {}) {
    clock.advance(Milliseconds(1000));
    return sync_wait(objects.put(access, PutRequest{.bucket = bucket, .key = key(name), .conditions = conditions},
                                 std::move(bytes)));
  }
  std::optional<ObjectVersion> find(const std::string& name, std::optional<VersionId> version = {}) {
    return sync_wait(objects.find(access, bucket, key(name), version));
  }
  // "(none)" where there is nothing to read.
  std::string get(const std::string& name, std::optional<VersionId> version = {}) {
    return sync_wait(objects.read_all(access, bucket, key(name), 64 << 20, version)).value_or("(none)");
  }
  RemoveResult remove(const std::string& name, std::optional<VersionId> version = {}) {
    clock.advance(Milliseconds(1000));
    return sync_wait(objects.remove(access, {.bucket = bucket, .key = key(name), .version = version}));
  }
  void set_versioning(Versioning versioning) { sync_wait(objects.set_versioning(access, bucket, versioning)); }
  Listing list(ListRequest request = {.bucket = BucketName::trusted("lake")}) {
    return sync_wait(objects.list(access, std::move(request)));
  }
  Listing versions(ListVersionsRequest request = {.bucket = BucketName::trusted("lake")}) {
    return sync_wait(objects.list_versions(access, std::move(request)));
  }
  // Rows of the bucket's partition whose keys begin so.
  std::vector<meta::Row> rows(const std::string& prefix) {
    const auto id = sync_wait(objects.peek_bucket(bucket))->id;
    return sync_wait(meta.scan({"bucket/" + id}, prefix, meta::end_of_prefix(prefix), {.max_rows = 100'000}));
  }

  meta::MemoryStore meta;
  MemoryBlobs blobs;
  ManualClock clock{from_millis(1'700'000'000'000)};
  SeededRandom random{7};
  keys::Keyring keyring{std::string(32, 'm'), random};
  ListedAccess access;
  BucketName bucket = BucketName::trusted("lake");
  Objects objects;
};

// The code of the Error that `action` throws; "(none)" if it does not.
template <typename Action>
std::string refusal(Action action) {
  try {
    action();
    return "(none)";
  } catch (const Error& error) {
    return std::string(error.code().name);
  }
}

inline std::string repeated(std::size_t size, char first = 'a') {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(first + i % 23);
  return bytes;
}

}  // namespace tarn::objects::testing
