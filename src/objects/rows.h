// The rows of a bucket's partition: their keys and their formats. Nothing but bytes in and out.
//
// Keys of objects are escaped where something follows them: a zero byte becomes 00 FF, and 00 01 ends the key, so that
// keys sort as their bytes do, and the rows of one key stand together. Every value begins with its format's version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "meta/store.h"
#include "objects/requests.h"
#include "objects/version.h"

namespace tarn::objects::rows {

meta::Partition partition(std::string_view bucket_id);
// Names of buckets: "bucket/<name>", "owner/<account>/<name>".
meta::Partition names();
std::string name_key(std::string_view bucket_name);
std::string owner_key(const AccountId& account, std::string_view bucket_name);
std::string account_block_key(const AccountId& account);  // "block/<account>": its Block Public Access.

// ---- keys

inline constexpr std::string_view state_key = "b/state";
std::string configuration_key(ConfigurationKind kind);
std::optional<ConfigurationKind> parse_configuration_key(std::string_view row_key);

std::string escape(std::string_view key);
// The key at the front of `in`, up to its end mark if it has one, which is taken as well. Throws on a broken escape.
std::string unescape(std::string_view& in);

std::string current_key(std::string_view key);
std::string head_key(std::string_view key);
std::string versions_prefix(std::string_view key);  // All v/ rows of the key.
std::string version_key(std::string_view key, std::uint64_t sequence);
std::string bytes_key(std::uint64_t sequence, std::uint64_t nonce);
std::string parts_prefix(std::uint64_t sequence, std::uint64_t nonce);
// By where the part ends, so that the part that holds an offset is the first row after it.
std::string part_key(std::uint64_t sequence, std::uint64_t nonce, std::uint64_t end);
std::string uploads_prefix(std::string_view key);
std::string upload_key(std::string_view key, std::string_view upload);
std::string upload_parts_prefix(std::string_view upload);
std::string upload_part_key(std::string_view upload, std::uint32_t number);
std::string outbox_key(std::uint64_t sequence);
std::string replication_key(std::uint64_t sequence);
std::string garbage_key(Timestamp not_before, std::uint64_t first, std::uint64_t second);
std::string restore_key(Timestamp due, std::string_view key, std::uint64_t sequence);

// The key and sequence of a v/ row.
struct VersionPlace {
  std::string key;
  std::uint64_t sequence = 0;
};
VersionPlace parse_version_key(std::string_view row_key);

// ---- values

struct State {
  enum class Life : std::uint8_t { live = 1, deleting = 2, deleted = 3 };
  Life life = Life::live;
  Versioning versioning = Versioning::never;
  bool object_lock = false;
  std::uint64_t generation = 1;  // Changes with every configuration.
  std::string name;
  std::string owner;
  std::string region;
  Timestamp created;
};
std::string pack(const State& state);
State unpack_state(std::string_view row);

struct BucketName {  // Of a bucket/<name> row.
  std::string owner;
  std::string id;
};
std::string pack(const BucketName& name);
BucketName unpack_bucket_name(std::string_view row);

std::string pack(const Configuration& configuration);
Configuration unpack_configuration(std::string_view row);

// Key, bucket, latest and row version are the row's, not its value's: the caller sets them.
std::string pack(const ObjectVersion& version);
ObjectVersion unpack_version(std::string_view row);
// What a listing tells, without taking the rest apart.
ListedObject unpack_listed(std::string_view row);

// A bucket's versioned key: the newest sequence ever given, and where its null version is (0: there is none).
struct Head {
  std::uint64_t newest = 0;
  std::uint64_t null_sequence = 0;
};
std::string pack(const Head& head);
Head unpack_head(std::string_view row);

struct StoredPart {  // m/ and p/ rows.
  std::uint32_t number = 0;
  std::uint64_t size = 0;
  std::string md5;  // Raw.
  Timestamp modified;
  std::optional<StoredChecksum> checksum;
  std::optional<blob::BlobRef> blob;  // None: a part without bytes.
};
std::string pack(const StoredPart& part);
StoredPart unpack_part(std::string_view row);

std::string pack(const Upload& upload);
// Bucket, key and id are the row's.
Upload unpack_upload(std::string_view row);

// What a g/ row wants removed.
struct Garbage {
  enum class Kind : std::uint8_t { blob = 1, parts = 2, upload_parts = 3 };
  Kind kind = Kind::blob;
  blob::BlobRef blob;
  std::uint64_t sequence = 0;  // Of `parts`: the version's.
  std::uint64_t nonce = 0;
  std::string upload;
};
std::string pack(const Garbage& garbage);
Garbage unpack_garbage(std::string_view row);

}  // namespace tarn::objects::rows
