// DeleteObjectTagging
#include "api/s3/delete_object_tagging.h"

#include "services/s3/reading.h"

namespace tarn::s3 {

Task<DeleteObjectTaggingOutput> delete_object_tagging(S3& s3, DeleteObjectTaggingRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto untagged = co_await s3.objects.set_tags(s3.access, bucket_name(request.bucket), object_key(request.key),
                                                     version_id(request.version_id), {});
  if (!untagged) refuse_missing(request.key, request.version_id);
  DeleteObjectTaggingOutput output;
  output.http_status = 204;
  output.version_id = version_header(*untagged);
  co_return output;
}

}  // namespace tarn::s3
