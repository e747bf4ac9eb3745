// PutBucketTagging: these tags instead of those it had, 50 at most.
#include "api/s3/put_bucket_tagging.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<PutBucketTaggingOutput> put_bucket_tagging(S3& s3, PutBucketTaggingRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  co_await s3.objects.put_configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::tagging,
                                        objects::pack_tags(tags_of(request.tagging.tag_set, 50)));
  PutBucketTaggingOutput output;
  output.http_status = 204;
  co_return output;
}

}  // namespace tarn::s3
