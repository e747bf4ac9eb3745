// AttachGroupPolicy: a managed policy for a group.
#include "api/iam/attach_group_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<AttachGroupPolicyOutput> attach_group_policy(Iam& iam, AttachGroupPolicyRequest request) {
  co_await iam.directory().attach_policy(iam.access, identity::EntityKind::group, request.group_name,
                                         request.policy_arn);
  co_return AttachGroupPolicyOutput{};
}

}  // namespace tarn::iam
