// PutBucketWebsite: the bucket's pages, on the hosts that website_endpoint.h answers.
#include "api/s3/put_bucket_website.h"

#include "services/s3/website_words.h"

namespace tarn::s3 {

Task<PutBucketWebsiteOutput> put_bucket_website(S3& s3, PutBucketWebsiteRequest request) {
  const auto bucket = co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutBucketWebsite");
  const objects::Website website = website_in(request.website_configuration);
  co_await s3.objects.put_configuration(s3.access, bucket->name, objects::ConfigurationKind::website,
                                        objects::pack(website));
  co_return PutBucketWebsiteOutput{};
}

}  // namespace tarn::s3
