// AttachUserPolicy: a managed policy for a user.
#include "api/iam/attach_user_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<AttachUserPolicyOutput> attach_user_policy(Iam& iam, AttachUserPolicyRequest request) {
  co_await iam.directory().attach_policy(iam.access, identity::EntityKind::user, request.user_name, request.policy_arn);
  co_return AttachUserPolicyOutput{};
}

}  // namespace tarn::iam
