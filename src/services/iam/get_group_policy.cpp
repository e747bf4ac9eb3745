// GetGroupPolicy: a policy of a group's own.
#include "api/iam/get_group_policy.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<GetGroupPolicyOutput> get_group_policy(Iam& iam, GetGroupPolicyRequest request) {
  const std::string document = co_await iam.directory().inline_policy(iam.access, identity::EntityKind::group,
                                                                      request.group_name, request.policy_name);
  co_return GetGroupPolicyOutput{
      .group_name = request.group_name, .policy_name = request.policy_name, .policy_document = encoded(document)};
}

}  // namespace tarn::iam
