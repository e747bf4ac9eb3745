// GetPolicy: a managed policy, of this account or of AWS.
#include "api/iam/get_policy.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<GetPolicyOutput> get_policy(Iam& iam, GetPolicyRequest request) {
  const auto use = co_await iam.directory().policy(iam.access, request.policy_arn);
  co_return GetPolicyOutput{.policy = policy_shape(use, true)};
}

}  // namespace tarn::iam
