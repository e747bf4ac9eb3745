#include "objects/policies.h"

#include "objects/public_access.h"
#include "policy/document.h"

namespace tarn::objects {

std::string pack(const PublicAccessBlock& block) {
  std::string document;
  for (const bool on :
       {block.block_public_acls, block.ignore_public_acls, block.block_public_policy, block.restrict_public_buckets}) {
    document += on ? '1' : '0';
  }
  return document;
}

PublicAccessBlock unpack_public_access_block(std::string_view document) {
  if (document.size() != 4) throw std::runtime_error("a public access block's row is broken");
  return {document[0] == '1', document[1] == '1', document[2] == '1', document[3] == '1'};
}

std::optional<BucketName> bucket_of_arn(std::string_view arn) {
  constexpr std::string_view prefix = "arn:aws:s3:::";
  if (!arn.starts_with(prefix)) return std::nullopt;
  arn.remove_prefix(prefix.size());
  return BucketName::parse(arn.substr(0, arn.find('/')));
}

std::shared_ptr<const policy::Document> BucketPolicies::parsed(const Bucket& bucket,
                                                               const Configuration& configuration) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = parsed_.find(bucket.id);
    if (known != parsed_.end() && known->second.first == configuration.revision) return known->second.second;
  }
  auto document = policy::Document::parse(configuration.document, policy::DocumentKind::resource);
  const std::lock_guard lock(mutex_);
  if (parsed_.size() >= max_parsed) parsed_.clear();
  parsed_[bucket.id] = {configuration.revision, document};
  return document;
}

Task<policy::ResourcePolicies::Found> BucketPolicies::find(std::string resource) {
  Found found;
  const auto name = bucket_of_arn(resource);
  if (!name) co_return found;
  const BucketPointer bucket = co_await objects_.peek_bucket(*name);
  if (!bucket) co_return found;
  found.owner = bucket->owner;
  if (const Configuration* configuration = bucket->configuration(ConfigurationKind::policy)) {
    found.policy = parsed(*bucket, *configuration);
  }
  if (const Configuration* configuration = bucket->configuration(ConfigurationKind::public_access_block)) {
    found.public_access_blocked = unpack_public_access_block(configuration->document).restrict_public_buckets;
  }
  co_return found;
}

}  // namespace tarn::objects
