// DetachUserPolicy: a managed policy less for a user.
#include "api/iam/detach_user_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DetachUserPolicyOutput> detach_user_policy(Iam& iam, DetachUserPolicyRequest request) {
  co_await iam.directory().detach_policy(iam.access, identity::EntityKind::user, request.user_name, request.policy_arn);
  co_return DetachUserPolicyOutput{};
}

}  // namespace tarn::iam
