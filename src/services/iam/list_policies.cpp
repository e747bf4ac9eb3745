// ListPolicies: managed policies by scope, path and use.
#include "api/iam/list_policies.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListPoliciesOutput> list_policies(Iam& iam, ListPoliciesRequest request) {
  const auto state = co_await iam.directory().state(iam.access);
  const PolicyScopeType scope = request.scope.value_or(PolicyScopeType::all);
  std::vector<Policy> policies;
  const auto add = [&](const identity::ManagedPolicy& policy) {
    const identity::PolicyUse use = identity::use_of(*state, policy);
    const bool as_boundary = request.policy_usage_filter == PolicyUsageType::permissions_boundary;
    const bool as_policy = request.policy_usage_filter == PolicyUsageType::permissions_policy;
    if (request.only_attached.value_or(false) && use.attachments + use.boundaries == 0) return;
    if ((as_boundary && use.boundaries == 0) || (as_policy && use.attachments == 0)) return;
    if (has_path(policy.path, request.path_prefix)) policies.push_back(policy_shape(use, false));
  };
  if (scope != PolicyScopeType::aws) {
    for (const auto& [name, policy] : state->policies) add(policy->value);
  }
  if (scope != PolicyScopeType::local) {
    for (const auto& [arn, policy] : identity::aws_managed_policies()) add(policy.value);
  }
  ListPoliciesOutput output;
  output.policies = take_page(
      "ListPolicies", std::move(policies), [](const Policy& policy) { return policy.arn.value_or(""); }, request,
      output);
  co_return output;
}

}  // namespace tarn::iam
