// GetBucketTagging
#include "api/s3/get_bucket_tagging.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketTaggingOutput> get_bucket_tagging(S3& s3, GetBucketTaggingRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto found =
      co_await s3.objects.configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::tagging);
  if (!found) {
    throw Error(errors::no_such_tag_set, "The TagSet does not exist").with("BucketName", request.bucket);
  }
  GetBucketTaggingOutput output;
  output.tag_set = tag_set_of(objects::unpack_tags(found->document));
  co_return output;
}

}  // namespace tarn::s3
