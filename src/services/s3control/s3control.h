// s3control: what holds for all buckets of an account.
#pragma once

#include <string>

#include "objects/objects.h"
#include "policy/access.h"

namespace tarn::s3control {

// What a handler of S3 Control may touch.
struct S3control {
  const policy::Access& access;
  objects::Objects& objects;
};

// The caller's account, which x-amz-account-id must name. Throws AccessDenied for any other.
AccountId own_account(const S3control& s3control, const std::string& named);

}  // namespace tarn::s3control
