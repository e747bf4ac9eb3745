// PutBucketPolicy: who may do what with the bucket and its objects, beside what their own policies say.
#include "api/s3/put_bucket_policy.h"

#include "policy/document.h"
#include "services/s3/common.h"

namespace tarn::s3 {
namespace {

constexpr std::size_t most_policy_bytes = 20 << 10;

}  // namespace

Task<PutBucketPolicyOutput> put_bucket_policy(S3& s3, PutBucketPolicyRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutBucketPolicy");
  if (policy::counted_size(request.policy) > most_policy_bytes) {
    throw Error(errors::malformed_policy, "Policy exceeds the maximum allowed size of 20480 bytes");
  }
  const auto document = policy::Document::parse(request.policy, policy::DocumentKind::resource);
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
