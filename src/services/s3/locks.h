// Object Lock between S3's words and the domain's.
#pragma once

#include <optional>
#include <string>

#include "services/s3/common.h"

namespace tarn::s3 {

template <typename ModeType>
objects::Retention::Mode lock_mode_of(ModeType mode) {
  return mode == ModeType::compliance ? objects::Retention::Mode::compliance : objects::Retention::Mode::governance;
}
template <typename ModeType>
ModeType lock_mode_as(objects::Retention::Mode mode) {
  return mode == objects::Retention::Mode::compliance ? ModeType::compliance : ModeType::governance;
}

// A retention that begins with an event, which is not implemented.
[[noreturn]] void refuse_event_hold();
[[noreturn]] void refuse_half_retention();
[[noreturn]] void refuse_no_lock_configuration(const std::string& bucket);

// x-amz-object-lock-… of a request that makes an object. Throws InvalidArgument for half of a retention.
template <typename Request>
objects::Lock lock_of(const Request& request) {
  if (request.object_lock_event_hold || request.object_lock_event_hold_duration_days ||
      request.object_lock_event_hold_duration_years) {
    refuse_event_hold();
  }
  objects::Lock lock;
  if (request.object_lock_mode.has_value() != request.object_lock_retain_until_date.has_value()) {
    refuse_half_retention();
  }
  if (request.object_lock_mode) {
    lock.retention = objects::Retention{.mode = lock_mode_of(*request.object_lock_mode),
                                        .until = *request.object_lock_retain_until_date};
  }
  if (request.object_lock_legal_hold_status) {
    lock.legal_hold = *request.object_lock_legal_hold_status == ObjectLockLegalHoldStatus::on;
  }
  return lock;
}

// Which of the two may the caller be told of?
struct LockView {
  bool retention = false;
  bool legal_hold = false;
};
Task<LockView> lock_view(S3& s3, const objects::ObjectVersion& version);

// The headers of GetObject and HeadObject, for those who may know.
template <typename Output>
void tell_lock(const objects::ObjectVersion& version, LockView view, Output& output) {
  if (version.lock.retention && view.retention) {
    output.object_lock_mode = lock_mode_as<ObjectLockMode>(version.lock.retention->mode);
    output.object_lock_retain_until_date = version.lock.retention->until;
  }
  if (version.lock.legal_hold && view.legal_hold) {
    output.object_lock_legal_hold_status =
        *version.lock.legal_hold ? ObjectLockLegalHoldStatus::on : ObjectLockLegalHoldStatus::off;
  }
}

// The version that a lock is asked of: NoSuchKey, NoSuchVersion, MethodNotAllowed, InvalidRequest where the bucket has
// no Object Lock.
Task<objects::ObjectVersion> lockable(S3& s3, const std::string& bucket, const std::string& key,
                                      const std::optional<std::string>& version, std::string action);

}  // namespace tarn::s3
