// GetBucketVersioning: says nothing of a bucket that never was versioned.
#include "api/s3/get_bucket_versioning.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketVersioningOutput> get_bucket_versioning(S3& s3, GetBucketVersioningRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketVersioning");
  GetBucketVersioningOutput output;
  if (bucket->versioning == objects::Versioning::enabled) output.status = BucketVersioningStatus::enabled;
  if (bucket->versioning == objects::Versioning::suspended) output.status = BucketVersioningStatus::suspended;
  co_return output;
}

}  // namespace tarn::s3
