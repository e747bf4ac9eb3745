// GetBucketLogging: never switched on, which is an empty answer.
#include "api/s3/get_bucket_logging.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketLoggingOutput> get_bucket_logging(S3& s3, GetBucketLoggingRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketLogging");
  GetBucketLoggingOutput output;
  co_return output;
}

}  // namespace tarn::s3
