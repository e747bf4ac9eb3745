// What the parts of Objects share: the stores, the buckets that are known, and the steps that every write takes.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "objects/errors.h"
#include "objects/objects.h"
#include "objects/rows.h"

namespace tarn::objects {

// How often a write looks again after it lost a race, before it answers that the server is busy.
inline constexpr int max_attempts = 1000;

// Buckets as they are, by name. Every write checks the state row that its Bucket was made from, so a stale one is found
// out; what is dropped here is read again.
class BucketCache {
 public:
  BucketPointer find(const std::string& name) const;
  // What was read since `generation` was current; dropped if the bucket was forgotten meanwhile.
  void remember(BucketPointer bucket, std::uint64_t generation);
  void forget(const std::string& name);
  std::uint64_t generation() const { return generation_.load(); }

 private:
  static constexpr std::size_t max_buckets = 10'000;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, BucketPointer> buckets_;
  std::atomic<std::uint64_t> generation_{0};
};

// Things in use, which the garbage collector lets be until they are let go.
class Pins {
 public:
  using Name = std::pair<std::uint64_t, std::uint64_t>;
  void add(Name name) {
    const std::lock_guard lock(mutex_);
    ++counts_[name];
  }
  void release(Name name) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(name);
    if (--found->second == 0) counts_.erase(found);
  }
  bool contains(Name name) const {
    const std::lock_guard lock(mutex_);
    return counts_.contains(name);
  }

 private:
  mutable std::mutex mutex_;
  std::map<Name, int> counts_;
};

// What the rows say of one key at the moment a write looks.
struct KeyState {
  std::optional<meta::Row> current_row;
  std::optional<ObjectVersion> current;
  std::optional<meta::Row> head_row;  // In versioned buckets.
  rows::Head head;

  std::uint64_t newest() const { return std::max(head.newest, current ? current->sequence : 0); }
};

struct FoundUpload {
  Upload upload;
  std::uint64_t row_version = 0;
};

struct Objects::Core {
  explicit Core(Dependencies dependencies) : d(std::move(dependencies)) {}

  Dependencies d;
  BucketCache buckets;
  std::mutex deleting_mutex;
  std::unordered_set<std::string> deleting;  // Ids of buckets whose deletion runs in this process.
  std::atomic<std::uint64_t> last_outbox{0};
  Pins pins;  // Multipart versions that are being read.
  AccountBlocks account_blocks;

  Timestamp now() const { return d.clock.now(); }
  const Options& options() const { return d.options; }
  blob::Tier tier_of(StorageClass storage_class) const {
    return d.options.tiers[static_cast<std::size_t>(storage_class)];
  }

  // Rows lie where the hot bytes lie. What belongs to another tier is a blob there, whatever its size.
  bool lies_with_rows(blob::Tier tier) const { return tier == tier_of(StorageClass::standard); }
  std::uint32_t inline_limit_of(StorageClass storage_class) const {
    return lies_with_rows(tier_of(storage_class)) ? options().inline_limit : 0;
  }

  // ---- buckets (core.cpp)

  // Null: there is none.
  Task<BucketPointer> find_bucket(const BucketName& name);
  // Throws no_such_bucket.
  Task<BucketPointer> need_bucket(const BucketName& name);
  Task<BucketPointer> read_bucket(const BucketName& name);
  Task<std::optional<meta::Row>> get(const Bucket& bucket, std::string key) {
    return d.meta.get(rows::partition(bucket.id), std::move(key));
  }
  Task<std::vector<meta::Row>> scan(const Bucket& bucket, std::string first, std::string end,
                                    meta::ScanLimits limits = {}) {
    return d.meta.scan(rows::partition(bucket.id), std::move(first), std::move(end), limits);
  }

  // (configurations.cpp)
  Task<void> change_bucket(BucketPointer bucket, std::function<void(rows::State&, meta::Batch&)> change);

  // ---- versions (core.cpp)

  ObjectVersion version_of(const BucketPointer& bucket, const ObjectKey& key, const meta::Row& row, bool latest) const;
  Task<std::optional<ObjectVersion>> read_current(BucketPointer bucket, const ObjectKey& key);
  // By its API id, "null" included; none if there is no such version.
  Task<std::optional<ObjectVersion>> read_version(BucketPointer bucket, const ObjectKey& key, const VersionId& id);
  Task<KeyState> read_key(BucketPointer bucket, const ObjectKey& key);
  // Facts by which policies and lists decide of a version. (read.cpp)
  Task<policy::Facts> known_facts(std::optional<VersionId> named, const ObjectVersion* found);
  // The version, with the caller's right to `action` on it checked (its …Version form where a version is named).
  // (read.cpp)
  Task<std::optional<ObjectVersion>> look_up(const policy::Access& access, BucketPointer bucket, ObjectKey key,
                                             std::optional<VersionId> version, std::string action,
                                             policy::Facts facts = {});
  // Throws access_denied to those who may not list, so that they do not learn what exists.
  Task<bool> missing_in_open_list(const policy::Access& access, const Bucket& bucket, const ObjectKey& key,
                                  const std::string& action, const policy::Facts& facts) const;
  Task<void> require_list_to_miss(const policy::Access& access, const Bucket& bucket, const ObjectKey& key);

  // Throws invalid_request where the bucket has no Object Lock, invalid_argument for a time that is past,
  // access_denied. (lock.cpp)
  Task<void> require_lock(const policy::Access& access, const Bucket& bucket, const ObjectKey& key, const Lock& lock);

  // ---- who owns and who may (acl.cpp, public_access.cpp)

  struct Owned {
    AccountId owner;
    std::optional<policy::Acl> acl = {};
  };
  // Of what the caller is about to write. Throws access_control_list_not_supported, access_denied, invalid_argument.
  Task<Owned> own(const policy::Access& access, BucketPointer bucket, const ObjectKey& key, AclWish wish);
  Task<void> add_owner_facts(const ObjectVersion& version, policy::Facts& facts);
  Task<std::optional<PublicAccessBlock>> account_block(AccountId account);
  Task<PublicAccessBlock> blocked(BucketPointer bucket);

  // ---- sealing (sealing.cpp)

  struct NewSeal {
    Seal seal = {};
    blob::DataKey key = {};  // Empty: not sealed.
  };
  // access_denied where the bucket takes no customers' keys.
  NewSeal new_seal(const policy::Access& access, const Bucket& bucket, const ObjectKey& key,
                   const std::optional<CustomerKey>& customer);
  // Throws as Objects::open() says.
  blob::DataKey key_of(const Seal& seal, const std::optional<CustomerKey>& customer) const;
  // Of an upload, for one of its parts: invalid_request where they do not go together.
  blob::DataKey part_key_of(const Seal& seal, const std::optional<CustomerKey>& customer) const;
  // Bytes of a d/ row.
  std::string seal_small(const blob::DataKey& key, std::string bytes) const;
  std::shared_ptr<const std::string> open_small(const blob::DataKey& key, std::shared_ptr<const std::string> row) const;
  // What becomes the ETag: the MD5, but of bytes under a customer's key, whose digest is nobody's business.
  static std::string tag_of(const Seal& seal, const blob::DataKey& key, std::string md5);

  // ---- the steps of a write (write.cpp)

  // The bucket and the key are as they were when `state` was read.
  void guard(const Bucket& bucket, const ObjectKey& key, const KeyState& state, meta::Batch& batch) const;
  // Throws precondition_failed, no_such_key or conditional_request_conflict. `at_start`: before the body was read.
  void check_conditions(const WriteConditions& conditions, const KeyState& state, const ObjectKey& key,
                        bool at_start) const;
  // Gives `version` its place as the latest of its key and says so in `batch`: what was there becomes noncurrent or
  // goes, as the bucket's versioning wants. A replica keeps its place, which may be among the older ones. `replicated`:
  // the bucket's replication rules apply.
  Task<void> place_latest(BucketPointer bucket, const KeyState& state, ObjectVersion& version, meta::Batch& batch,
                          bool replicated = true);
  // Notes in `batch` that rules of the bucket want the version elsewhere, and in the version that they do.
  // (replicate.cpp)
  void replicate_later(const Bucket& bucket, ObjectVersion& version, meta::Batch& batch);
  // A replica's place, older than others; nothing but its row changes.
  Task<void> place_older(BucketPointer bucket, ObjectVersion& version, meta::Batch& batch);
  // A replica that is there takes what may change of its source. None: it is not there. (replicate.cpp)
  struct Refresh {
    Tags tags;
    Lock lock;
    std::optional<policy::Acl> acl = {};  // None: the replica keeps its own.
  };
  Task<std::optional<ObjectVersion>> refresh_replica(const policy::Access& access, BucketPointer bucket, ObjectKey key,
                                                     VersionId id, Refresh refresh);
  // The id and time of the version that this one is a replica of. Throws invalid_argument for what is no id of Tarn's.
  static void take_id(const VersionId& id, ObjectVersion& replica);
  // Never twice the same, and growing as near as this process can tell.
  std::uint64_t next_outbox(Timestamp time);
  // The bytes of `version` are named by nobody once `batch` is applied.
  void drop_bytes(const ObjectVersion& version, meta::Batch& batch) const;
  void drop(rows::Garbage garbage, meta::Batch& batch) const;
  // What becomes the latest version of its key, and how it is told.
  struct Latest {
    std::string operation;  // "PutObject"
    std::string event;      // "ObjectCreated:Put"
    WriteConditions conditions;
    Lock lock;          // As it was asked for.
    std::string bytes;  // Of InlineBytes.
    // Further rows of the same commit; called again after a lost race.
    std::function<void(const ObjectVersion&, meta::Batch&)> add;
    // Asked after a lost race; throws where looking again is in vain.
    std::function<Task<void>()> still_possible;
  };
  // Commits `version`, whose blobs are durable. Looks again while others win the race. (put.cpp)
  Task<ObjectVersion> commit_latest(const policy::Access& access, BucketPointer bucket, ObjectVersion version,
                                    const Latest& latest);
  // The same for a version that was written for this commit: its blob goes if the commit is refused.
  Task<ObjectVersion> commit_or_forget(const policy::Access& access, BucketPointer bucket, ObjectVersion version,
                                       const Latest& latest);
  // ---- uploads (uploads.cpp, complete.cpp)

  Task<FoundUpload> need_upload(BucketPointer bucket, const ObjectKey& key, const std::string& id);
  Task<void> require_upload_unchanged(BucketPointer bucket, const FoundUpload& found,
                                      const std::map<std::uint32_t, std::uint64_t>& part_versions);
  Task<Part> keep_part(BucketPointer bucket, const FoundUpload& found, rows::StoredPart part);
  // The object that this upload has become, if it is still the current one.
  Task<std::optional<ObjectVersion>> completed_before(BucketPointer bucket, const CompleteRequest& request);

  // Writes a version's row anew; false: it changed since `before` was read. `batch` may bring further rows. An empty
  // `operation` leaves no record. (edit.cpp)
  Task<bool> rewrite(const policy::Access& access, BucketPointer bucket, const ObjectVersion& before,
                     const ObjectVersion& after, std::string_view operation, std::string_view event, meta::Batch batch);
  // Event and audit rows of a change; no event without a name.
  void record(const policy::Access& access, std::string_view operation, std::string_view event,
              const ObjectVersion& version, meta::Batch& batch);
  // True: durable. False: something changed since it was looked at; look again.
  Task<bool> commit(const Bucket& bucket, meta::Batch batch);
  // After a lost race: the bucket as it is now. Throws no_such_bucket, and service_unavailable at the last attempt.
  Task<BucketPointer> look_again(const BucketPointer& bucket, int attempt);
};

}  // namespace tarn::objects
