// GetBucketPolicyStatus: does the policy open the bucket to everyone?
#include "api/s3/get_bucket_policy_status.h"

#include "policy/document.h"
#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketPolicyStatusOutput> get_bucket_policy_status(S3& s3, GetBucketPolicyStatusRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketPolicyStatus");
  const auto* found = bucket->configuration(objects::ConfigurationKind::policy);
  if (!found) {
    throw Error(errors::no_such_bucket_policy, "The bucket policy does not exist").with("BucketName", request.bucket);
  }
  const auto document = policy::Document::parse(found->document, policy::DocumentKind::resource);
  GetBucketPolicyStatusOutput output;
  output.policy_status = PolicyStatus{.is_public = document->is_public()};
  co_return output;
}

}  // namespace tarn::s3
