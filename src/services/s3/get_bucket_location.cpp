// GetBucketLocation: an empty constraint means us-east-1.
#include "api/s3/get_bucket_location.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketLocationOutput> get_bucket_location(S3& s3, GetBucketLocationRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketLocation");
  GetBucketLocationOutput output;
  output.location_constraint = bucket->region == "us-east-1" ? "" : bucket->region;
  co_return output;
}

}  // namespace tarn::s3
