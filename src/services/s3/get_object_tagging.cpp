// GetObjectTagging
#include "api/s3/get_object_tagging.h"

#include "services/s3/reading.h"

namespace tarn::s3 {

Task<GetObjectTaggingOutput> get_object_tagging(S3& s3, GetObjectTaggingRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto object = co_await s3.objects.find(s3.access, bucket_name(request.bucket), object_key(request.key),
                                               version_id(request.version_id), "s3:GetObjectTagging");
  if (!object) refuse_missing(request.key, request.version_id);
  if (object->delete_marker) {
    throw Error(errors::method_not_allowed, "The specified method is not allowed against this resource.")
        .with("Method", "GET")
        .with("ResourceType", "DeleteMarker");
  }
  GetObjectTaggingOutput output;
  output.tag_set = tag_set_of(object->tags);
  output.version_id = version_header(*object);
  co_return output;
}

}  // namespace tarn::s3
