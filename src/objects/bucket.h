// What a bucket is, as the lake keeps it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.h"
#include "base/time.h"
#include "policy/acl.h"

namespace tarn::objects {

enum class Versioning : std::uint8_t { never = 0, enabled = 1, suspended = 2 };

// The configurations that a bucket can have beside its state. Objects keeps each as one document of bytes, whose format
// is its owner's: the policy is JSON as it was sent; the rest is written by the folder that acts on it.
enum class ConfigurationKind : std::uint8_t {
  policy = 1,
  public_access_block = 2,
  ownership = 3,
  tagging = 4,
  lifecycle = 5,
  notification = 6,
  encryption = 7,
  cors = 8,
  object_lock = 9,
  inventory = 10,
  logging = 11,
  website = 12,
  replication = 13,
  request_payment = 14,
  accelerate = 15,
  acl = 16,
  metrics = 17,
};

struct Configuration {
  std::string document;
  // Grows with every change, and never repeats for one bucket: a key for caches of the parsed form.
  std::uint64_t revision = 0;
};

// A bucket at one moment. Shared and never changed: a later configuration is another Bucket.
struct Bucket {
  BucketName name = BucketName::trusted({});
  std::string id;  // Never used again, also not by a later bucket of the same name.
  AccountId owner = AccountId::trusted({});
  std::string region;
  Timestamp created;
  Versioning versioning = Versioning::never;
  bool object_lock = false;
  std::map<ConfigurationKind, Configuration> configurations;
  std::uint64_t state_version = 0;  // Of the b/state row, which every write checks.

  const Configuration* configuration(ConfigurationKind kind) const {
    const auto found = configurations.find(kind);
    return found == configurations.end() ? nullptr : &found->second;
  }
  std::string arn() const { return "arn:aws:s3:::" + name.text(); }
  std::string arn_of(std::string_view key) const { return arn() + "/" + std::string(key); }
};

using BucketPointer = std::shared_ptr<const Bucket>;

struct CreateBucketRequest {
  BucketName name;
  std::string region;        // Empty: the server's.
  bool object_lock = false;  // Turns versioning on, for good.
  std::optional<policy::Acl> acl = {};
  // Configurations that exist from the first moment (ownership, public access block).
  std::map<ConfigurationKind, std::string> configurations;
};

struct BucketListRequest {
  std::string prefix;
  std::string after;  // Names after this one.
  std::size_t max = 10'000;
};
struct BucketList {
  std::vector<BucketPointer> buckets;
  std::optional<std::string> next_after;
};

}  // namespace tarn::objects
