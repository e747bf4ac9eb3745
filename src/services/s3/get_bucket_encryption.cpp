// GetBucketEncryption: not implemented as a configuration, so no bucket has one.
#include "api/s3/get_bucket_encryption.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketEncryptionOutput> get_bucket_encryption(S3& s3, GetBucketEncryptionRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetEncryptionConfiguration");
  throw Error(errors::server_side_encryption_configuration_not_found_error,
              "The server side encryption configuration was not found")
      .with("BucketName", request.bucket);
}

}  // namespace tarn::s3
