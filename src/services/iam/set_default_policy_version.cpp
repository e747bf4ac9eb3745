// SetDefaultPolicyVersion: the version that is in force.
#include "api/iam/set_default_policy_version.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<SetDefaultPolicyVersionOutput> set_default_policy_version(Iam& iam, SetDefaultPolicyVersionRequest request) {
  co_await iam.directory().set_default_version(iam.access, request.policy_arn, request.version_id);
  co_return SetDefaultPolicyVersionOutput{};
}

}  // namespace tarn::iam
