// PutPublicAccessBlock: switches public access off in all buckets of the account, whatever they say themselves.
#include "api/s3control/put_public_access_block.h"

#include "services/s3control/s3control.h"

namespace tarn::s3control {

Task<PutPublicAccessBlockOutput> put_public_access_block(S3control& s3control, PutPublicAccessBlockRequest request) {
  const AccountId account = own_account(s3control, request.account_id);
  const PublicAccessBlockConfiguration& asked = request.public_access_block_configuration;
  const objects::PublicAccessBlock block{.block_public_acls = asked.block_public_acls.value_or(false),
                                         .ignore_public_acls = asked.ignore_public_acls.value_or(false),
                                         .block_public_policy = asked.block_public_policy.value_or(false),
                                         .restrict_public_buckets = asked.restrict_public_buckets.value_or(false)};
  co_await s3control.objects.set_account_public_access_block(s3control.access, account, block);
  co_return PutPublicAccessBlockOutput{};
}

}  // namespace tarn::s3control
