// DeleteGroupPolicy: a policy of a group's own less.
#include "api/iam/delete_group_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeleteGroupPolicyOutput> delete_group_policy(Iam& iam, DeleteGroupPolicyRequest request) {
  co_await iam.directory().delete_inline_policy(iam.access, identity::EntityKind::group, request.group_name,
                                                request.policy_name);
  co_return DeleteGroupPolicyOutput{};
}

}  // namespace tarn::iam
