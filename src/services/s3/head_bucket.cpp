// HeadBucket: is it there, and may the caller list it?
#include "api/s3/head_bucket.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<HeadBucketOutput> head_bucket(S3& s3, HeadBucketRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:ListBucket");
  HeadBucketOutput output;
  output.bucket_region = bucket->region;
  output.bucket_arn = bucket->arn();
  output.access_point_alias = false;
  co_return output;
}

}  // namespace tarn::s3
