// AttachRolePolicy: a managed policy for a role.
#include "api/iam/attach_role_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<AttachRolePolicyOutput> attach_role_policy(Iam& iam, AttachRolePolicyRequest request) {
  co_await iam.directory().attach_policy(iam.access, identity::EntityKind::role, request.role_name, request.policy_arn);
  co_return AttachRolePolicyOutput{};
}

}  // namespace tarn::iam
