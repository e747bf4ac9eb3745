// DeletePolicy: a policy that hangs nowhere and has one version.
#include "api/iam/delete_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeletePolicyOutput> delete_policy(Iam& iam, DeletePolicyRequest request) {
  co_await iam.directory().delete_policy(iam.access, request.policy_arn);
  co_return DeletePolicyOutput{};
}

}  // namespace tarn::iam
