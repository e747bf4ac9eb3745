// PutRolePolicy: a policy of a role's own, new or replaced.
#include "api/iam/put_role_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<PutRolePolicyOutput> put_role_policy(Iam& iam, PutRolePolicyRequest request) {
  co_await iam.directory().put_inline_policy(iam.access, identity::EntityKind::role, request.role_name,
                                             request.policy_name, request.policy_document);
  co_return PutRolePolicyOutput{};
}

}  // namespace tarn::iam
