// GetSessionToken: the caller's own rights, for a while, in credentials that cannot call IAM.
#include "api/sts/get_session_token.h"

#include "services/sts/shapes.h"
#include "services/sts/sts.h"

namespace tarn::sts {

Task<GetSessionTokenOutput> get_session_token(Sts& sts, GetSessionTokenRequest request) {
  refuse_mfa(request.serial_number, request.token_code);
  const auto made = co_await sts.identity.sessions().session_token(sts.access, request.duration_seconds);
  GetSessionTokenOutput output;
  output.credentials = credentials_shape(made);
  co_return output;
}

}  // namespace tarn::sts
