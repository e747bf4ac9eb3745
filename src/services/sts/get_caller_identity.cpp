// GetCallerIdentity: the account and the name behind the credentials of the request.
#include "api/sts/get_caller_identity.h"

#include "services/sts/sts.h"

namespace tarn::sts {

Task<GetCallerIdentityOutput> get_caller_identity(Sts& sts, GetCallerIdentityRequest) {
  const policy::Principal& caller = sts.access.principal();
  GetCallerIdentityOutput output;
  output.user_id = caller.user_id;
  if (caller.account) output.account = caller.account->text();
  output.arn = caller.arn;
  co_return output;
}

}  // namespace tarn::sts
