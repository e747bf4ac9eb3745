// s3control: what holds for all buckets of an account, and the tags of buckets by their ARNs, as Terraform reads and
// changes them.
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
// The bucket that an ARN names. Throws NotImplemented for other resources, InvalidRequest for what names none.
BucketName tagged_bucket(const std::string& arn);

}  // namespace tarn::s3control
