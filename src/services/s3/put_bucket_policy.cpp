// PutBucketPolicy: who may do what with the bucket and its objects, beside what their own policies say.
#include "api/s3/put_bucket_policy.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "policy/document.h"
#include "services/s3/common.h"

namespace tarn::s3 {
namespace {

constexpr std::size_t most_policy_bytes = 20 << 10;

// * and ? in a pattern. Only the last * is tried again, so that no pattern takes long.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, star = pattern.npos, taken = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken = i;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[i])) {
      ++at, ++i;
    } else if (star != pattern.npos) {
      at = star + 1;
      i = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == pattern.npos;
}

// "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/prefix/*", "*"
bool may_be_of_bucket(std::string_view resource, std::string_view bucket) {
  if (resource == "*") return true;
  constexpr std::string_view front = "arn:aws:s3:::";
  if (!resource.starts_with(front)) return false;
  resource.remove_prefix(front.size());
  return matches(resource.substr(0, resource.find('/')), bucket);
}

bool may_be_of_s3(std::string_view action) {
  const std::size_t colon = action.find(':');
  return action == "*" || equal_ignoring_case(action.substr(0, colon), "s3");
}

std::vector<std::string> strings(const nlohmann::json& statement, const char* member) {
  const auto found = statement.find(member);
  if (found == statement.end()) return {};
  if (found->is_string()) return {found->get<std::string>()};
  return found->get<std::vector<std::string>>();
}

// What parses, but cannot be meant of this bucket.
void refuse_misfits(const std::string& policy, std::string_view bucket) {
  const auto document = nlohmann::json::parse(policy);
  const auto& statements = document.at("Statement");
  for (const auto& statement : statements.is_array() ? statements : nlohmann::json::array({statements})) {
    for (const std::string& resource : strings(statement, "Resource")) {
      if (!may_be_of_bucket(resource, bucket)) throw Error(errors::malformed_policy, "Policy has invalid resource");
    }
    for (const std::string& action : strings(statement, "Action")) {
      if (!may_be_of_s3(action)) throw Error(errors::malformed_policy, "Policy has invalid action");
    }
  }
}

}  // namespace

Task<PutBucketPolicyOutput> put_bucket_policy(S3& s3, PutBucketPolicyRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutBucketPolicy");
  if (policy::counted_size(request.policy) > most_policy_bytes) {
    throw Error(errors::malformed_policy, "Policy exceeds the maximum allowed size of 20480 bytes");
  }
  const auto document = policy::Document::parse(request.policy, policy::DocumentKind::resource);
  refuse_misfits(request.policy, bucket->name.text());
  if (document->is_public() && (co_await s3.objects.effective_public_access_block(bucket)).block_public_policy) {
    throw Error(errors::access_denied,
                "User: " + s3.access.principal().arn +
                    " is not authorized to perform: s3:PutBucketPolicy on resource: \"" + bucket->arn() +
                    "\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public "
                    "Access.");
  }
  co_await s3.objects.put_configuration(s3.access, bucket->name, objects::ConfigurationKind::policy,
                                        std::move(request.policy));
  PutBucketPolicyOutput output;
  output.http_status = 204;
  co_return output;
}

}  // namespace tarn::s3
