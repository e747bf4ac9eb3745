// GetPublicAccessBlock
#include "api/s3/get_public_access_block.h"

#include "objects/public_access.h"
#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetPublicAccessBlockOutput> get_public_access_block(S3& s3, GetPublicAccessBlockRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto found = co_await s3.objects.configuration(s3.access, bucket_name(request.bucket),
                                                       objects::ConfigurationKind::public_access_block);
  if (!found) {
    throw Error(errors::no_such_public_access_block_configuration,
                "The public access block configuration was not found")
        .with("BucketName", request.bucket);
  }
  const objects::PublicAccessBlock block = objects::unpack_public_access_block(found->document);
  GetPublicAccessBlockOutput output;
  output.public_access_block_configuration =
      PublicAccessBlockConfiguration{.block_public_acls = block.block_public_acls,
                                     .ignore_public_acls = block.ignore_public_acls,
                                     .block_public_policy = block.block_public_policy,
                                     .restrict_public_buckets = block.restrict_public_buckets};
  co_return output;
}

}  // namespace tarn::s3
