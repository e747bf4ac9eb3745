// DeleteBucketEncryption: back to the server's default.
#include "api/s3/delete_bucket_encryption.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<DeleteBucketEncryptionOutput> delete_bucket_encryption(S3& s3, DeleteBucketEncryptionRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  co_await s3.objects.remove_configuration(s3.access, bucket_name(request.bucket),
                                           objects::ConfigurationKind::encryption);
  DeleteBucketEncryptionOutput output;
  output.http_status = 204;
  co_return output;
}

}  // namespace tarn::s3
