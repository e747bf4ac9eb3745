// PutGroupPolicy: a policy of a group's own, new or replaced.
#include "api/iam/put_group_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<PutGroupPolicyOutput> put_group_policy(Iam& iam, PutGroupPolicyRequest request) {
  co_await iam.directory().put_inline_policy(iam.access, identity::EntityKind::group, request.group_name,
                                             request.policy_name, request.policy_document);
  co_return PutGroupPolicyOutput{};
}

}  // namespace tarn::iam
