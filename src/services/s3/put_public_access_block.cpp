// PutPublicAccessBlock: what of public access is switched off, whatever policies say.
#include "api/s3/put_public_access_block.h"

#include "objects/public_access.h"
#include "services/s3/common.h"

namespace tarn::s3 {

Task<PutPublicAccessBlockOutput> put_public_access_block(S3& s3, PutPublicAccessBlockRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const PublicAccessBlockConfiguration& asked = request.public_access_block_configuration;
  const objects::PublicAccessBlock block{.block_public_acls = asked.block_public_acls.value_or(false),
                                         .ignore_public_acls = asked.ignore_public_acls.value_or(false),
                                         .block_public_policy = asked.block_public_policy.value_or(false),
                                         .restrict_public_buckets = asked.restrict_public_buckets.value_or(false)};
  co_await s3.objects.put_configuration(s3.access, bucket_name(request.bucket),
                                        objects::ConfigurationKind::public_access_block, objects::pack(block));
  co_return PutPublicAccessBlockOutput{};
}

}  // namespace tarn::s3
