// TagPolicy: tags of a policy, new or replaced.
#include "api/iam/tag_policy.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<TagPolicyOutput> tag_policy(Iam& iam, TagPolicyRequest request) {
  co_await iam.directory().tag_policy(iam.access, request.policy_arn, tags_of(request.tags));
  co_return TagPolicyOutput{};
}

}  // namespace tarn::iam
