// GetFederationToken: what a session policy leaves of the caller's rights, for somebody who has no user here.
#include "api/sts/get_federation_token.h"

#include "services/sts/shapes.h"
#include "services/sts/sts.h"

namespace tarn::sts {

Task<GetFederationTokenOutput> get_federation_token(Sts& sts, GetFederationTokenRequest request) {
  const auto made = co_await sts.identity.sessions().federation_token(
      sts.access, std::move(request.name), limits_of(std::move(request.policy), request.policy_arns),
      tags_of(request.tags), request.duration_seconds);
  GetFederationTokenOutput output;
  output.credentials = credentials_shape(made);
  output.federated_user = FederatedUser{.federated_user_id = made.assumed_id, .arn = made.arn};
  output.packed_policy_size = made.packed_policy_percent;
  co_return output;
}

}  // namespace tarn::sts
