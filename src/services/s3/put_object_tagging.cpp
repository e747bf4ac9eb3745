// PutObjectTagging: these tags instead of those it had.
#include "api/s3/put_object_tagging.h"

#include "services/s3/reading.h"

namespace tarn::s3 {

Task<PutObjectTaggingOutput> put_object_tagging(S3& s3, PutObjectTaggingRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto tagged =
      co_await s3.objects.set_tags(s3.access, bucket_name(request.bucket), object_key(request.key),
                                   version_id(request.version_id), tags_of(request.tagging.tag_set, 10));
  if (!tagged) refuse_missing(request.key, request.version_id);
  PutObjectTaggingOutput output;
  output.version_id = version_header(*tagged);
  co_return output;
}

}  // namespace tarn::s3
