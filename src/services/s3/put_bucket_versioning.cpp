// PutBucketVersioning: on, or suspended; never off again.
#include "api/s3/put_bucket_versioning.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<PutBucketVersioningOutput> put_bucket_versioning(S3& s3, PutBucketVersioningRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  if (request.versioning_configuration.mfa_delete == MFADelete::enabled) refuse_header("x-amz-mfa");
  const auto& status = request.versioning_configuration.status;
  if (!status) {
    throw Error(errors::illegal_versioning_configuration_exception, "The Versioning element must be specified");
  }
  co_await s3.objects.set_versioning(
      s3.access, bucket_name(request.bucket),
      *status == BucketVersioningStatus::enabled ? objects::Versioning::enabled : objects::Versioning::suspended);
  co_return PutBucketVersioningOutput{};
}

}  // namespace tarn::s3
