// GetObjectLegalHold: is the version held, whatever its retention?
#include "api/s3/get_object_legal_hold.h"

#include "services/s3/locks.h"

namespace tarn::s3 {

Task<GetObjectLegalHoldOutput> get_object_legal_hold(S3& s3, GetObjectLegalHoldRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto object = co_await lockable(s3, request.bucket, request.key, request.version_id, "s3:GetObjectLegalHold");
  if (!object.lock.legal_hold) {
    throw Error(errors::no_such_object_lock_configuration,
                "The specified object does not have a ObjectLock configuration");
  }
  GetObjectLegalHoldOutput output;
  output.legal_hold.emplace().status =
      *object.lock.legal_hold ? ObjectLockLegalHoldStatus::on : ObjectLockLegalHoldStatus::off;
  co_return output;
}

}  // namespace tarn::s3
