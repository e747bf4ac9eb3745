// ListAttachedRolePolicies: the managed policies of a role.
#include "api/iam/list_attached_role_policies.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListAttachedRolePoliciesOutput> list_attached_role_policies(Iam& iam, ListAttachedRolePoliciesRequest request) {
  const auto entity = co_await iam.directory().entity(iam.access, identity::EntityKind::role, request.role_name,
                                                      "iam:ListAttachedRolePolicies");
  const auto state = co_await iam.directory().state(iam.access);
  auto shapes = attached_shapes(*state, entity.attached_policies, request.path_prefix);
  ListAttachedRolePoliciesOutput output;
  output.attached_policies = take_page(
      "ListAttachedRolePolicies", std::move(shapes),
      [](const AttachedPolicy& policy) { return policy.policy_arn.value_or(""); }, request, output);
  co_return output;
}

}  // namespace tarn::iam
