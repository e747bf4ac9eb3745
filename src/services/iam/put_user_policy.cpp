// PutUserPolicy: a policy of a user's own, new or replaced.
#include "api/iam/put_user_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<PutUserPolicyOutput> put_user_policy(Iam& iam, PutUserPolicyRequest request) {
  co_await iam.directory().put_inline_policy(iam.access, identity::EntityKind::user, request.user_name,
                                             request.policy_name, request.policy_document);
  co_return PutUserPolicyOutput{};
}

}  // namespace tarn::iam
