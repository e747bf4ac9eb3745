// The policies of buckets, for the evaluator: what policy::ResourcePolicies asks of s3.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "objects/objects.h"
#include "policy/access.h"

namespace tarn::objects {

// Parsed policies are kept by bucket and state, so that a request costs a look-up and a changed policy is felt by
// the next one.
class BucketPolicies : public policy::ResourcePolicies {
 public:
  explicit BucketPolicies(Objects& objects) : objects_(objects) {}
  Task<Found> find(std::string resource) override;

 private:
  static constexpr std::size_t max_parsed = 10'000;
  struct Parsed {
    std::uint64_t state_version = 0;
    bool ignore_public_acls = false;
    std::shared_ptr<const policy::Document> document;  // Null: neither a policy nor a list that grants.
    bool policy_is_public = false;                     // Of the policy alone.
  };
  Parsed parsed(const Bucket& bucket, const PublicAccessBlock& block);

  Objects& objects_;
  std::mutex mutex_;
  std::unordered_map<std::string, Parsed> parsed_;
};

// The bucket's name of "arn:aws:s3:::bucket/key" or "arn:aws:s3:::bucket"; none for other ARNs.
std::optional<BucketName> bucket_of_arn(std::string_view arn);

}  // namespace tarn::objects
