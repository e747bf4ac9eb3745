// PutBucketPolicy: who may do what with the bucket and its objects, beside what their own policies say.
#include "api/s3/put_bucket_policy.h"

#include "base/names.h"
#include "policy/document.h"
#include "services/s3/common.h"
#include "services/s3/policy_lint.h"

namespace tarn::s3 {
namespace {

constexpr std::size_t most_policy_bytes = 20 << 10;

// The account that a principal is, or is of; none of a unique id.
std::optional<AccountId> account_of(std::string_view principal) {
  if (const auto account = AccountId::parse(principal)) return account;
  const policy::ArnFields fields = policy::arn_fields(principal);
  return fields.count == 6 ? AccountId::parse(fields.field[4]) : std::nullopt;
}

// An account that this lake does not have is one that does not exist, as to AWS one that AWS does not have. Kept in
// silence, the grant would be of whoever gets that number later.
Task<void> require_known_accounts(S3& s3, std::shared_ptr<const policy::Document> document) {
  const std::vector<std::string> principals = document->aws_principals();
  for (const std::string& principal : principals) {
    const auto account = account_of(principal);
    if (account && !co_await s3.accounts.exists(policy::canonical_user_id(*account))) {
      throw Error(errors::malformed_policy, "Invalid principal in policy").with("Detail", principal);
    }
  }
}

}  // namespace

Task<PutBucketPolicyOutput> put_bucket_policy(S3& s3, PutBucketPolicyRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutBucketPolicy");
  if (policy::counted_size(request.policy) > most_policy_bytes) {
    throw Error(errors::malformed_policy, "Normalized policy document exceeds the maximum allowed size of 20480 bytes");
  }
  const auto document = policy::Document::parse(request.policy, policy::DocumentKind::resource);
  lint_bucket_policy(request.policy, bucket->name.text());
  co_await require_known_accounts(s3, document);
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
