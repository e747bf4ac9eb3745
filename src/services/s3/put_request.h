// What PutObject and PostObject ask for alike, as the domain's request; but for the ACL, which has to be looked up.
#pragma once

#include "services/s3/checksums.h"
#include "services/s3/description.h"
#include "services/s3/encryption.h"
#include "services/s3/grants.h"
#include "services/s3/locks.h"
#include "services/s3/preconditions.h"

namespace tarn::s3 {

template <typename Request>
objects::PutRequest put_request_of(const S3& s3, const Request& request) {
  if (request.write_offset_bytes) refuse_header("x-amz-write-offset-bytes");
  objects::PutRequest put{.bucket = bucket_name(request.bucket), .key = object_key(request.key)};
  put.description = description_of(request);
  if (request.tagging) put.tags = parse_tagging(*request.tagging);
  put.storage_class = storage_class_of(request.storage_class);
  put.customer_key = encryption_of_new(s3, request);
  put.lock = lock_of(request);
  put.checks = body_checks(s3, request);
  if (put.lock.any() && !put.checks.md5 && !put.checks.expected) {
    throw Error(errors::invalid_request,
                "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock "
                "parameters");
  }
  put.conditions = write_conditions(request);
  return put;
}

}  // namespace tarn::s3
