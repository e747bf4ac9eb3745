// PutObjectRetention: keeps a version until a date. What is in force is only lengthened; an empty one takes it away.
#include "api/s3/put_object_retention.h"

#include "services/s3/locks.h"
#include "services/s3/reading.h"

namespace tarn::s3 {

Task<PutObjectRetentionOutput> put_object_retention(S3& s3, PutObjectRetentionRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  std::optional<objects::Retention> retention;
  if (!request.retention || request.retention->mode.has_value() != request.retention->retain_until_date.has_value()) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  if (request.retention->event_hold || request.retention->event_hold_duration) refuse_event_hold();
  if (request.retention->mode) {
    retention = objects::Retention{.mode = lock_mode_of(*request.retention->mode),
                                   .until = *request.retention->retain_until_date};
  }
  const auto kept = co_await s3.objects.set_retention(s3.access, bucket_name(request.bucket), object_key(request.key),
                                                      version_id(request.version_id), retention,
                                                      request.bypass_governance_retention.value_or(false));
  if (!kept) refuse_missing(request.key, request.version_id);
  co_return PutObjectRetentionOutput{};
}

}  // namespace tarn::s3
