// DeletePublicAccessBlock: public policies are possible from now on.
#include "api/s3/delete_public_access_block.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<DeletePublicAccessBlockOutput> delete_public_access_block(S3& s3, DeletePublicAccessBlockRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  co_await s3.objects.remove_configuration(s3.access, bucket_name(request.bucket),
                                           objects::ConfigurationKind::public_access_block);
  DeletePublicAccessBlockOutput output;
  output.http_status = 204;
  co_return output;
}

}  // namespace tarn::s3
