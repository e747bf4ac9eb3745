// ListAttachedUserPolicies: the managed policies of a user.
#include "api/iam/list_attached_user_policies.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListAttachedUserPoliciesOutput> list_attached_user_policies(Iam& iam, ListAttachedUserPoliciesRequest request) {
  const auto entity = co_await iam.directory().entity(iam.access, identity::EntityKind::user, request.user_name,
                                                      "iam:ListAttachedUserPolicies");
  const auto state = co_await iam.directory().state(iam.access);
  auto shapes = attached_shapes(*state, entity.attached_policies, request.path_prefix);
  ListAttachedUserPoliciesOutput output;
  output.attached_policies = take_page(
      "ListAttachedUserPolicies", std::move(shapes),
      [](const AttachedPolicy& policy) { return policy.policy_arn.value_or(""); }, request, output);
  co_return output;
}

}  // namespace tarn::iam
