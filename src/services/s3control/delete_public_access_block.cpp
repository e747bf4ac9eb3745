// DeletePublicAccessBlock: success also where there is none.
#include "api/s3control/delete_public_access_block.h"

#include "services/s3control/s3control.h"

namespace tarn::s3control {

Task<DeletePublicAccessBlockOutput> delete_public_access_block(S3control& s3control,
                                                               DeletePublicAccessBlockRequest request) {
  const AccountId account = own_account(s3control, request.account_id);
  co_await s3control.objects.set_account_public_access_block(s3control.access, account, std::nullopt);
  DeletePublicAccessBlockOutput output;
  output.http_status = 204;
  co_return output;
}

}  // namespace tarn::s3control
