// GetPublicAccessBlock: what of public access is off in all buckets of the account.
#include "api/s3control/get_public_access_block.h"

#include "services/s3control/s3control.h"

namespace tarn::s3control {
namespace {

constexpr ErrorCode no_block{"NoSuchPublicAccessBlockConfiguration", 404};

}  // namespace

Task<GetPublicAccessBlockOutput> get_public_access_block(S3control& s3control, GetPublicAccessBlockRequest request) {
  const AccountId account = own_account(s3control, request.account_id);
  const auto block = co_await s3control.objects.account_public_access_block(s3control.access, account);
  if (!block) {
    throw Error(no_block, "The public access block configuration was not found").with("AccountId", account.text());
  }
  GetPublicAccessBlockOutput output;
  output.public_access_block_configuration =
      PublicAccessBlockConfiguration{.block_public_acls = block->block_public_acls,
                                     .ignore_public_acls = block->ignore_public_acls,
                                     .block_public_policy = block->block_public_policy,
                                     .restrict_public_buckets = block->restrict_public_buckets};
  co_return output;
}

}  // namespace tarn::s3control
