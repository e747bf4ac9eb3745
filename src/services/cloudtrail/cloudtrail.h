// cloudtrail: trails, and the history of what was called.
#pragma once

#include <string>

#include "audit/audit.h"
#include "base/os/clock.h"
#include "policy/access.h"
#include "policy/evaluator.h"

namespace tarn::cloudtrail {

// What a handler of CloudTrail may touch.
struct CloudTrail {
  const policy::Access& access;
  audit::Audit& audit;
  const Clock& wall;
  const std::string& region;

  AccountId account() const { return policy::account_of(access); }
  // Asks for the right to `action` on the trail that a name or an ARN means.
  Task<void> require(std::string action, std::string name_or_arn);
  // The trail, once the right is there. Throws TrailNotFoundException.
  Task<audit::Trail> find(std::string action, std::string name_or_arn);
  // Throws TrailNotFoundException if it went meanwhile.
  Task<void> replace(audit::Trail trail, bool check_bucket);
};

}  // namespace tarn::cloudtrail
