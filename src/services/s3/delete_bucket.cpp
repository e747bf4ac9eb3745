// DeleteBucket: only an empty one.
#include "api/s3/delete_bucket.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<DeleteBucketOutput> delete_bucket(S3& s3, DeleteBucketRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  co_await s3.objects.delete_bucket(s3.access, bucket_name(request.bucket));
  co_return DeleteBucketOutput{};
}

}  // namespace tarn::s3
