// DeleteBucketWebsite: removing what is not there is success.
#include "api/s3/delete_bucket_website.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<DeleteBucketWebsiteOutput> delete_bucket_website(S3& s3, DeleteBucketWebsiteRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  co_await s3.objects.remove_configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::website);
  co_return DeleteBucketWebsiteOutput{};
}

}  // namespace tarn::s3
