// ListRolePolicies: the names of a role's own policies.
#include "api/iam/list_role_policies.h"

#include "functional"
#include "services/iam/iam.h"
#include "services/iam/page.h"

namespace tarn::iam {

Task<ListRolePoliciesOutput> list_role_policies(Iam& iam, ListRolePoliciesRequest request) {
  const auto entity = co_await iam.directory().entity(iam.access, identity::EntityKind::role, request.role_name,
                                                      "iam:ListRolePolicies");
  std::vector<std::string> names;
  for (const auto& [name, document] : entity.inline_policies) names.push_back(name);
  ListRolePoliciesOutput output;
  output.policy_names = take_page("ListRolePolicies", std::move(names), std::identity{}, request, output);
  co_return output;
}

}  // namespace tarn::iam
