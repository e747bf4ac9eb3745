// What callers of Objects ask for, and what they get. Strings that may be empty mean "not said".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/stream.h"
#include "objects/acl.h"
#include "objects/version.h"

namespace tarn::objects {

// Conditions on the current version that the commit itself checks: of many writers that race, exactly one wins.
// A delete marker counts as absent.
struct WriteConditions {
  bool if_absent = false;  // If-None-Match: *. Else precondition_failed.
  std::optional<std::string>
      if_match;  // An ETag without quotes, or "*". Else precondition_failed; absent: no_such_key.
  bool any() const { return if_absent || if_match; }
};

// What a body must turn out to be. Checked when its last byte has come, before anything is visible; else bad_digest.
struct BodyChecks {
  std::optional<std::string> md5;  // 16 raw bytes, of Content-MD5.
  // Computed and kept. Without one, the server computes CRC64NVME.
  std::optional<ChecksumAlgorithm> algorithm;
  // Asked when the body has ended, so that a trailer has been read: the raw value that `algorithm` must give, or none.
  std::function<std::optional<std::string>()> expected;
  // The body's length where it is announced: a body that ends elsewhere is incomplete_body.
  std::optional<std::uint64_t> length;
};

struct PutRequest {
  BucketName bucket;
  ObjectKey key;
  Description description;
  Tags tags;
  StorageClass storage_class = StorageClass::standard;
  Lock lock;  // What is not said, the bucket's default retention says.
  AclWish acl;
  std::optional<CustomerKey> customer_key;  // None: sealed under the lake's, where bytes are sealed at rest.
  BodyChecks checks;
  WriteConditions conditions;
  std::string event = "ObjectCreated:Put";  // Or ObjectCreated:Post.
  // A replica of another server's version, whose id it takes. Asks for s3:ReplicateObject too; what is there already
  // takes its tags and locks only.
  std::optional<VersionId> replica_of = {};
};

struct CopyRequest {
  BucketName source_bucket;
  ObjectKey source_key;
  std::optional<VersionId> source_version;
  std::optional<CustomerKey> source_customer_key;
  // Asked with the source that was found, before a byte is copied: throws where the source's conditions do not hold.
  std::function<void(const ObjectVersion&)> check_source;

  BucketName bucket;
  ObjectKey key;
  std::optional<Description> description;  // None: the source's.
  std::optional<Tags> tags;                // None: the source's.
  StorageClass storage_class = StorageClass::standard;
  std::string website_redirect = {};  // Never the source's, like the three that follow.
  Lock lock;
  AclWish acl;
  std::optional<CustomerKey> customer_key;
  std::optional<ChecksumAlgorithm> algorithm;  // None: the source's, or CRC64NVME.
  WriteConditions conditions;
};

struct CopyResult {
  ObjectVersion source;
  ObjectVersion made;
};

struct RemoveRequest {
  BucketName bucket;
  ObjectKey key;
  std::optional<VersionId> version;     // Removes it for good; without it, versioned buckets get a delete marker.
  std::optional<std::string> if_match;  // ETag of what would be removed.
  std::optional<std::uint64_t> if_size;
  std::optional<Timestamp> if_modified;
  // Only if this is still the current version and unchanged: what a sweep has decided on. Else `removed` is false.
  std::optional<std::uint64_t> if_row_version;
  // x-amz-bypass-governance-retention: asks for s3:BypassGovernanceRetention where it matters.
  bool bypass_governance = false;
  std::string event = "ObjectRemoved:Delete";  // Or LifecycleExpiration:Delete; markers follow from it.
  std::optional<VersionId> replica_of = {};    // As PutRequest's, of a delete marker; asks for s3:ReplicateDelete.
};

// Removing what is not there is success.
struct RemoveResult {
  bool removed = false;              // Something was changed.
  bool delete_marker = false;        // A marker was made, or the version removed was one.
  std::optional<VersionId> version;  // Of the marker made or the version removed; none in unversioned buckets.
  std::optional<Error> refusal;      // In remove_all only: what remove() would have thrown.
};

struct ListRequest {
  BucketName bucket;
  std::string prefix;
  std::string delimiter;   // Any length; keys that share the part up to it are rolled up.
  std::string after;       // Keys after this one; a common prefix that equals it was already told.
  std::size_t max = 1000;  // Objects and common prefixes together, at most 1,000.
};

// One line of a listing.
struct ListedObject {
  std::string key;
  std::uint64_t sequence = 0;
  std::uint64_t nonce = 0;
  bool null = true;
  bool latest = true;
  bool delete_marker = false;
  std::uint64_t size = 0;
  std::string e_tag;
  Timestamp modified;
  std::optional<Timestamp> noncurrent_since;
  StorageClass storage_class = StorageClass::standard;
  std::optional<ChecksumAlgorithm> checksum_algorithm;
  ChecksumType checksum_type = ChecksumType::full_object;
  bool restoring = false;
  std::optional<Timestamp> restored_until;
  bool tagged = false;
  std::uint64_t row_version = 0;

  VersionId id() const;
};

// In byte order of keys; of one key, newest first.
struct Listing {
  BucketPointer bucket;
  std::vector<ListedObject> objects;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_after;                 // Where truncated: the last key or common prefix told.
  std::optional<VersionId> next_version;  // Versions only: the last version told, if it was no common prefix.
};

struct ListVersionsRequest {
  BucketName bucket;
  std::string prefix;
  std::string delimiter;
  std::string after;                       // Versions of keys after this one…
  std::optional<VersionId> after_version;  // … and of this one, those older than that version.
  std::size_t max = 1000;
};

struct CreateUploadRequest {
  BucketName bucket;
  ObjectKey key;
  Description description;
  Tags tags;
  StorageClass storage_class = StorageClass::standard;
  Lock lock;
  AclWish acl;
  std::optional<CustomerKey> customer_key;
  std::optional<ChecksumAlgorithm> algorithm;
  std::optional<ChecksumType> checksum_type;  // None: full object for CRC64NVME, else composite.
};

struct Upload {
  BucketPointer bucket;
  ObjectKey key = ObjectKey::trusted({});
  std::string id;
  Timestamp initiated;
  AccountId owner = AccountId::trusted({});
  std::string initiator_arn;
  StorageClass storage_class = StorageClass::standard;
  Description description;
  Tags tags;
  Lock lock;
  std::optional<policy::Acl> acl;
  Seal seal;
  std::optional<ChecksumAlgorithm> algorithm;
  ChecksumType checksum_type = ChecksumType::full_object;
};

struct PutPartRequest {
  BucketName bucket;
  ObjectKey key;
  std::string upload;
  std::uint32_t number = 0;  // 1 to 10,000; a part sent again replaces the earlier one.
  std::optional<CustomerKey> customer_key = {};
  BodyChecks checks;
};

struct CopyPartRequest {
  BucketName source_bucket;
  ObjectKey source_key;
  std::optional<VersionId> source_version;
  std::optional<ByteRange> range;  // Must lie inside the source, else invalid_argument.
  std::function<void(const ObjectVersion&)> check_source;
  BucketName bucket;
  ObjectKey key;
  std::string upload;
  std::uint32_t number = 0;
  std::optional<CustomerKey> source_customer_key = {};
  std::optional<CustomerKey> customer_key = {};
};

struct Part {
  std::uint32_t number = 0;
  std::uint64_t size = 0;
  std::string e_tag;
  Timestamp modified;
  std::optional<StoredChecksum> checksum;
  Seal seal = {};  // The upload's.
};

struct CopyPartResult {
  ObjectVersion source;
  Part part;
};

struct CompleteRequest {
  struct NamedPart {
    std::uint32_t number = 0;
    std::string e_tag;
    std::optional<std::string> checksum;  // Raw.
  };
  BucketName bucket;
  ObjectKey key;
  std::string upload;
  std::vector<NamedPart> parts;                  // In ascending order, else invalid_part_order.
  std::optional<std::string> expected_checksum;  // Raw, of the whole object or the composite.
  std::optional<ChecksumType> checksum_type;
  std::optional<std::uint64_t> size;  // x-amz-mp-object-size.
  WriteConditions conditions;
};

struct ListUploadsRequest {
  BucketName bucket;
  std::string prefix;
  std::string delimiter;
  std::string after;
  std::string after_upload;  // Of the key `after`, uploads after this id.
  std::size_t max = 1000;
};
struct UploadListing {
  BucketPointer bucket;
  std::vector<Upload> uploads;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_after;
  std::string next_upload;
};

struct ListPartsRequest {
  BucketName bucket;
  ObjectKey key;
  std::string upload;
  std::uint32_t after = 0;
  std::size_t max = 1000;
};
struct PartListing {
  Upload upload;
  std::vector<Part> parts;
  bool truncated = false;
};

// A part of a finished multipart object, for partNumber and GetObjectAttributes.
struct ObjectPart {
  std::uint32_t number = 0;  // Counted from 1 in the object's order.
  ByteRange range;
  std::optional<std::string> checksum;  // Raw.
};

// A version that a rule brings to another bucket of this lake.
struct ReplicateRequest {
  ObjectVersion source;
  BucketName target;
  std::optional<StorageClass> storage_class = {};  // None: the source's.
  bool target_owns = false;                        // The target bucket's owner owns the replica, not the source's.
};

struct RestoreRequest {
  BucketName bucket;
  ObjectKey key;
  std::optional<VersionId> version;
  std::uint32_t days = 0;
  Restore::Speed speed = Restore::Speed::standard;
};
enum class RestoreOutcome { started, extended };  // 202 and 200.

}  // namespace tarn::objects
