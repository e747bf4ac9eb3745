// GetRolePolicy: a policy of a role's own.
#include "api/iam/get_role_policy.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<GetRolePolicyOutput> get_role_policy(Iam& iam, GetRolePolicyRequest request) {
  const std::string document = co_await iam.directory().inline_policy(iam.access, identity::EntityKind::role,
                                                                      request.role_name, request.policy_name);
  co_return GetRolePolicyOutput{
      .role_name = request.role_name, .policy_name = request.policy_name, .policy_document = encoded(document)};
}

}  // namespace tarn::iam
