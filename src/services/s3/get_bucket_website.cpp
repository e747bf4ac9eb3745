// GetBucketWebsite: not implemented as a configuration, so no bucket has one.
#include "api/s3/get_bucket_website.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketWebsiteOutput> get_bucket_website(S3& s3, GetBucketWebsiteRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketWebsite");
  throw Error(errors::no_such_website_configuration, "The specified bucket does not have a website configuration")
      .with("BucketName", request.bucket);
}

}  // namespace tarn::s3
