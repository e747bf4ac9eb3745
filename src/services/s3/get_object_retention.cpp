// GetObjectRetention: no bucket has Object Lock, which is not implemented.
#include "api/s3/get_object_retention.h"

#include "services/s3/reading.h"

namespace tarn::s3 {

Task<GetObjectRetentionOutput> get_object_retention(S3& s3, GetObjectRetentionRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto object = co_await s3.objects.find(s3.access, bucket_name(request.bucket), object_key(request.key),
                                               version_id(request.version_id), "s3:GetObjectRetention");
  if (!object) refuse_missing(request.key, request.version_id);
  throw Error(errors::invalid_request, "Bucket is missing Object Lock Configuration");
}

}  // namespace tarn::s3
