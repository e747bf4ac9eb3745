// PutObjectLegalHold: holds a version until somebody lets it go.
#include "api/s3/put_object_legal_hold.h"

#include "services/s3/reading.h"

namespace tarn::s3 {

Task<PutObjectLegalHoldOutput> put_object_legal_hold(S3& s3, PutObjectLegalHoldRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  if (!request.legal_hold || !request.legal_hold->status) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  const auto held = co_await s3.objects.set_legal_hold(s3.access, bucket_name(request.bucket), object_key(request.key),
                                                       version_id(request.version_id),
                                                       *request.legal_hold->status == ObjectLockLegalHoldStatus::on);
  if (!held) refuse_missing(request.key, request.version_id);
  co_return PutObjectLegalHoldOutput{};
}

}  // namespace tarn::s3
