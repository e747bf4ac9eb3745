// GetBucketCors: not implemented as a configuration, so no bucket has one.
#include "api/s3/get_bucket_cors.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketCorsOutput> get_bucket_cors(S3& s3, GetBucketCorsRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketCORS");
  throw Error(errors::no_such_cors_configuration, "The CORS configuration does not exist")
      .with("BucketName", request.bucket);
}

}  // namespace tarn::s3
