// DetachRolePolicy: a managed policy less for a role.
#include "api/iam/detach_role_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DetachRolePolicyOutput> detach_role_policy(Iam& iam, DetachRolePolicyRequest request) {
  co_await iam.directory().detach_policy(iam.access, identity::EntityKind::role, request.role_name, request.policy_arn);
  co_return DetachRolePolicyOutput{};
}

}  // namespace tarn::iam
