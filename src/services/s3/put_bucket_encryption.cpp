// PutBucketEncryption: refused while bytes are kept plain: a promise that nobody would keep.
#include "api/s3/put_bucket_encryption.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<PutBucketEncryptionOutput> put_bucket_encryption(S3& s3, PutBucketEncryptionRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutEncryptionConfiguration");
  throw Error(errors::not_implemented, "Encryption at rest is not implemented: objects are kept as they are");
}

}  // namespace tarn::s3
