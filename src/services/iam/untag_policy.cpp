// UntagPolicy: tags less for a policy.
#include "api/iam/untag_policy.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<UntagPolicyOutput> untag_policy(Iam& iam, UntagPolicyRequest request) {
  co_await iam.directory().untag_policy(iam.access, request.policy_arn, request.tag_keys);
  co_return UntagPolicyOutput{};
}

}  // namespace tarn::iam
