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

// Parsed policies are kept by bucket and revision, so that a request costs a look-up and a changed policy is felt by
// the next one.
class BucketPolicies : public policy::ResourcePolicies {
 public:
  explicit BucketPolicies(Objects& objects) : objects_(objects) {}
  Task<Found> find(std::string resource) override;

 private:
  static constexpr std::size_t max_parsed = 10'000;
  std::shared_ptr<const policy::Document> parsed(const Bucket& bucket, const Configuration& configuration);

  Objects& objects_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::pair<std::uint64_t, std::shared_ptr<const policy::Document>>> parsed_;
};

// The bucket's name of "arn:aws:s3:::bucket/key" or "arn:aws:s3:::bucket"; none for other ARNs.
std::optional<BucketName> bucket_of_arn(std::string_view arn);

}  // namespace tarn::objects
