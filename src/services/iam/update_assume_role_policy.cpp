// UpdateAssumeRolePolicy: who may assume a role.
#include "api/iam/update_assume_role_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<UpdateAssumeRolePolicyOutput> update_assume_role_policy(Iam& iam, UpdateAssumeRolePolicyRequest request) {
  co_await iam.directory().update_trust(iam.access, request.role_name, request.policy_document);
  co_return UpdateAssumeRolePolicyOutput{};
}

}  // namespace tarn::iam
