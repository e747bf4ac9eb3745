// What an object version is, apart from its bytes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/checksum.h"
#include "base/names.h"
#include "base/time.h"
#include "blob/store.h"
#include "objects/bucket.h"
#include "policy/acl.h"

namespace tarn::objects {

enum class StorageClass : std::uint8_t {
  standard = 1,
  reduced_redundancy = 2,
  standard_ia = 3,
  onezone_ia = 4,
  intelligent_tiering = 5,
  glacier_ir = 6,
  glacier = 7,
  deep_archive = 8,
};
std::string_view name_of(StorageClass storage_class);  // "STANDARD_IA"
std::optional<StorageClass> parse_storage_class(std::string_view name);
// Are its bytes out of reach until they are restored?
constexpr bool is_archive(StorageClass storage_class) {
  return storage_class == StorageClass::glacier || storage_class == StorageClass::deep_archive;
}

// In the order they were given.
using Tags = std::vector<std::pair<std::string, std::string>>;
// The document of ConfigurationKind::tagging.
std::string pack_tags(const Tags& tags);
Tags unpack_tags(std::string_view document);

// What a client says of an object beside its bytes. Empty strings: not said.
struct Description {
  std::string content_type;
  std::string content_encoding;  // Without aws-chunked.
  std::string content_language;
  std::string content_disposition;
  std::string cache_control;
  std::string expires;  // As it was sent.
  std::string website_redirect;
  std::map<std::string, std::string> metadata;  // Names in lower case, without x-amz-meta-.
  friend bool operator==(const Description&, const Description&) = default;
};

enum class ChecksumType : std::uint8_t { full_object = 1, composite = 2 };

struct StoredChecksum {
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::crc64nvme;
  ChecksumType type = ChecksumType::full_object;
  std::string value;  // Raw bytes; a composite's without its "-N".
  friend bool operator==(const StoredChecksum&, const StoredChecksum&) = default;
};
// As the API spells it: base64, "-N" behind a composite's.
std::string checksum_text(const StoredChecksum& checksum, std::uint32_t parts);

// A temporary copy of an archived object.
struct Restore {
  enum class Speed : std::uint8_t { expedited = 1, standard = 2, bulk = 3 };
  bool ongoing = false;
  Speed speed = Speed::standard;
  Timestamp ready;  // When an ongoing one will be done.
  std::uint32_t days = 0;
  Timestamp expires;  // When the copy of a finished one ends.
  friend bool operator==(const Restore&, const Restore&) = default;
};

// Object Lock: until when, and against whom, a version is kept.
struct Retention {
  enum class Mode : std::uint8_t { governance = 1, compliance = 2 };
  Mode mode = Mode::governance;
  Timestamp until;
  friend bool operator==(const Retention&, const Retention&) = default;
};
struct Lock {
  std::optional<Retention> retention;
  std::optional<bool> legal_hold;  // None: nobody ever said.
  bool any() const { return retention || legal_hold; }
  friend bool operator==(const Lock&, const Lock&) = default;
};

// How bytes are encrypted, and the key to them, which is itself wrapped.
struct Seal {
  enum class Kind : std::uint8_t { none = 0, server = 1, customer = 2 };
  Kind kind = Kind::none;
  std::string wrapped_key;       // Under the lake's master key, or under the customer's own.
  std::string customer_key_md5;  // Raw, of Kind::customer.
  friend bool operator==(const Seal&, const Seal&) = default;
};
// A key that comes with a request and is kept nowhere.
struct CustomerKey {
  std::string bytes;  // 32.
  std::string md5;    // Raw, of the bytes.
};

// What becomes of a version in other buckets; `replica`: it came from one, and goes nowhere.
enum class Replication : std::uint8_t { none = 0, pending = 1, completed = 2, failed = 3, replica = 4 };

// Where the bytes lie. For this folder; others open().
struct NoBytes {
  friend bool operator==(NoBytes, NoBytes) = default;
};
struct InlineBytes {  // In the d/ row.
  friend bool operator==(InlineBytes, InlineBytes) = default;
};
struct PartBytes {  // In the m/ rows.
  friend bool operator==(PartBytes, PartBytes) = default;
};
using Location = std::variant<NoBytes, InlineBytes, blob::BlobRef, PartBytes>;

// One version of one object, or a delete marker.
struct ObjectVersion {
  BucketPointer bucket;
  ObjectKey key = ObjectKey::trusted({});

  // What it is called inside its bucket for ever: the time it was made in milliseconds (or one more than the newest
  // version's, so that versions of one key never change places), and a random number.
  std::uint64_t sequence = 0;
  std::uint64_t nonce = 0;

  bool null = true;  // Made while versioning was not enabled: its API id is "null".
  bool latest = true;
  bool delete_marker = false;

  std::uint64_t size = 0;
  std::string e_tag;  // Without quotes.
  Timestamp modified;
  // When it stopped being the latest: its successor's time.
  std::optional<Timestamp> noncurrent_since;
  AccountId owner = AccountId::trusted({});
  StorageClass storage_class = StorageClass::standard;
  std::uint32_t parts = 0;  // 0: it was put in one piece.
  Description description;
  Tags tags;
  std::optional<StoredChecksum> checksum;
  std::optional<Restore> restore;
  Lock lock;
  std::optional<policy::Acl> acl;  // None: its owner's alone.
  Seal seal;
  Replication replication = Replication::none;
  Location location;
  // A restored archive object's readable copy.
  std::optional<blob::BlobRef> restored;
  // The bytes themselves (sealed, if they are), where find_to_read() brought them along.
  std::shared_ptr<const std::string> bytes;
  std::uint64_t row_version = 0;

  VersionId id() const;
  std::string arn() const { return bucket->arn_of(key.text()); }
  // May its bytes be read now? Else GetObject answers InvalidObjectState.
  bool readable(Timestamp now) const;
};

// The text of a version id: 32 hexadecimal digits, of the sequence and the nonce.
VersionId version_id_of(std::uint64_t sequence, std::uint64_t nonce);
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_version_id(std::string_view text);

}  // namespace tarn::objects
