// DeleteUserPolicy: a policy of a user's own less.
#include "api/iam/delete_user_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeleteUserPolicyOutput> delete_user_policy(Iam& iam, DeleteUserPolicyRequest request) {
  co_await iam.directory().delete_inline_policy(iam.access, identity::EntityKind::user, request.user_name,
                                                request.policy_name);
  co_return DeleteUserPolicyOutput{};
}

}  // namespace tarn::iam
