// DeleteBucketPolicy: from now on only identity policies count.
#include "api/s3/delete_bucket_policy.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<DeleteBucketPolicyOutput> delete_bucket_policy(S3& s3, DeleteBucketPolicyRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  co_await s3.objects.remove_configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::policy);
  DeleteBucketPolicyOutput output;
  output.http_status = 204;
  co_return output;
}

}  // namespace tarn::s3
