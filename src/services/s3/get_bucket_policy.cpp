// GetBucketPolicy: the document as it was put.
#include "api/s3/get_bucket_policy.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketPolicyOutput> get_bucket_policy(S3& s3, GetBucketPolicyRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto found =
      co_await s3.objects.configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::policy);
  if (!found) {
    throw Error(errors::no_such_bucket_policy, "The bucket policy does not exist").with("BucketName", request.bucket);
  }
  GetBucketPolicyOutput output;
  output.policy = found->document;
  co_return output;
}

}  // namespace tarn::s3
