// GetAccessKeyInfo: the account that an access key belongs to.
#include "api/sts/get_access_key_info.h"

#include "services/sts/sts.h"

namespace tarn::sts {

Task<GetAccessKeyInfoOutput> get_access_key_info(Sts& sts, GetAccessKeyInfoRequest request) {
  const auto account = co_await sts.identity.account_of_access_key(request.access_key_id);
  if (!account) {
    throw Error({"ValidationError", 400}, "The access key id " + request.access_key_id + " is of no account here.");
  }
  GetAccessKeyInfoOutput output;
  output.account = account->text();
  co_return output;
}

}  // namespace tarn::sts
