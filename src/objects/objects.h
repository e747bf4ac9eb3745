// src/objects: buckets, object versions and their bytes, as S3 means them, over meta::Store and blob::Store.
//
// What callers may rely on:
//  - A write that returned is durable and is what every later call sees: find, list, versions, tags. One that threw has
//    changed nothing. A process that dies in between leaves the one or the other.
//  - Writers of one key are put in order by their commits; conditions are checked in the commit itself.
//  - Bytes are streamed: no call holds a whole object in memory (but those of at most inline_limit bytes).
//  - Event and audit records of a change are rows of the change's own commit.
//  - Every function that reaches a customer's data asks `access`, with the facts that only this folder knows (the tags
//    of an existing object, the source of a copy, each key of a batch), and throws access_denied. A bucket that is
//    missing is no_such_bucket; a missing key is a value, and shows as access_denied to those who may not list.
//
// Rows of partition bucket/<id> (formats in rows.h; keys are escaped so that their order stays byte order):
//
//   b/state                 versioning, lock, generation; every write checks its version
//   b/config/<kind>         one configuration document
//   c/<key>                 the live current version
//   h/<key>                 versioned buckets: newest sequence, sequence of the null version; every write checks it
//   v/<key>/<descending sequence>   noncurrent versions and delete markers
//   d/<version>             bytes of a small object
//   m/<version>/<offset>    one blob of a multipart object
//   u/<key>/<upload>        an upload · p/<upload>/<number> its parts
//   o/<sequence>            outbox: one change, for events
//   r/<sequence>            outbox: one version that other buckets are to have
//   g/<not before>/<blob>   a blob that nothing names any more
//   w/<due>/<key>/<version> a restore that will be ready, or end, then
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/os/clock.h"
#include "base/os/random.h"
#include "base/stream.h"
#include "base/task.h"
#include "blob/store.h"
#include "meta/store.h"
#include "objects/bucket.h"
#include "objects/lock.h"
#include "objects/public_access.h"
#include "objects/requests.h"
#include "objects/version.h"
#include "policy/access.h"

namespace tarn::keys {
class Keyring;
}

namespace tarn::objects {

// Told of each change before it commits, to add rows of its own to the same commit: the audit of data events. Joined in
// app. Must be quick and must not throw; may be called again for a commit that lost a race.
class ChangeHook {
 public:
  virtual ~ChangeHook() = default;
  // `operation` is the API's ("PutObject"); `version` is what was made or removed.
  virtual void add(const policy::Access& access, std::string_view operation, const ObjectVersion& version,
                   meta::Batch& batch) = 0;
};

struct Options {
  std::string region = "us-east-1";
  // Objects up to this size travel as rows.
  std::uint32_t inline_limit = 32 << 10;
  // Where each storage class keeps its bytes: index is the StorageClass.
  std::array<blob::Tier, 9> tiers{};
  // How long a dropped blob stays for readers that have found its version and not yet opened it.
  std::chrono::seconds garbage_delay{300};
  // How long restores take, as part of the real service's times: 1 is faithful, 0 is at once.
  double restore_time_scale = 1.0;
  std::size_t buckets_per_account = 10'000;
  // New buckets as AWS made them before 2023: ACLs on, public access not blocked.
  bool relaxed = false;
  // New bytes are sealed under the lake's keys: SSE-S3. What is sealed already can be read either way.
  bool sealed = false;
};

struct Dependencies {
  meta::Store& meta;
  blob::Store& blobs;
  const Clock& clock;  // The lake's.
  Random& random;
  ChangeHook* hook = nullptr;
  const keys::Keyring* keys = nullptr;  // Null: nothing is sealed, but under customers' keys.
  Options options = {};
};

class Objects {
 public:
  explicit Objects(Dependencies dependencies);
  ~Objects();
  Objects(const Objects&) = delete;
  Objects& operator=(const Objects&) = delete;

  // ---- buckets.cpp

  // bucket_already_owned_by_you, bucket_already_exists, too_many_buckets. The owner is the caller's account.
  Task<BucketPointer> create_bucket(const policy::Access& access, CreateBucketRequest request);
  // bucket_not_empty unless no version, marker or upload is left.
  Task<void> delete_bucket(const policy::Access& access, BucketName bucket);
  // Asks for `action` on the bucket ("s3:ListBucket" for HeadBucket); throws no_such_bucket.
  Task<BucketPointer> bucket(const policy::Access& access, BucketName bucket, std::string action, policy::Facts = {});
  // The caller's account's, by name.
  Task<BucketList> list_buckets(const policy::Access& access, BucketListRequest request);

  // ---- configurations.cpp: each asks for the kind's own IAM action (s3:GetLifecycleConfiguration, …)

  // Versioning can be enabled and suspended, never taken back. invalid_bucket_state where a lock needs it.
  Task<void> set_versioning(const policy::Access& access, BucketName bucket, Versioning versioning);
  Task<std::optional<Configuration>> configuration(const policy::Access& access, BucketName bucket,
                                                   ConfigurationKind kind);
  Task<void> put_configuration(const policy::Access& access, BucketName bucket, ConfigurationKind kind,
                               std::string document);
  Task<void> remove_configuration(const policy::Access& access, BucketName bucket, ConfigurationKind kind);
  // The tags as `change` makes them of those that are there, in one step: what another caller changes meanwhile is not
  // lost. `change` may be called several times, and may throw. Asks for `action` (s3:TagResource, s3:UntagResource).
  Task<void> change_bucket_tags(const policy::Access& access, BucketName bucket, std::string action,
                                std::function<void(Tags&)> change);

  // ---- Object Lock (lock.cpp)

  // Turns it on, for good, and says what new versions get. invalid_bucket_state where versioning is not enabled.
  Task<void> set_object_lock(const policy::Access& access, BucketName bucket, std::optional<DefaultRetention> rule);
  // The version with its new retention (none: without); nothing: no such key or version. What is in force is only
  // lengthened, unless it is of mode governance and `bypass_governance` is asked for and allowed: else access_denied.
  Task<std::optional<ObjectVersion>> set_retention(const policy::Access& access, BucketName bucket, ObjectKey key,
                                                   std::optional<VersionId> version, std::optional<Retention> retention,
                                                   bool bypass_governance);
  Task<std::optional<ObjectVersion>> set_legal_hold(const policy::Access& access, BucketName bucket, ObjectKey key,
                                                    std::optional<VersionId> version, bool on);

  // ---- access control lists and ownership (acl.cpp): access_control_list_not_supported where lists are off

  Task<OwnedAcl> bucket_acl(const policy::Access& access, BucketName bucket);
  // access_denied for a public list where Block Public Access forbids it.
  Task<void> put_bucket_acl(const policy::Access& access, BucketName bucket, AclWish wish);
  Task<std::optional<ObjectVersion>> put_object_acl(const policy::Access& access, BucketName bucket, ObjectKey key,
                                                    std::optional<VersionId> version, AclWish wish);
  // invalid_bucket_acl_with_object_ownership: lists cannot be turned off while one grants something.
  Task<void> set_ownership(const policy::Access& access, BucketName bucket, Ownership ownership);

  // ---- Block Public Access (public_access.cpp)

  // The bucket's and its account's together.
  Task<PublicAccessBlock> effective_public_access_block(BucketPointer bucket);
  // Of an account, over all of its buckets. None: there is none.
  Task<std::optional<PublicAccessBlock>> account_public_access_block(const policy::Access& access, AccountId account);
  Task<void> set_account_public_access_block(const policy::Access& access, AccountId account,
                                             std::optional<PublicAccessBlock> block);

  // ---- reading (read.cpp)

  // The version (current without `version`), or none: no such key, no such version. Delete markers are versions: with
  // `version` they are returned, else absent. Asks for s3:GetObject or s3:GetObjectVersion, unless `action` names
  // another ("s3:GetObjectTagging"; its …Version form is chosen where a version is named).
  Task<std::optional<ObjectVersion>> find(const policy::Access& access, BucketName bucket, ObjectKey key,
                                          std::optional<VersionId> version = {}, std::string action = "s3:GetObject");
  // find(), with the bytes of a small object already in hand, so that open() cannot lose them to an overwrite.
  Task<std::optional<ObjectVersion>> find_to_read(const policy::Access& access, BucketName bucket, ObjectKey key,
                                                  std::optional<VersionId> version = {});
  // After find() missed a key: the delete marker that hides it, if one does. Whoever asks may list the bucket, or
  // find() would have refused.
  Task<std::optional<ObjectVersion>> hiding_marker(const policy::Access& access, BucketName bucket, ObjectKey key);
  // The bytes of `range`, which must lie inside. Null: the version is gone since it was found (overwritten, deleted).
  // An open stream reads to its end whatever happens to the version. invalid_object_state where it is archived.
  // What a customer's key seals needs that key: invalid_request without one (or with one that is not asked for),
  // access_denied with another.
  Task<std::unique_ptr<ByteStream>> open(const policy::Access& access, const ObjectVersion& version, ByteRange range,
                                         std::optional<CustomerKey> key = {});
  // Throws as open() would: for those who tell of an object without reading it.
  void check_customer_key(const ObjectVersion& version, const std::optional<CustomerKey>& key) const;
  // All of a small object as a string; throws invalid_argument beyond `limit`. None: gone or absent.
  Task<std::optional<std::string>> read_all(const policy::Access& access, BucketName bucket, ObjectKey key,
                                            std::size_t limit, std::optional<VersionId> version = {});
  // Parts of a multipart object, from the one after `after`.
  Task<std::vector<ObjectPart>> parts_of(const policy::Access& access, const ObjectVersion& version,
                                         std::uint32_t after, std::size_t max);

  // ---- writing (put.cpp, copy.cpp, remove.cpp, edit.cpp)

  // Pulls `body` to its end. precondition_failed, no_such_key, conditional_request_conflict (the key changed while the
  // body came), bad_digest, incomplete_body, entity_too_large.
  Task<ObjectVersion> put(const policy::Access& access, PutRequest request, ByteStream& body);
  // As put() of bytes that are at hand.
  Task<ObjectVersion> put(const policy::Access& access, PutRequest request, std::string bytes);
  // Asks for s3:GetObject(Version) on the source and s3:PutObject on the target.
  Task<CopyResult> copy(const policy::Access& access, CopyRequest request);
  Task<RemoveResult> remove(const policy::Access& access, RemoveRequest request);
  // Each stands for itself: refusals are values; all that were removed are durable together.
  Task<std::vector<RemoveResult>> remove_all(const policy::Access& access, std::vector<RemoveRequest> requests);
  // The version with its new tags; none: no such key or version. Empty tags remove them.
  Task<std::optional<ObjectVersion>> set_tags(const policy::Access& access, BucketName bucket, ObjectKey key,
                                              std::optional<VersionId> version, Tags tags);

  // ---- listing (list.cpp): cost by what is returned; a delimiter seeks past each common prefix

  Task<Listing> list(const policy::Access& access, ListRequest request);
  Task<Listing> list_versions(const policy::Access& access, ListVersionsRequest request);

  // ---- multipart (uploads.cpp, parts.cpp, complete.cpp): throw no_such_upload

  Task<Upload> create_upload(const policy::Access& access, CreateUploadRequest request);
  Task<Part> put_part(const policy::Access& access, PutPartRequest request, ByteStream& body);
  Task<CopyPartResult> copy_part(const policy::Access& access, CopyPartRequest request);
  // Takes the parts' blobs over without copying. Completing once more answers the same object while it is current.
  Task<ObjectVersion> complete_upload(const policy::Access& access, CompleteRequest request);
  Task<void> abort_upload(const policy::Access& access, BucketName bucket, ObjectKey key, std::string upload);
  Task<UploadListing> list_uploads(const policy::Access& access, ListUploadsRequest request);
  Task<PartListing> list_parts(const policy::Access& access, ListPartsRequest request);

  // ---- replication (replicate.cpp)

  // Makes the version, or what changed of its tags and locks, in another bucket, under the same id; done already is
  // success. `role` is asked for s3:GetObjectVersionForReplication on the source, s3:ReplicateObject or
  // s3:ReplicateDelete on the target; tags travel where it may read and s3:ReplicateTags. Bytes are copied as they lie,
  // sealed ones too. no_such_bucket, invalid_request where the target cannot take it.
  Task<void> replicate(const policy::Access& role, ReplicateRequest request);
  // A version as it is now, without asking anybody: for replication, which asks its role.
  Task<std::optional<ObjectVersion>> peek_version(BucketPointer bucket, ObjectKey key, VersionId version);
  // What became of its replication; nothing happens to a version that is gone.
  Task<void> set_replication(const policy::Access& role, ObjectVersion version, Replication replication);

  // ---- tiers (archive.cpp)

  // Starts to bring an archived object back, or prolongs a copy that is there. restore_already_in_progress,
  // invalid_object_state (not archived).
  Task<RestoreOutcome> restore(const policy::Access& access, RestoreRequest request);
  // Moves the bytes to the class's tier. False: it changed or vanished meanwhile, nothing was done.
  Task<bool> transition(const policy::Access& access, const ObjectVersion& version, StorageClass storage_class);
  // Finishes and ends the restores of one bucket that are due at `now`; how many. For the sweep.
  Task<std::size_t> settle_restores(const policy::Access& access, BucketName bucket, Timestamp now);

  // ---- keeping house (garbage.cpp)

  // Removes dropped blobs that are due in all buckets, at most `max`; how many.
  Task<std::size_t> collect_garbage(std::size_t max);
  // Once at start: removes blobs that a process that died left without a row. How many.
  Task<std::size_t> sweep_orphans();
  // Names of all buckets, in order, after `after`: for sweeps of the server itself, not for callers' requests.
  Task<std::vector<BucketPointer>> all_buckets(std::string after, std::size_t max);

  // The bucket as it is now, without asking anybody: for policies, which are what asking is made of.
  Task<BucketPointer> peek_bucket(BucketName bucket);

  // Are new bytes sealed under the lake's keys?
  bool seals() const;

  struct Core;

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace tarn::objects
