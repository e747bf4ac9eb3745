// GetPolicyVersion: one version with its document.
#include "api/iam/get_policy_version.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<GetPolicyVersionOutput> get_policy_version(Iam& iam, GetPolicyVersionRequest request) {
  const auto use = co_await iam.directory().policy(iam.access, request.policy_arn, "iam:GetPolicyVersion");
  const auto* version = use.policy.version(request.version_id);
  if (!version) {
    throw Error(errors::no_such_entity_exception, "Policy " + request.policy_arn + " version " + request.version_id +
                                                      " does not exist or is not attachable.");
  }
  co_return GetPolicyVersionOutput{.policy_version = version_shape(use.policy, *version, true)};
}

}  // namespace tarn::iam
