// AssumeRoleWithWebIdentity: credentials of a role for a token of an identity provider. None can be configured yet, so
// every token is somebody's whom Tarn has no reason to believe.
#include "api/sts/assume_role_with_web_identity.h"

#include "services/sts/sts.h"

namespace tarn::sts {

Task<AssumeRoleWithWebIdentityOutput> assume_role_with_web_identity(Sts&, AssumeRoleWithWebIdentityRequest) {
  throw Error(
      errors::invalid_identity_token_exception,
      "No OpenIDConnect provider found in your account for the token's issuer: Tarn has no identity providers.");
  co_return AssumeRoleWithWebIdentityOutput{};
}

}  // namespace tarn::sts
