// ListUserPolicies: the names of a user's own policies.
#include "api/iam/list_user_policies.h"

#include "functional"
#include "services/iam/iam.h"
#include "services/iam/page.h"

namespace tarn::iam {

Task<ListUserPoliciesOutput> list_user_policies(Iam& iam, ListUserPoliciesRequest request) {
  const auto entity = co_await iam.directory().entity(iam.access, identity::EntityKind::user, request.user_name,
                                                      "iam:ListUserPolicies");
  std::vector<std::string> names;
  for (const auto& [name, document] : entity.inline_policies) names.push_back(name);
  ListUserPoliciesOutput output;
  output.policy_names = take_page("ListUserPolicies", std::move(names), std::identity{}, request, output);
  co_return output;
}

}  // namespace tarn::iam
