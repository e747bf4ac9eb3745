// DeleteRolePolicy: a policy of a role's own less.
#include "api/iam/delete_role_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeleteRolePolicyOutput> delete_role_policy(Iam& iam, DeleteRolePolicyRequest request) {
  co_await iam.directory().delete_inline_policy(iam.access, identity::EntityKind::role, request.role_name,
                                                request.policy_name);
  co_return DeleteRolePolicyOutput{};
}

}  // namespace tarn::iam
