// CreateMultipartUpload: an object that will come in parts.
#include "api/s3/create_multipart_upload.h"

#include "services/s3/checksums.h"
#include "services/s3/description.h"
#include "services/s3/encryption.h"
#include "services/s3/grants.h"
#include "services/s3/locks.h"
#include "services/s3/multipart.h"

namespace tarn::s3 {

Task<CreateMultipartUploadOutput> create_multipart_upload(S3& s3, CreateMultipartUploadRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  objects::CreateUploadRequest wanted{.bucket = bucket_name(request.bucket), .key = object_key(request.key)};
  wanted.description = description_of(request);
  if (request.tagging) wanted.tags = parse_tagging(*request.tagging);
  wanted.storage_class = storage_class_of(request.storage_class);
  wanted.customer_key = encryption_of_new(s3, request);
  if (asks_for_acl(request)) wanted.acl = co_await object_wish(s3, request);
  wanted.lock = lock_of(request);
  if (request.checksum_algorithm) wanted.algorithm = checksum_algorithm_of(*request.checksum_algorithm);
  if (request.checksum_type) {
    if (!request.checksum_algorithm) {
      throw Error(errors::invalid_request,
                  "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
    }
    wanted.checksum_type = *request.checksum_type == ChecksumType::composite ? objects::ChecksumType::composite
                                                                             : objects::ChecksumType::full_object;
  }
  const objects::Upload upload = co_await s3.objects.create_upload(s3.access, std::move(wanted));
  CreateMultipartUploadOutput output;
  output.bucket = request.bucket;
  output.key = request.key;
  output.upload_id = upload.id;
  output.checksum_algorithm = request.checksum_algorithm;
  if (request.checksum_algorithm) {
    output.checksum_type =
        upload.checksum_type == objects::ChecksumType::composite ? ChecksumType::composite : ChecksumType::full_object;
  }
  tell_seal(upload.seal, output);
  set_abort(upload, output);
  co_return output;
}

}  // namespace tarn::s3
