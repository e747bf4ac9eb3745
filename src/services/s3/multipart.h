// What the multipart operations do alike.
#pragma once

#include <optional>
#include <string>

#include "services/s3/common.h"
#include "tiers/lifecycle.h"

namespace tarn::s3 {

// Who began an upload: the user or role session itself.
template <typename InitiatorType>
InitiatorType initiator_of(const objects::Upload& upload) {
  // Of an account's root, as of an owner: its canonical id.
  const std::string& arn = upload.initiator_arn;
  if (arn.ends_with(":root") && arn.starts_with("arn:aws:iam::")) {
    return {.id = policy::canonical_user_id(AccountId::trusted(arn.substr(13, 12))), .display_name = {}};
  }
  return {.id = arn, .display_name = {}};
}

// x-amz-abort-date and x-amz-abort-rule-id, where a lifecycle rule will give the upload up.
template <typename Output>
void set_abort(const objects::Upload& upload, Output& output) {
  const auto lifecycle = tiers::lifecycle_of(*upload.bucket);
  if (!lifecycle) return;
  const auto abort = tiers::abort_of(*lifecycle, upload.key.text(), upload.initiated);
  if (!abort) return;
  output.abort_date = abort->date;
  output.abort_rule_id = abort->rule;
}

}  // namespace tarn::s3
