// DeletePolicyVersion: a version that is not in force.
#include "api/iam/delete_policy_version.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeletePolicyVersionOutput> delete_policy_version(Iam& iam, DeletePolicyVersionRequest request) {
  co_await iam.directory().delete_policy_version(iam.access, request.policy_arn, request.version_id);
  co_return DeletePolicyVersionOutput{};
}

}  // namespace tarn::iam
