// HeadBucket: is it there, and may the caller list it? Who may not learns its region all the same: SDKs ask unsigned,
// or signed for another region, to learn where to go.
#include "api/s3/head_bucket.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<HeadBucketOutput> head_bucket(S3& s3, HeadBucketRequest request) {
  const objects::BucketPointer found = co_await s3.objects.peek_bucket(bucket_name(request.bucket));
  try {
    co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:ListBucket");
  } catch (const Error& refused) {
    if (!found || refused.code() != errors::access_denied) throw;
    throw Error(refused).with_header("x-amz-bucket-region", found->region);
  }
  HeadBucketOutput output;
  output.bucket_region = found->region;
  output.bucket_arn = found->arn();
  output.access_point_alias = false;
  co_return output;
}

}  // namespace tarn::s3
