#include "objects/policies.h"

#include <nlohmann/json.hpp>

#include "objects/acl.h"
#include "objects/public_access.h"
#include "policy/document.h"

namespace tarn::objects {

std::optional<BucketName> bucket_of_arn(std::string_view arn) {
  constexpr std::string_view prefix = "arn:aws:s3:::";
  if (!arn.starts_with(prefix)) return std::nullopt;
  arn.remove_prefix(prefix.size());
  return BucketName::parse(arn.substr(0, arn.find('/')));
}

namespace {

// Where requesters pay, those of other accounts must say that they know, and nobody comes unnamed.
std::vector<std::string> requester_pays_statements(const Bucket& bucket) {
  const std::string deny = R"({"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":[")" + bucket.arn() +
                           R"(",")" + bucket.arn() + R"(/*"],"Condition":)";
  return {deny + R"({"StringEquals":{"aws:PrincipalType":"Anonymous"}}})",
          deny + R"({"Bool":{"aws:PrincipalIsAWSService":"false"},"StringNotEquals":{"aws:PrincipalAccount":")" +
              bucket.owner.text() + R"(","tarn:RequestPayer":"requester"}}})"};
}

// The bucket's policy, and what its access control list says as further statements of it.
std::string combined_text(const Bucket& bucket, bool ignore_public_acls) {
  const Configuration* own = bucket.configuration(ConfigurationKind::policy);
  policy::Acl acl;
  if (ownership_of(bucket) != Ownership::bucket_owner_enforced) acl = acl_of(bucket).acl;
  if (ignore_public_acls) acl = acl.without_public();
  // What the owner may follows from owning.
  std::erase(acl.entries, private_acl(bucket.owner).entries.front());
  const bool requester_pays = bucket.configuration(ConfigurationKind::request_payment);
  if (acl.entries.empty() && !requester_pays) return own ? own->document : std::string();
  nlohmann::json document{{"Version", "2012-10-17"}, {"Statement", nlohmann::json::array()}};
  if (own) {
    document = nlohmann::json::parse(own->document);
    if (!document["Statement"].is_array()) document["Statement"] = nlohmann::json::array({document["Statement"]});
  }
  for (const std::string& statement : policy::bucket_statements(acl, bucket.arn())) {
    document["Statement"].push_back(nlohmann::json::parse(statement));
  }
  if (requester_pays) {
    for (const std::string& statement : requester_pays_statements(bucket)) {
      document["Statement"].push_back(nlohmann::json::parse(statement));
    }
  }
  return document.dump();
}

}  // namespace

BucketPolicies::Parsed BucketPolicies::parsed(const Bucket& bucket, const PublicAccessBlock& block) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = parsed_.find(bucket.id);
    if (known != parsed_.end() && known->second.state_version == bucket.state_version &&
        known->second.ignore_public_acls == block.ignore_public_acls) {
      return known->second;
    }
  }
  Parsed made{.state_version = bucket.state_version, .ignore_public_acls = block.ignore_public_acls};
  const std::string text = combined_text(bucket, block.ignore_public_acls);
  if (!text.empty()) made.document = policy::Document::parse(text, policy::DocumentKind::resource);
  if (const Configuration* own = bucket.configuration(ConfigurationKind::policy)) {
    made.policy_is_public = policy::Document::parse(own->document, policy::DocumentKind::resource)->is_public();
  }
  const std::lock_guard lock(mutex_);
  if (parsed_.size() >= max_parsed) parsed_.clear();
  parsed_[bucket.id] = made;
  return made;
}

Task<policy::ResourcePolicies::Found> BucketPolicies::find(std::string resource) {
  Found found;
  const auto name = bucket_of_arn(resource);
  if (!name) co_return found;
  const BucketPointer bucket = co_await objects_.peek_bucket(*name);
  if (!bucket) co_return found;
  found.owner = bucket->owner;
  if (!bucket->configuration(ConfigurationKind::policy) && !bucket->configuration(ConfigurationKind::acl) &&
      !bucket->configuration(ConfigurationKind::request_payment)) {
    co_return found;
  }
  const PublicAccessBlock block = co_await objects_.effective_public_access_block(bucket);
  const Parsed policies = parsed(*bucket, block);
  found.policy = policies.document;
  found.public_access_blocked = block.restrict_public_buckets && policies.policy_is_public;
  co_return found;
}

}  // namespace tarn::objects
