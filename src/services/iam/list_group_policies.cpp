// ListGroupPolicies: the names of a group's own policies.
#include "api/iam/list_group_policies.h"

#include "functional"
#include "services/iam/iam.h"
#include "services/iam/page.h"

namespace tarn::iam {

Task<ListGroupPoliciesOutput> list_group_policies(Iam& iam, ListGroupPoliciesRequest request) {
  const auto entity = co_await iam.directory().entity(iam.access, identity::EntityKind::group, request.group_name,
                                                      "iam:ListGroupPolicies");
  std::vector<std::string> names;
  for (const auto& [name, document] : entity.inline_policies) names.push_back(name);
  ListGroupPoliciesOutput output;
  output.policy_names = take_page("ListGroupPolicies", std::move(names), std::identity{}, request, output);
  co_return output;
}

}  // namespace tarn::iam
