// DetachGroupPolicy: a managed policy less for a group.
#include "api/iam/detach_group_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DetachGroupPolicyOutput> detach_group_policy(Iam& iam, DetachGroupPolicyRequest request) {
  co_await iam.directory().detach_policy(iam.access, identity::EntityKind::group, request.group_name,
                                         request.policy_arn);
  co_return DetachGroupPolicyOutput{};
}

}  // namespace tarn::iam
