// ListAttachedGroupPolicies: the managed policies of a group.
#include "api/iam/list_attached_group_policies.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListAttachedGroupPoliciesOutput> list_attached_group_policies(Iam& iam, ListAttachedGroupPoliciesRequest request) {
  const auto entity = co_await iam.directory().entity(iam.access, identity::EntityKind::group, request.group_name,
                                                      "iam:ListAttachedGroupPolicies");
  const auto state = co_await iam.directory().state(iam.access);
  auto shapes = attached_shapes(*state, entity.attached_policies, request.path_prefix);
  ListAttachedGroupPoliciesOutput output;
  output.attached_policies = take_page(
      "ListAttachedGroupPolicies", std::move(shapes),
      [](const AttachedPolicy& policy) { return policy.policy_arn.value_or(""); }, request, output);
  co_return output;
}

}  // namespace tarn::iam
