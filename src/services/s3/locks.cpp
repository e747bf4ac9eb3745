#include "services/s3/locks.h"

#include "services/s3/reading.h"

namespace tarn::s3 {

void refuse_event_hold() {
  throw Error(errors::not_implemented, "Retention that begins with an event is not implemented");
}

void refuse_half_retention() {
  throw Error(errors::invalid_argument,
              "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
      .with("ArgumentName", "x-amz-object-lock-mode");
}

void refuse_no_lock_configuration(const std::string& bucket) {
  throw Error(errors::object_lock_configuration_not_found_error,
              "Object Lock configuration does not exist for this bucket")
      .with("BucketName", bucket);
}

Task<LockView> lock_view(S3& s3, const objects::ObjectVersion& version) {
  LockView view;
  if (version.lock.retention) view.retention = co_await s3.access.allows("s3:GetObjectRetention", version.arn());
  if (version.lock.legal_hold) view.legal_hold = co_await s3.access.allows("s3:GetObjectLegalHold", version.arn());
  co_return view;
}

Task<objects::ObjectVersion> lockable(S3& s3, const std::string& bucket, const std::string& key,
                                      const std::optional<std::string>& version, std::string action) {
  auto object =
      co_await s3.objects.find(s3.access, bucket_name(bucket), object_key(key), version_id(version), std::move(action));
  if (!object) refuse_missing(key, version);
  if (!object->bucket->object_lock) {
    throw Error(errors::invalid_request, "Bucket is missing Object Lock Configuration");
  }
  if (object->delete_marker) {
    throw Error(errors::method_not_allowed, "The specified method is not allowed against this resource.")
        .with("Method", "GET")
        .with("ResourceType", "DeleteMarker");
  }
  co_return std::move(*object);
}

}  // namespace tarn::s3
